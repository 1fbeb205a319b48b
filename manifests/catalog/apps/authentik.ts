import { INFRASTRUCTURE, type App } from "../../app";
import { chartFolder, type ChartOptions } from "../../apps/chart";
import { secret } from "../../secrets/app-secret";
import { value } from "../../secrets/secret-text";
import { DATABASE_HOST } from "./cloudnative-pg";
import { STORE_KUSTOMIZATION } from "./external-secrets";
import { rootModule } from "./modules";
import { credentialsOf } from "./terraforms";

export interface AuthentikOptions {
  /** @default authentik 2026.8.0 from https://charts.goauthentik.io */
  readonly chart?: ChartOptions;
  /** Ingress controller. @default "nginx" */
  readonly ingressClass?: string;
}

/** authentik, by which the users of the other apps sign in: https://docs.goauthentik.io/install-config/install/kubernetes/ */
export function authentik({ chart = {}, ingressClass = "nginx" }: AuthentikOptions = {}): App {
  const name = "authentik";
  const credential = (property: string) => value(`credentials/${name}:${property}`);
  const manifests = {
    "terraform-credentials.yaml": credentialsOf(name),
    "secret-authentik.yaml": secret(name, name, {
      AUTHENTIK_SECRET_KEY: credential("secret_key"),
      AUTHENTIK_POSTGRESQL__HOST: DATABASE_HOST,
      AUTHENTIK_POSTGRESQL__NAME: name,
      AUTHENTIK_POSTGRESQL__USER: value(`databases/${name}:username`),
      AUTHENTIK_POSTGRESQL__PASSWORD: value(`databases/${name}:password`),
      AUTHENTIK_BOOTSTRAP_PASSWORD: credential("admin_password"),
      // The token of the Terraform objects that make apps its clients.
      AUTHENTIK_BOOTSTRAP_TOKEN: credential("api_token"),
    }),
    ...chartFolder(chart, {
      name,
      namespace: name,
      chart: "authentik",
      repository: "https://charts.goauthentik.io",
      version: "2026.8.0",
      values: {
        authentik: { existingSecret: { secretName: name } },
        server: {
          ingress: { enabled: true, ingressClassName: ingressClass, hosts: ["auth.${cluster_domain}"] },
        },
      },
    }),
  };
  const dependsOn = [{ name: "cloudnative-pg" }, { name: STORE_KUSTOMIZATION }];
  const files = rootModule("credentials", name);
  return { name, kustomizations: [{ name, dependsOn, ...INFRASTRUCTURE, manifests, files }] };
}
