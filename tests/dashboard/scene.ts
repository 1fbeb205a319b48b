/** A system as a cluster has it, for the dashboard: waves, a chart that fails, one that is suspended, Secrets. */
import type { FluxObject } from "../../provider/flux/follow/flux-object";
import type { EventObject } from "../../provider/flux/follow/pods";
import { Cluster } from "../../provider/kubernetes/cluster";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { Feed, type FeedOptions } from "../../tools/dashboard/feed";
import type { StackOutputs } from "../../tools/stack/pulumi";
import { Looker } from "../../tools/status/look";
import { FakeCluster } from "../flux/fake-cluster";

/** What must never reach the page: what a Secret holds, wherever a copy of it may be. */
export const CANARY = "canary-5d1f9c";
export const ENCODED = Buffer.from(CANARY).toString("base64");

const MINUTE = 60_000;
const ago = (minutes: number): string => new Date(Date.now() - minutes * MINUTE).toISOString();

const OURS = "main@sha1:59032e8d3a4c1f0b7c2e5d6f8a9b0c1d2e3f4a5b";
const OF_CALCOM = "main@sha1:ff78e22dc0b1a29384756f6e5d4c3b2a19080706";

const GROUPS: Readonly<Record<string, string>> = {
  GitRepository: "source.toolkit.fluxcd.io/v1",
  OCIRepository: "source.toolkit.fluxcd.io/v1",
  HelmRepository: "source.toolkit.fluxcd.io/v1",
  Kustomization: "kustomize.toolkit.fluxcd.io/v1",
  HelmRelease: "helm.toolkit.fluxcd.io/v2",
};

interface Options {
  readonly namespace?: string;
  readonly after?: readonly string[];
  readonly minutes?: number;
  readonly by?: string;
  readonly spec?: object;
  readonly status?: object;
  readonly condition?: object;
}

function live(kind: string, name: string, options: Options = {}): LiveObject & FluxObject {
  const { namespace = "flux-system", after = [], minutes = 240, by = "flux-system", condition } = options;
  const revisions: Readonly<Record<string, object>> = {
    GitRepository: { artifact: { revision: OURS } },
    Kustomization: { lastAppliedRevision: OURS },
    HelmRelease: { history: [{ chartVersion: "1.21.2" }] },
  };
  return {
    apiVersion: GROUPS[kind],
    kind,
    metadata: {
      ...{ name, namespace, generation: 1 },
      labels: {
        "kustomize.toolkit.fluxcd.io/name": by,
        "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
      },
    },
    spec: {
      ...(kind === "Kustomization" && { sourceRef: { kind: "GitRepository", name: "flux-system" } }),
      ...(after.length > 0 && { dependsOn: after.map((one) => ({ name: one })) }),
      ...options.spec,
    },
    status: {
      observedGeneration: 1,
      conditions: [
        {
          ...{ type: "Ready", status: "True", message: "Applied", lastTransitionTime: ago(minutes) },
          ...condition,
        },
      ],
      ...revisions[kind],
      ...options.status,
    },
  };
}

const notReady = (reason: string, message: string) => ({ status: "False", reason, message });

const calcom = { sourceRef: { kind: "GitRepository", name: "calcom-app" } };
const atCalcom = { lastAppliedRevision: OF_CALCOM };

export const METRICS_FAILS = live("HelmRelease", "kube-prometheus-stack", {
  ...{ namespace: "monitoring", by: "monitoring", minutes: 6 },
  condition: notReady(
    "InstallFailed",
    "Helm install failed for release monitoring/kube-prometheus-stack with chart kube-prometheus-stack@85.0.1: context deadline exceeded",
  ),
  status: { history: [{ chartVersion: "85.0.1" }] },
});

export const METRICS_WELL = live("HelmRelease", "kube-prometheus-stack", {
  ...{ namespace: "monitoring", by: "monitoring", minutes: 0 },
  status: { history: [{ chartVersion: "85.0.1" }] },
});

/** The flux repository as Flux has it at a revision. */
export const sourceAt = (revision: string): LiveObject =>
  live("GitRepository", "flux-system", {
    spec: { url: "ssh://git@github.com/your-org/flux-config.git" },
    status: { artifact: { revision } },
  });

