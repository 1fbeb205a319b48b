import { INFRASTRUCTURE, onlyFolder, type App, type AppKustomization, type FolderContent } from "../app";
import { ORIGIN_CA_ISSUER } from "../catalog/origin-ca-issuer";
import { join } from "../files";
import { FLUX_SYSTEM, gitRepository, namespace as namespaceObject } from "../flux/objects";
import { secret, type AppSecret } from "../secrets/app-secret";
import type { AppValues } from "../secrets/app-value";
import { appFaults } from "./app-faults";
import { chartFolder, type ChartOptions } from "./chart";
import { imageChoice, type ImageChoice } from "./image-policy";
import { entranceFolder } from "./ingress";
import { checkedApp } from "./options";
import { SERVICE_PORT, workload, WORKLOAD_IMAGE, workloadService, type WorkloadOptions } from "./workload";

interface CommonOptions {
  /** Of the app, and of what is made for it. */
  readonly name: string;
  /** It is made, unless people's folder has it. @default `name` */
  readonly namespace?: string;
  /** False: another app makes the namespace, and is named in `after`. @default true */
  readonly ownNamespace?: boolean;
  /** Public names: each gets its rule in the tunnel or its record, and an Ingress or IngressRoute. */
  readonly hosts?: readonly string[];
  /** `traefik`: an IngressRoute; else an Ingress of that class. `false`: the folder or chart has its own. @default "nginx" */
  readonly ingress?: string | false;
  /** A certificate of Cloudflare's Origin CA, which needs its issuer among the apps. @default true, unless Traefik's is used */
  readonly certificate?: boolean;
  /** Secrets in its namespace: name → key → text or value. */
  readonly secrets?: Readonly<Record<string, AppSecret["secret"]["data"]>>;
  /** Where the values of its Secrets come from, unless the system gives them. */
  readonly values?: AppValues;
  /** Kustomizations that must be ready first. */
  readonly after?: readonly string[];
  /** Out of the cluster, while its manifests stay in git. @default false */
  readonly parked?: boolean;
  /** Further options of its Kustomization, and others than the defaults. */
  readonly kustomization?: Partial<Omit<AppKustomization, "name" | "manifests" | "path" | "sourceRef">>;
}

/** A container's image: with a Deployment and a Service. */
interface ImageOptions extends Omit<WorkloadOptions, "name" | "namespace" | "envFrom" | "imagePolicy"> {
  /** Leaves the tag as others set it in the repository, such as CI. @default false, true with `imagePolicy` */
  readonly keepImage?: boolean;
  /** Lets Flux choose the tag. It needs the two image controllers. */
  readonly imagePolicy?: ImageChoice;
  readonly chart?: never;
  readonly folder?: never;
}

/** A Helm chart. */
interface ChartAppOptions {
  readonly chart: ChartOptions &
    Required<Pick<ChartOptions, "repository" | "version">> & { readonly name?: string };
  /** Service that the hosts lead to. @default `name` */
  readonly service?: string;
  /** Of that Service. @default 80 */
  readonly port?: number;
  readonly image?: never;
  readonly folder?: never;
}

/** A folder of manifests that people keep. */
interface FolderOptions {
  /** In the flux repository, or in that of `source`. */
  readonly folder: string;
  /** Another repository. @default the flux repository */
  readonly source?: {
    readonly url: string;
    /** @default "main" */
    readonly branch?: string;
    /** Secret in flux-system to sign in with. @default none: a public repository */
    readonly secretName?: string;
  };
  /** Service that the hosts lead to. @default `name` */
  readonly service?: string;
  /** Of that Service. @default 80 */
  readonly port?: number;
  readonly image?: never;
  readonly chart?: never;
}

export type AppOptions = CommonOptions & (ImageOptions | ChartAppOptions | FolderOptions);

/**
 * An app of one's own.
 *
 * ```ts
 * app({
 *   name: "hello",
 *   image: "ghcr.io/your-org/hello:v1.0.0",
 *   hosts: ["hello.example.com"],
 *   secrets: { hello: { PASSWORD: value("hello-password") } },
 *   values: { "hello-password": password() },
 * })
 * ```
 *
 * Options that can't be are faults of the app, which its layout refuses.
 */
export function app(options: AppOptions): App {
  const { name, hosts = [], values, parked } = options;
  return checkedApp(options, appFaults(options), () => ({
    name,
    ...(hosts.length > 0 && { hosts: hosts.map((host) => ({ name: host })) }),
    ...(values && { values }),
    ...(parked !== undefined && { parked }),
    ...contentOf(options),
  }));
}

