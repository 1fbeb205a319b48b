import { createHash } from "node:crypto";
import { CATCH_ALL, localIngressRule, type OwnRule } from "../cloudflare/ingress-rules";
import { under, type Files } from "../files";
import { namespace } from "../flux/objects";
import { externalSecret } from "../secrets/external-secrets";
import { toYaml, withComments, type Commented, type Manifest } from "../yaml";
import {
  clusterApp,
  INFRASTRUCTURE,
  infrastructureFolder,
  kustomizeFolder,
  secretsOf,
  type AppFiles,
  type ClusterFolders,
  type FolderContent,
  type SecretsMode,
} from "../apps/app-files";

/** Who keeps the tunnel's rules. */
export type TunnelMode =
  /** Cloudflare: cloudflared gets them by its token. */
  | { readonly managed: "cloudflare" }
  /** A `config.yaml` in a ConfigMap, which cloudflared reads at its start only. */
  | {
      readonly managed: "local";
      /** Text of `config.yaml`, or the part of it that is ours. A change rolls the pods. */
      readonly config: string;
      /** @default "cloudflared" */
      readonly configMapName?: string;
      /** File of the flux repository with the ConfigMap, when others keep it; without it the ConfigMap is written. */
      readonly configMapFile?: string;
    };

export interface CloudflaredOptions {
  readonly folders: ClusterFolders;
  readonly secrets: SecretsMode;
  readonly tunnel: TunnelMode;
  /** @default "cloudflare/cloudflared:2026.8.0" */
  readonly image?: string;
  /** @default 2 */
  readonly replicas?: number;
}

const NAME = "cloudflared";
const NAMESPACE = "cloudflare";
const METRICS_PORT = 2000;

/** The Secret of each mode: its name, also in the vault, and its key. */
export const CLOUDFLARED_SECRETS = {
  cloudflare: { name: "cloudflared-token", key: "token" },
  local: { name: "cloudflared-credentials", key: "credentials.json" },
} as const;

/** cloudflared in the cluster: https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/ */
export function cloudflared(options: CloudflaredOptions): AppFiles {
  const { folders, secrets, tunnel } = options;
  const { folder, path } = infrastructureFolder(folders, NAMESPACE);
  const payload: FolderContent = {
    "namespace.yaml": namespace(NAMESPACE),
    ...secretFile(secrets, tunnel),
    ...configMapFile(tunnel, folder),
    "deployment.yaml": deployment(options),
  };
  return clusterApp({
    name: NAMESPACE,
    folders,
    kustomizations: {
      "00-kustomization.yaml": { name: NAMESPACE, path, ...secretsOf(secrets), ...INFRASTRUCTURE },
    },
    payload: under(folder, kustomizeFolder(payload)),
  });
}

/**
 * The Secret's SOPS document before its encryption, by path. Never to be committed.
 * @param value the tunnel's token, or the content of credentials.json
 */
export function cloudflaredSecretManifest(options: CloudflaredOptions, value: string): Files {
  const { name, key } = CLOUDFLARED_SECRETS[options.tunnel.managed];
  const { folder } = infrastructureFolder(options.folders, NAMESPACE);
  const secret: Manifest = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: NAMESPACE },
    type: "Opaque",
    stringData: { [key]: value },
  };
  return { [`${folder}/secret-${name}.enc.yaml`]: toYaml(secret) };
}

/** A `config.yaml` for a tunnel whose rules are all here. */
export function cloudflaredConfig(tunnelId: string, rules: readonly OwnRule[]): string {
  const object = {
    tunnel: tunnelId,
    "credentials-file": "/etc/cloudflared/credentials/credentials.json",
    ingress: [...rules.map(localIngressRule), CATCH_ALL],
  };
  return toYaml({ object, comments: {} });
}

