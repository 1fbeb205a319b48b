import { createHash } from "node:crypto";
import { INFRASTRUCTURE, type App, type FolderContent } from "../app";
import { localIngressRule, type OwnRule } from "../cloudflare/ingress-rules";
import { namespace } from "../flux/objects";
import { secret, type AppSecret } from "../secrets/app-secret";
import { value } from "../secrets/secret-text";
import { toYaml, withComments, type Commented, type Manifest } from "../yaml";

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
      /** Others keep the ConfigMap: in a file of these manifests' folder, or elsewhere. @default it is written here */
      readonly othersConfigMap?: { readonly file?: string };
    };

export interface CloudflaredOptions {
  readonly tunnel: TunnelMode;
  /** @default "cloudflare/cloudflared:2026.8.0" */
  readonly image?: string;
  /** @default 2 */
  readonly replicas?: number;
  /** @default "cloudflare" */
  readonly namespace?: string;
  /** Of the Secret that it signs in with. @default `cloudflared-token`, `cloudflared-credentials` */
  readonly secretName?: string;
}

const NAME = "cloudflared";
const NAMESPACE = "cloudflare";
const METRICS_PORT = 2000;

/** The Secret of each mode: its name, also that of the value, and its key. */
export const CLOUDFLARED_SECRETS = {
  cloudflare: { name: "cloudflared-token", key: "token" },
  local: { name: "cloudflared-credentials", key: "credentials.json" },
} as const;

/** cloudflared in the cluster: https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/ */
export function cloudflared(options: CloudflaredOptions): App {
  return {
    name: NAMESPACE,
    kustomizations: [
      {
        name: NAMESPACE,
        file: "00-kustomization.yaml",
        ...INFRASTRUCTURE,
        manifests: { "namespace.yaml": namespace(NAMESPACE), ...cloudflaredManifests(options) },
      },
    ],
  };
}

/** The same without its namespace, for where that is made elsewhere. */
export function cloudflaredManifests(options: CloudflaredOptions): FolderContent {
  const tunnelSecret = secretOf(options);
  return {
    [`secret-${tunnelSecret.secret.name}.yaml`]: tunnelSecret,
    ...configMapFile(options),
    "deployment.yaml": deployment(options),
  };
}

/** What cloudflared signs in with. */
function secretOf({ tunnel, namespace = NAMESPACE, secretName }: CloudflaredOptions): AppSecret {
  const { name, key } = CLOUDFLARED_SECRETS[tunnel.managed];
  return secret(secretName ?? name, namespace, { [key]: value(name) });
}

/** Our rules as they stand in `config.yaml`, one document each. */
export function localRules(rules: readonly OwnRule[]): string {
  return toYaml(rules.map((rule) => ({ object: localIngressRule(rule), comments: {} })));
}

/** A ConfigMap of others in our folder is applied with the rest of it; one elsewhere is applied by others. */
function configMapFile({ tunnel, namespace = NAMESPACE }: CloudflaredOptions): FolderContent {
  if (tunnel.managed !== "local") return {};
  const { othersConfigMap: others } = tunnel;
  if (others === undefined) return { "configmap.yaml": configMap(tunnel, namespace) };
  return others.file === undefined ? {} : { [others.file]: undefined };
}

function configMap(tunnel: TunnelMode & { managed: "local" }, namespace: string): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: tunnel.configMapName ?? NAME, namespace },
    data: { "config.yaml": tunnel.config },
  };
}

function deployment(options: CloudflaredOptions): Commented {
  const { tunnel, image = "cloudflare/cloudflared:2026.8.0", replicas = 2, namespace = NAMESPACE } = options;
  const labels = { app: NAME };
  const probe = { httpGet: { path: "/ready", port: METRICS_PORT }, periodSeconds: 10 };
  const { annotations, args, env, volumeMounts, volumes } = modeFields(tunnel, secretOf(options).secret.name);
  const object: Manifest = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: NAME, namespace },
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

function modeFields(tunnel: TunnelMode, name: string): ModeFields {
  const { key } = CLOUDFLARED_SECRETS[tunnel.managed];
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
