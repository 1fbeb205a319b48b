import { createHash } from "node:crypto";
import { InputError } from "../files";
import { duration, rfc1123Name } from "./names";
import { FLUX_SYSTEM, type Metadata, type ObjectReference, parted, reference } from "./objects";
import type { Manifest } from "../yaml";
import type { AlertSpec } from "./crds/alert";
import type { ProviderSpec } from "./crds/provider";
import type { ReceiverSpec } from "./crds/receiver";

export interface ProviderOptions extends Metadata, Omit<ProviderSpec, "secretRef"> {
  /** Secret with `token`, `address` or what else the `type` wants. */
  readonly secretName?: string;
}

/** Where messages go: https://fluxcd.io/flux/components/notification/providers/ */
export function provider(options: ProviderOptions): Manifest {
  const { metadata, fields } = parted(options);
  const { type, address, channel, username, secretName, ...rest } = fields;
  return {
    apiVersion: "notification.toolkit.fluxcd.io/v1beta3",
    kind: "Provider",
    metadata,
    spec: { type, address, channel, username, secretRef: reference(secretName), ...rest },
  };
}

export interface AlertOptions extends Metadata, Omit<AlertSpec, "providerRef" | "eventSources"> {
  /** Name of the Provider, in the Alert's namespace. */
  readonly provider: string;
  /** @default every Kustomization and HelmRelease of the Alert's namespace */
  readonly eventSources?: AlertSpec["eventSources"];
}

const APPLIERS: AlertSpec["eventSources"] = [
  { kind: "Kustomization", name: "*" },
  { kind: "HelmRelease", name: "*" },
];

/** What is told to a Provider: https://fluxcd.io/flux/components/notification/alerts/ */
export function alert(options: AlertOptions): Manifest {
  const { metadata, fields } = parted(options);
  const { provider: name, eventSeverity, eventSources = APPLIERS, ...rest } = fields;
  if (eventSources.length === 0) throw new InputError(`The Alert ${options.name} has no eventSources.`);
  return {
    apiVersion: "notification.toolkit.fluxcd.io/v1beta3",
    kind: "Alert",
    metadata,
    spec: {
      providerRef: { name: rfc1123Name(name, "Provider's name") },
      eventSeverity,
      eventSources,
      ...rest,
    },
  };
}

export interface ReceiverOptions extends Metadata, Omit<ReceiverSpec, "secretRef"> {
  /** Secret with the `token`. Every type but `generic-oidc` needs it. */
  readonly secretName?: string;
}

/** Reconciles at once what a webhook tells of: https://fluxcd.io/flux/components/notification/receivers/ */
export function receiver(options: ReceiverOptions): Manifest {
  const { metadata, fields } = parted(options);
  const { type, events, interval, resources, secretName, ...rest } = fields;
  const oidc = type === "generic-oidc";
  if (oidc !== (secretName === undefined)) {
    const fault = oidc
      ? "can't have a secretName: its type is generic-oidc"
      : `of type ${type} needs a secretName`;
    throw new InputError(`The Receiver ${options.name} ${fault}.`);
  }
  if (resources.length === 0) throw new InputError(`The Receiver ${options.name} has no resources.`);
  return {
    apiVersion: "notification.toolkit.fluxcd.io/v1",
    kind: "Receiver",
    metadata,
    spec: {
      type,
      events,
      interval: interval && duration(interval, "interval"),
      secretRef: reference(secretName),
      resources,
      ...rest,
    },
  };
}

/**
 * Path of a Receiver's webhook (`/hook/…`), which its status shows as `webhookPath`: known before Flux has made it.
 * It is as secret as the token. Source: GetWebhookPath of fluxcd/notification-controller api/v1.
 * @param token value of `token` in the Receiver's Secret.
 */
export function receiverPath(token: string, { name, namespace = FLUX_SYSTEM }: ObjectReference): string {
  return `/hook/${createHash("sha256")
    .update(token + name + namespace)
    .digest("hex")}`;
}