function secretFile(secrets: SecretsMode, tunnel: TunnelMode): FolderContent {
  const { name, key } = CLOUDFLARED_SECRETS[tunnel.managed];
  if (secrets.from === "sops") return { [`secret-${name}.enc.yaml`]: undefined };
  const { store, refreshInterval } = secrets;
  const manifest = externalSecret({
    name,
    namespace: NAMESPACE,
    data: { [key]: name },
    store,
    refreshInterval,
  });
  return { [`externalsecret-${name}.yaml`]: manifest };
}

/** A ConfigMap of others that lies in our folder is applied with the rest of it; one elsewhere is applied by others. */
function configMapFile(tunnel: TunnelMode, folder: string): FolderContent {
  if (tunnel.managed !== "local") return {};
  const { configMapFile: file } = tunnel;
  if (file === undefined) return { "configmap.yaml": configMap(tunnel) };
  return file.startsWith(`${folder}/`) ? { [file.slice(folder.length + 1)]: undefined } : {};
}

function configMap(tunnel: TunnelMode & { managed: "local" }): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: tunnel.configMapName ?? NAME, namespace: NAMESPACE },
    data: { "config.yaml": tunnel.config },
  };
}

function deployment({
  tunnel,
  image = "cloudflare/cloudflared:2026.8.0",
  replicas = 2,
}: CloudflaredOptions): Commented {
  const labels = { app: NAME };
  const probe = { httpGet: { path: "/ready", port: METRICS_PORT }, periodSeconds: 10 };
  const { annotations, args, env, volumeMounts, volumes } = modeFields(tunnel);
  const object: Manifest = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: NAME, namespace: NAMESPACE },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations },
        spec: {
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65532,
            runAsGroup: 65532,
            seccompProfile: { type: "RuntimeDefault" },
          },
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: { matchLabels: labels },
            },
          ],
          containers: [
            {
              name: NAME,
              image,
              args: ["tunnel", "--no-autoupdate", "--metrics", `0.0.0.0:${METRICS_PORT}`, ...args],
              env,
              ports: [{ name: "metrics", containerPort: METRICS_PORT }],
              readinessProbe: { ...probe, failureThreshold: 3 },
              livenessProbe: { ...probe, initialDelaySeconds: 10, failureThreshold: 6 },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"] },
              },
              resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
              volumeMounts,
            },
          ],
          volumes,
        },
      },
    },
  };
  return withComments(object, {
    "spec.replicas":
      "Each replica keeps connections of its own: a rollout or a lost node doesn't cut the tunnel.",
    "spec.template.spec.containers.0.readinessProbe":
      "/ready answers 200 while there is a connection to Cloudflare.",
  });
}

interface ModeFields {
  readonly annotations?: object;
  readonly args: readonly string[];
  readonly env?: readonly object[];
  readonly volumeMounts?: readonly object[];
  readonly volumes?: readonly object[];
}

function modeFields(tunnel: TunnelMode): ModeFields {
  const { name, key } = CLOUDFLARED_SECRETS[tunnel.managed];
  if (tunnel.managed === "cloudflare") {
    // In the environment, not as --token: arguments show in the process list.
    return { args: ["run"], env: [{ name: "TUNNEL_TOKEN", valueFrom: { secretKeyRef: { name, key } } }] };
  }
  return {
    // A running cloudflared doesn't read its configuration again, so its pods must change with it.
    annotations: { "handoff.dev/config-checksum": createHash("sha256").update(tunnel.config).digest("hex") },
    args: [
      "--config",
      "/etc/cloudflared/config/config.yaml",
      "run",
      "--credentials-file",
      "/etc/cloudflared/credentials/credentials.json",
    ],
    volumeMounts: [
      { name: "config", mountPath: "/etc/cloudflared/config", readOnly: true },
      { name: "credentials", mountPath: "/etc/cloudflared/credentials", readOnly: true },
    ],
    volumes: [
      { name: "config", configMap: { name: tunnel.configMapName ?? NAME } },
      { name: "credentials", secret: { secretName: name } },
    ],
  };
}
