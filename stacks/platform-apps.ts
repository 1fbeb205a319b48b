import * as pulumi from "@pulumi/pulumi";
import type { Values, ValueSources } from "../components/secrets/values";
import type { App } from "../manifests/app";
import { imageAutomation } from "../manifests/apps/image-policy";
import { notifications, providerValue, RECEIVER, RECEIVER_TOKEN } from "../manifests/catalog/notifications";
import { receiverPath } from "../manifests/flux/notifications";
import { FLUX_SYSTEM } from "../manifests/flux/objects";
import type { SecretsMode } from "../manifests/secrets/app-secret";
import type { NotificationsSettings } from "./settings/blocks/notifications";
import type { SharedSettings } from "./settings/schema";

type Settings = Pick<SharedSettings, "author" | "fluxRepository"> & {
  readonly notifications?: NotificationsSettings;
};

/**
 * What Flux does for every system beside its apps, as apps: updates of images, messages.
 * @param via way of their Secrets. @default the system's first one
 */
export function platformApps(
  { author, fluxRepository, notifications: given }: Settings,
  apps: readonly App[],
  repositories: readonly string[],
  via?: SecretsMode["from"],
): { apps: App[]; values: ValueSources } {
  const policies = apps.flatMap(({ parked, imagePolicies = [] }) => (parked === true ? [] : imagePolicies));
  const { branch, url } = fluxRepository;
  const receiver = given?.receiver && {
    type: given.receiver.type ?? hostType(url),
    sources: [FLUX_SYSTEM, ...repositories],
    host: given.receiver.host,
  };
  return {
    apps: [
      ...(policies.length > 0 ? [imageAutomation({ branch, author, policies })] : []),
      ...(given ? [notifications({ ...given, provider: providerOf(given), receiver, via })] : []),
    ],
    values: Object.fromEntries(
      KEYS.flatMap((key) => {
        const secret = given?.provider?.[key];
        return secret === undefined ? [] : [[providerValue(key), { from: secret }] as const];
      }),
    ),
  };
}

const KEYS = ["address", "token"] as const;

function providerOf({ provider }: NotificationsSettings) {
  if (provider === undefined) return undefined;
  const { type, channel, username } = provider;
  return { type, channel, username, secretKeys: KEYS.filter((key) => provider[key] !== undefined) };
}

/** Hosts whose webhooks are known by their name; a Receiver of type `generic` takes any. */
function hostType(url: string): "github" | "gitlab" | "bitbucket" | "generic" {
  const { hostname } = new URL(url);
  const known = ["github", "gitlab"] as const;
  return known.find((name) => hostname === `${name}.com` || hostname.startsWith(`${name}.`)) ?? "generic";
}

/** Where the git host's webhook goes: as secret as the token that it is made of. */
export function platformOutputs(
  { notifications: given }: Settings,
  values: Values,
): Record<string, pulumi.Output<string>> {
  const token = values[RECEIVER_TOKEN];
  if (given?.receiver === undefined || token === undefined) return {};
  const path = token.apply((text) => receiverPath(text, RECEIVER));
  const { host } = given.receiver;
  return {
    webhookPath: pulumi.secret(path),
    webhookToken: pulumi.secret(token),
    ...(host !== undefined && { webhookUrl: pulumi.secret(pulumi.interpolate`https://${host}${path}`) }),
  };
}
