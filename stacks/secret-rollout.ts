import type * as pulumi from "@pulumi/pulumi";
import type { FluxHandoff } from "../components/flux/handoff";
import { addressesOf } from "../components/flux/pending";
import { SecretRollout, type RolledSecret } from "../components/kubernetes/secret-rollout";
import type { Values, ValueSources } from "../components/secrets/values";
import type { App } from "../manifests/app";
import { milliseconds } from "../manifests/flux/names";
import { secretsBy } from "../manifests/layouts/layout";
import type { GeneratedValue } from "../manifests/secrets/app-value";
import { valuesOf } from "../manifests/secrets/app-secret";
import { referencesIn, spelledOut, type SecretText, type Template } from "../manifests/secrets/secret-text";
import type { SecretDelivery } from "./secret-delivery";
import type { PlatformSettings } from "./system";

export interface RolloutArgs {
  readonly settings: PlatformSettings;
  readonly delivery: SecretDelivery;
  readonly sources: ValueSources;
  readonly values: Values;
  readonly handoff: FluxHandoff;
  /** Secrets that the program fills itself. */
  readonly patched: readonly pulumi.Resource[];
}

/**
 * Carries other values to those who live by them, beside the following of Flux: of a tunnel that was made anew, the
 * connectors become ready by that alone.
 */
export function secretRollout(apps: readonly App[], args: RolloutArgs): SecretRollout | undefined {
  const { settings, delivery, sources, values, handoff, patched } = args;
  const secretsOf = (some: readonly App[]) =>
    (["store", "sops", "patched"] as const).flatMap((from) =>
      secretsBy(from, some, delivery.modes).map((declared) => ({ from, declared })),
    );
  const secrets = secretsOf(apps.filter(({ parked }) => parked !== true)).flatMap(
    ({ from, declared }): RolledSecret[] => {
      const { name, namespace, data } = declared.secret;
      return valuesOf(declared).some((value) => value in values) ? [{ name, namespace, from, data }] : [];
    },
  );
  const taken = new Set(secrets.flatMap((secret) => valuesOf({ secret })));
  const made = Object.entries(values).filter(([name]) => taken.has(name));
  // Of those that no Secret takes directly, too: a database's password may be a part of its address alone.
  const roles = named(sources, "postgres");
  const behind = Object.entries(values).filter(([name]) => name in roles && !taken.has(name));
  // Their database isn't there to be given another password.
  const resting = secretsOf(apps.filter(({ parked }) => parked === true));
  const ofParked = new Set(resting.flatMap(({ declared }) => valuesOf(declared)));
  const parked = behind.map(([name]) => name).filter((name) => ofParked.has(name));
  // Also while all are parked: what was carried last is known by this alone.
  if (secrets.length + parked.length === 0) return undefined;
  const { kubeconfig, context } = settings.cluster;
  const known = Object.fromEntries([...made, ...behind]);
  return new SecretRollout(
    "secrets",
    {
      ...{ kubeconfig, context, roles },
      secrets: secrets.map((secret) => ({ ...secret, ...madeOf(secret.data, sources, known) })),
      ...{ ends: named(sources, "ends"), revokes: named(sources, "revokes") },
      values: known,
      ...(parked.length > 0 && { parked }),
      pending: addressesOf(handoff.pending),
      timeoutSeconds: milliseconds(settings.ready.timeout) / 1000,
    },
    { dependsOn: [handoff.commit, ...patched] },
  );
}

/** The texts that take a value that is made of others: who signs in to a database is seen by that. */
function madeOf(
  data: RolledSecret["data"],
  sources: ValueSources,
  known: Values,
): Pick<RolledSecret, "madeOf"> {
  const templates: Record<string, Template> = {};
  for (const [name, source] of Object.entries(sources))
    if ("template" in source && referencesIn(source.template).every((part) => part in known))
      templates[name] = source.template;
  const texts = Object.entries(data)
    .filter(([, text]) => referencesIn(text).some((part) => part in templates))
    .map(([key, text]): [string, SecretText] => [key, spelledOut(text, templates)]);
  return texts.length === 0 ? {} : { madeOf: Object.fromEntries(texts) };
}

/** What may be said of a value where it is declared. */
type Said = Pick<GeneratedValue, "ends" | "postgres"> & { readonly revokes?: string };

/** What the values' declarations say of one thing, by name. */
function named<Field extends keyof Said>(
  sources: ValueSources,
  field: Field,
): Record<string, NonNullable<Said[Field]>> {
  const found: Record<string, NonNullable<Said[Field]>> = {};
  for (const [name, source] of Object.entries(sources)) {
    const said = (source as Said)[field];
    if (said !== undefined) found[name] = said;
  }
  return found;
}