function contentOf(options: AppOptions): Pick<App, "kustomizations" | "objects" | "imagePolicies"> {
  const { name, namespace = name } = options;
  if (options.image !== undefined) return imageApp(options);
  if (options.chart !== undefined) {
    const { chart } = options;
    const release = chartFolder(chart, { ...chart, name, namespace, chart: chart.name });
    return { kustomizations: [kustomizationOf(options, { ...around(options), ...release })] };
  }
  return folderApp(options);
}

function imageApp(options: CommonOptions & ImageOptions): ReturnType<typeof contentOf> {
  const { name, image, imagePolicy, keepImage = imagePolicy !== undefined, secrets = {} } = options;
  const policy = imagePolicy === undefined ? undefined : name;
  const container = { ...options, envFrom: Object.keys(secrets), imagePolicy: policy };
  const manifests: FolderContent = {
    ...around(options),
    "deployment.yaml": workload(container),
    "service.yaml": workloadService(container),
  };
  const keep = keepImage ? { keep: { "deployment.yaml": [WORKLOAD_IMAGE] } } : {};
  return {
    kustomizations: [{ ...kustomizationOf(options, manifests), ...keep }],
    ...(imagePolicy && {
      objects: { "image-policy.yaml": imageChoice(name, image, imagePolicy) },
      imagePolicies: [name],
    }),
  };
}

/** The folder is people's: what the app needs beside it is a Kustomization of its own, which comes first. */
function folderApp(options: CommonOptions & FolderOptions): ReturnType<typeof contentOf> {
  const { name, folder, source } = options;
  const path = folder === "." ? "./" : join(folder);
  const beside = Object.keys(options.secrets ?? {}).length > 0 || isEntered(options);
  const own = `${name}-config`;
  const { manifests, ...kustomization } = kustomizationOf(options, {});
  const config = beside ? [{ ...kustomizationOf(options, around(options)), name: own, folder: own }] : [];
  const repository = source && {
    objects: {
      "source.yaml": gitRepository({
        name,
        url: source.url,
        ref: { branch: source.branch ?? "main" },
        secretName: source.secretName,
        ...(folder !== "." && { ignore: onlyFolder(path) }),
      }),
    },
  };
  const main: AppKustomization = {
    ...kustomization,
    ...(beside && { dependsOn: [{ name: own }] }),
    path,
    ...(source && { sourceRef: { kind: "GitRepository", name, namespace: FLUX_SYSTEM } }),
  };
  return { kustomizations: [...config, main], ...repository };
}

function kustomizationOf(options: CommonOptions, manifests: FolderContent): AppKustomization {
  const after = [...(options.after ?? []), ...(isCertified(options) ? [ORIGIN_CA_ISSUER] : [])];
  const { dependsOn: further = [], ...kustomization } = options.kustomization ?? {};
  const dependsOn = [...[...new Set(after)].map((other) => ({ name: other })), ...further];
  return {
    name: options.name,
    ...INFRASTRUCTURE,
    ...(dependsOn.length > 0 && { dependsOn }),
    ...kustomization,
    manifests,
  };
}

/** What any app has around it: its namespace, its Secrets, its entrance. */
function around(options: AppOptions): FolderContent {
  const { name, namespace = name, ownNamespace = true } = options;
  const { hosts = [], secrets = {}, ingress = "nginx" } = options;
  const port = options.image === undefined ? options.port : undefined;
  const service = options.image === undefined ? options.service : undefined;
  const entrance = { name, namespace, service, hosts, port: port ?? SERVICE_PORT };
  const issuer = ownNamespace ? "" : `${name}-`;
  return {
    ...(ownNamespace && { "namespace.yaml": namespaceObject(namespace) }),
    ...Object.fromEntries(
      Object.entries(secrets).map(([key, data]) => [`secret-${key}.yaml`, secret(key, namespace, data)]),
    ),
    ...(isEntered(options) &&
      ingress !== false &&
      entranceFolder(entrance, ingress, isCertified(options), issuer)),
  };
}

function isEntered({ hosts = [], ingress }: CommonOptions): boolean {
  return hosts.length > 0 && ingress !== false;
}

function isCertified(options: CommonOptions): boolean {
  return isEntered(options) && (options.certificate ?? options.ingress !== "traefik");
}
