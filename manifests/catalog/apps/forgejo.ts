import { INFRASTRUCTURE, type App } from "../../app";
import { chartFolder, type ChartOptions } from "../../apps/chart";
import { secret } from "../../secrets/app-secret";
import { value } from "../../secrets/secret-text";
import { DATABASE_HOST } from "./cloudnative-pg";
import { STORE_KUSTOMIZATION } from "./external-secrets";
import { clientModule, rootModule } from "./modules";
import { client, clientToken, credentialsOf } from "./terraforms";

export interface ForgejoOptions {
  /** @default forgejo 17.1.5 from oci://code.forgejo.org/forgejo-helm/forgejo */
  readonly chart?: ChartOptions;
  /** Ingress controller. @default "nginx" */
  readonly ingressClass?: string;
}

const NAME = "forgejo";

/** Forgejo, whose users sign in by authentik: https://code.forgejo.org/forgejo-helm/forgejo-helm */
export function forgejo({ chart = {}, ingressClass = "nginx" }: ForgejoOptions = {}): App {
  const manifests = {
    "terraform-credentials.yaml": credentialsOf(NAME),
    "terraform-sso.yaml": client(NAME),
    "secret-authentik.yaml": clientToken(NAME),
    "secret-admin.yaml": secret(`${NAME}-admin`, NAME, {
      username: `${NAME}-admin`,
      password: value(`credentials/${NAME}:admin_password`),
    }),
    "secret-database.yaml": secret(`${NAME}-database`, NAME, {
      password: value(`databases/${NAME}:password`),
    }),
    // The chart's own names of an OAuth client's id and secret.
    "secret-oauth.yaml": secret(`${NAME}-oauth`, NAME, {
      key: value(`sso/${NAME}:client_id`),
      secret: value(`sso/${NAME}:client_secret`),
    }),
    ...chartFolder(chart, {
      name: NAME,
      namespace: NAME,
      repository: "oci://code.forgejo.org/forgejo-helm/forgejo",
      version: "17.1.5",
      values: values(ingressClass),
    }),
  };
  const dependsOn = [{ name: "cloudnative-pg" }, { name: STORE_KUSTOMIZATION }];
  const files = {
    ...rootModule("credentials", NAME),
    ...clientModule(NAME, { host: "git", path: "/user/oauth2/authentik/callback" }),
  };
  return { name: NAME, kustomizations: [{ name: NAME, dependsOn, ...INFRASTRUCTURE, manifests, files }] };
}

function values(className: string): Readonly<Record<string, unknown>> {
  const host = "git.${cluster_domain}";
  const password = { secretKeyRef: { name: `${NAME}-database`, key: "password" } };
  return {
    ingress: { enabled: true, className, hosts: [{ host, paths: [{ path: "/", pathType: "Prefix" }] }] },
    gitea: {
      admin: { existingSecret: `${NAME}-admin`, email: `${NAME}@\${cluster_domain}` },
      config: {
        server: { DOMAIN: host, ROOT_URL: `https://${host}/` },
        database: { DB_TYPE: "postgres", HOST: `${DATABASE_HOST}:5432`, NAME, USER: NAME },
      },
      additionalConfigFromEnvs: [{ name: "FORGEJO__DATABASE__PASSWD", valueFrom: password }],
      oauth: [
        {
          name: "authentik",
          provider: "openidConnect",
          existingSecret: `${NAME}-oauth`,
          autoDiscoverUrl: `https://auth.\${cluster_domain}/application/o/${NAME}/.well-known/openid-configuration`,
        },
      ],
    },
  };
}
