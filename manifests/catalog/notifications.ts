import { INFRASTRUCTURE, type App, type FolderContent, type Host } from "../app";
import type { ReceiverSpec } from "../flux/crds/receiver";
import type { ProviderSpec } from "../flux/crds/provider";
import { alert, provider, receiver } from "../flux/notifications";
import { FLUX_SYSTEM } from "../flux/objects";
import { secret, type SecretsMode } from "../secrets/app-secret";
import { value } from "../secrets/secret-text";

export interface NotificationsOptions {
  /** Where failures are told. @default nowhere */
  readonly provider?: {
    readonly type: ProviderSpec["type"];
    readonly channel?: string;
    readonly username?: string;
    /** What its Secret holds, each the value `notifications-<key>`. */
    readonly secretKeys: readonly ("address" | "token")[];
  };
  /** `error`: failures only. `info`: everything that Flux does. @default "error" */
  readonly severity?: "error" | "info";
  /** Reconciles at once what a webhook tells of. @default none */
  readonly receiver?: {
    readonly type: ReceiverSpec["type"];
    /** GitRepositories in flux-system that a call reconciles. */
    readonly sources: readonly string[];
    /** Public name by which the tunnel leads to it. @default none */
    readonly host?: string;
  };
  /** Way of its Secrets. @default the system's first one */
  readonly via?: SecretsMode["from"];
}

/** Of the app, of its Provider, Alert and Receiver. */
const NAME = "notifications";
const SECRET = `${NAME}-provider`;
const RECEIVER_SECRET = `${NAME}-receiver`;

/** Name of the value that holds the Receiver's token. */
export const RECEIVER_TOKEN = `${RECEIVER_SECRET}-token`;

/** The Receiver, for the path of its webhook. */
export const RECEIVER = { name: NAME, namespace: FLUX_SYSTEM } as const;

/** Name of the value of a key of the Provider's Secret. */
export const providerValue = (key: "address" | "token"): string => `${NAME}-${key}`;

/** Flux's own Service for webhooks. */
const WEBHOOKS = `http://webhook-receiver.${FLUX_SYSTEM}.svc.cluster.local`;

/** Failures reach people, and a push is reconciled at once: https://fluxcd.io/flux/components/notification/ */
export function notifications(options: NotificationsOptions): App {
  const host = options.receiver?.host;
  const hosts: Host[] = host === undefined ? [] : [{ name: host, path: "^/hook/", service: WEBHOOKS }];
  const kustomization = {
    name: NAME,
    ...INFRASTRUCTURE,
    manifests: { ...alerting(options), ...receiving(options) },
    // Each cluster tells of itself, and has a token of its own.
    perCluster: true,
  };
  return {
    name: NAME,
    kustomizations: [kustomization],
    ...(hosts.length > 0 && { hosts }),
    ...(options.receiver && { values: { [RECEIVER_TOKEN]: { kind: { hex: 32 } } } }),
  };
}

function alerting({ provider: to, severity = "error", via }: NotificationsOptions): FolderContent {
  if (to === undefined) return {};
  const { secretKeys, ...fields } = to;
  const data = Object.fromEntries(secretKeys.map((key) => [key, value(providerValue(key))]));
  return {
    ...(secretKeys.length > 0 && { "secret-provider.yaml": secret(SECRET, FLUX_SYSTEM, data, { via }) }),
    "provider.yaml": provider({
      name: NAME,
      ...fields,
      secretName: secretKeys.length > 0 ? SECRET : undefined,
    }),
    "alert.yaml": alert({
      name: NAME,
      provider: NAME,
      eventSeverity: severity,
      eventSources: SOURCES.map((kind) => ({ kind, name: "*" })),
    }),
  };
}

/** A source that can't be fetched is a failure, too: nothing is reconciled from then on. */
const SOURCES = ["GitRepository", "OCIRepository", "HelmRepository", "Kustomization", "HelmRelease"] as const;

function receiving({ receiver: from, via }: NotificationsOptions): FolderContent {
  if (from === undefined) return {};
  return {
    "secret-receiver.yaml": secret(RECEIVER_SECRET, FLUX_SYSTEM, { token: value(RECEIVER_TOKEN) }, { via }),
    "receiver.yaml": receiver({
      name: RECEIVER.name,
      type: from.type,
      events: EVENTS[from.type],
      secretName: RECEIVER_SECRET,
      resources: from.sources.map((name) => ({ kind: "GitRepository" as const, name })),
    }),
  };
}

/** What a host calls a push. Others than these send nothing else. */
const EVENTS: Readonly<Record<string, readonly string[]>> = {
  github: ["ping", "push"],
  gitlab: ["Push Hook", "Tag Push Hook"],
  bitbucket: ["repo:refs_changed"],
};