const FLUX: readonly LiveObject[] = [
  sourceAt(OURS),
  live("GitRepository", "calcom-app", {
    spec: { url: "ssh://git@github.com/your-org/calcom.git" },
    status: { artifact: { revision: OF_CALCOM } },
  }),
  live("HelmRepository", "jetstack", {
    minutes: 4000,
    status: { artifact: { revision: "sha256:3c9b1f55aa" } },
  }),
  live("Kustomization", "flux-system"),
  live("Kustomization", "cert-manager"),
  live("HelmRelease", "cert-manager", { namespace: "cert-manager", by: "cert-manager" }),
  live("Kustomization", "external-secrets"),
  live("HelmRelease", "external-secrets", {
    ...{ namespace: "external-secrets", by: "external-secrets" },
    status: { history: [{ chartVersion: "2.3.0" }] },
  }),
  live("Kustomization", "secret-store", { after: ["external-secrets"] }),
  live("Kustomization", "origin-ca-issuer", { after: ["cert-manager"] }),
  live("Kustomization", "cloudflared", { after: ["secret-store"] }),
  live("Kustomization", "calcom-namespace", { spec: calcom, status: atCalcom }),
  live("Kustomization", "calcom-secrets", {
    ...{ after: ["calcom-namespace", "secret-store"], spec: calcom },
    status: {
      ...atCalcom,
      inventory: { entries: [{ id: "calcom_calcom_external-secrets.io_ExternalSecret", v: "v1" }] },
    },
  }),
  live("Kustomization", "calcom-database", { after: ["calcom-secrets"], spec: calcom, status: atCalcom }),
  live("Kustomization", "calcom-app", {
    ...{ after: ["calcom-database", "calcom-secrets"], spec: calcom, status: atCalcom, minutes: 35 },
  }),
  live("Kustomization", "calcom-ingress", {
    ...{ after: ["calcom-app", "origin-ca-issuer"], spec: calcom, status: atCalcom, minutes: 34 },
  }),
  live("Kustomization", "monitoring", {
    minutes: 6,
    condition: notReady(
      "HealthCheckFailed",
      "health check failed after 5m0s: timeout waiting for: [HelmRelease/monitoring/kube-prometheus-stack status: 'Failed']",
    ),
  }),
  METRICS_FAILS,
  live("Kustomization", "monitoring-rules", {
    ...{ after: ["monitoring"], minutes: 6 },
    condition: notReady("DependencyNotReady", "dependency 'flux-system/monitoring' is not ready"),
  }),
  live("Kustomization", "hello", { spec: { suspend: true }, minutes: 2000 }),
];

const secret = (namespace: string, name: string, days: number, more: object = {}): LiveObject => {
  const time = ago(days * 24 * 60);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      ...{ name, namespace, creationTimestamp: ago(9000 + days * 24 * 60) },
      annotations: {
        "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify({ data: { PASSWORD: ENCODED } }),
      },
      managedFields: [
        { manager: "m", operation: "Update", time, fieldsV1: { "f:data": { "f:PASSWORD": {} } } },
      ],
      ...more,
    },
    ...{ data: { PASSWORD: ENCODED }, stringData: { PASSWORD: CANARY } },
  };
};

const madeBy = (kind: string, name: string) => ({ ownerReferences: [{ kind, name }] });

const SECRETS: readonly LiveObject[] = [
  secret("flux-system", "flux-system", 41),
  secret("flux-system", "flux-ssh-auth", 41),
  secret("calcom", "calcom", 3, madeBy("ExternalSecret", "calcom")),
  secret("calcom", "calcom-tls", 12, {
    annotations: { "cert-manager.io/certificate-name": "calcom-tls" },
  }),
  secret("calcom", "sh.helm.release.v1.calcom.v1", 3),
  secret("somebody-elses", "theirs", 3),
];

function warning(kind: string, namespace: string, name: string, message: string): EventObject {
  return {
    ...{ apiVersion: "v1", kind: "Event", type: "Warning", message, lastTimestamp: ago(2) },
    metadata: { name: `${name}.1`, namespace },
    involvedObject: { kind, name, namespace },
  };
}

const EVENTS: readonly LiveObject[] = [
  warning(
    "HelmRelease",
    "monitoring",
    "kube-prometheus-stack",
    "Deployment monitoring/grafana: 0 of 1 pods available",
  ),
];

const OUTPUTS: StackOutputs & Readonly<Record<string, unknown>> = {
  revisions: { "flux-system": OURS, "calcom-app": OF_CALCOM },
  apps: {
    "cert-manager": ["Kustomization flux-system/cert-manager", "HelmRelease cert-manager/cert-manager"],
    calcom: ["namespace", "secrets", "database", "app", "ingress"].map(
      (part) => `Kustomization flux-system/calcom-${part}`,
    ),
    monitoring: [
      "Kustomization flux-system/monitoring",
      "HelmRelease monitoring/kube-prometheus-stack",
      "Kustomization flux-system/monitoring-rules",
    ],
    hello: ["Kustomization flux-system/hello"],
  },
  url: "https://cal.example.com",
  urls: ["https://cal.example.com", "https://grafana.example.com"],
  webhookUrl: CANARY,
};

export const SCENE: readonly LiveObject[] = [...FLUX, ...SECRETS, ...EVENTS];

/** The dashboard's feed on an API server of its own, as the command makes it. */
export async function feedOn(
  fake: FakeCluster,
  { repositories = [], every = 100 }: Partial<Pick<FeedOptions, "repositories" | "every">> = {},
): Promise<Feed> {
  const stack = {
    name: "prod",
    settings: { ready: { allowSuspended: ["Kustomization flux-system/hello"] } },
  };
  const cluster = await Cluster.connect(fake, 1);
  const looker = new Looker(stack as never, cluster, () => Promise.resolve(OUTPUTS));
  return new Feed({ looker, repositories, every });
}
