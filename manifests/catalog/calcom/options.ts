import { InputError, join } from "../../files";
import { namespaceName, rfc1123Name, type Duration } from "../../flux/names";
import type { ObjectReference } from "../../flux/objects";
import { ORIGIN_CA_ISSUER } from "../origin-ca-issuer";
import { POSTGRES_IMAGE } from "../postgres";

export interface CalcomOptions {
  /** Public name: `cal.example.com`. */
  readonly host: string;
  /** The repository that holds Cal.com's manifests. */
  readonly appRepository: {
    readonly url: string;
    /** @default "main" */
    readonly branch?: string;
    /** Folder of the manifests. @default "k8s/prod" */
    readonly path?: string;
    /** Flux's Secret for it, `null` for a public one. @default "flux-ssh-auth" */
    readonly secretName?: string | null;
    /** `github` when the Secret is that of a GitHub App. */
    readonly provider?: "github";
  };
  readonly email: {
    /** Sender of all mail. */
    readonly from: string;
    /** @default "email-relay.email-relay.svc.cluster.local" */
    readonly host?: string;
    /** @default 25 */
    readonly port?: number;
  };
  /** Of the namespace and of what is in it. @default "calcom" */
  readonly name?: string;
  /** @default "calcom/cal.com:v6.1.3" */
  readonly image?: string;
  /** Leaves the images as others set them in the repository, such as CI or image automation. @default false */
  readonly keepImages?: boolean;
  /** Where browsers find it. @default "https://<host>" */
  readonly appUrl?: string;
  /** Domains that Cal.com 6 takes organisations from. @default the host without its first label */
  readonly allowedHostnames?: readonly string[];
  readonly database?: {
    /** @default "postgres:16.4-alpine" */
    readonly image?: string;
    /** User and database. @default "calcom" */
    readonly user?: string;
    /** @default "nfs-client" */
    readonly storageClass?: string;
    /** @default "5Gi" */
    readonly storage?: string;
  };
  /** Service for administration from the LAN; `address` asks MetalLB for one. @default a Service without address */
  readonly loadBalancer?: false | { readonly address?: string };
  /** @default "nginx" */
  readonly ingressClass?: string;
  readonly certificate?: {
    /** @default "OriginECC" */
    readonly requestType?: "OriginECC" | "OriginRSA";
    /** @default "8760h" */
    readonly duration?: Duration;
    /** @default "720h" */
    readonly renewBefore?: Duration;
  };
  /** @default 250m and 1Gi, at most 1000m and 2Gi */
  readonly resources?: {
    readonly requests: Readonly<Record<string, string>>;
    readonly limits: Readonly<Record<string, string>>;
  };
  /** Heap of Node.js in MiB; keep it below the memory limit. @default 1536 */
  readonly heap?: number;
  /** What must be ready before the namespace. @default origin-ca-issuer-controller */
  readonly dependsOn?: readonly ObjectReference[];
  readonly flux?: {
    /** How often the app repository is looked at. @default "5m" */
    readonly sourceInterval?: Duration;
    /** How often the cluster is compared with it. @default "10m" */
    readonly interval?: Duration;
    /** How soon a failed run is tried again. @default `interval` */
    readonly retryInterval?: Duration;
    /** Limit of one run: first start, init containers and migrations. @default "10m" */
    readonly timeout?: Duration;
  };
}

/** The options with every default in its place. */
export type Calcom = ReturnType<typeof calcomDefaults>;

/** @throws InputError for a name or host that can't be one. */
export function calcomDefaults(options: CalcomOptions) {
  const { host, appRepository, database, email, certificate, flux } = options;
  const name = namespaceName(options.name ?? "calcom", "app name");
  if (!rfc1123Name(host, "host").includes(".")) throw new InputError(`The host ${host} has no domain.`);
  const [, ...domain] = host.split(".");
  const user = database?.user ?? "calcom";
  // It becomes part of a shell line, and PostgreSQL would want anything else quoted everywhere.
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(user)) {
    throw new InputError(`The database user ${JSON.stringify(user)} may hold only a–z, 0–9 and "_".`);
  }
  return {
    host,
    name,
    image: options.image ?? "calcom/cal.com:v6.1.3",
    appUrl: options.appUrl ?? `https://${host}`,
    allowedHostnames: options.allowedHostnames ?? [domain.length > 1 ? domain.join(".") : host],
    email: {
      from: email.from,
      host: email.host ?? "email-relay.email-relay.svc.cluster.local",
      port: email.port ?? 25,
    },
    database: {
      name: `${name}-db`,
      image: database?.image ?? POSTGRES_IMAGE,
      user,
      storageClass: database?.storageClass,
      storage: database?.storage,
    },
    secretName: `${name}-secret`,
    loadBalancer: options.loadBalancer ?? {},
    ingressClass: options.ingressClass ?? "nginx",
    certificate: {
      requestType: certificate?.requestType ?? "OriginECC",
      duration: certificate?.duration ?? "8760h",
      renewBefore: certificate?.renewBefore ?? "720h",
    },
    resources: options.resources ?? {
      requests: { cpu: "250m", memory: "1Gi" },
      limits: { cpu: "1000m", memory: "2Gi" },
    },
    heap: options.heap ?? 1536,
    appRepository: {
      url: appRepository.url,
      branch: appRepository.branch ?? "main",
      path: join(appRepository.path ?? "k8s/prod"),
      secretName: appRepository.secretName === undefined ? "flux-ssh-auth" : appRepository.secretName,
      provider: appRepository.provider,
    },
    dependsOn: options.dependsOn ?? [{ name: ORIGIN_CA_ISSUER }],
    flux: {
      sourceInterval: flux?.sourceInterval ?? "5m",
      interval: flux?.interval ?? "10m",
      retryInterval: flux?.retryInterval,
      timeout: flux?.timeout ?? "10m",
    },
  };
}
