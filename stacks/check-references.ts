import { isDeepStrictEqual } from "node:util";
import { withParts, type ValueSource, type ValueSources } from "../components/secrets/values";
import type { App } from "../manifests/app";
import { INGRESS_SERVICE } from "../manifests/cloudflare/host-rule";
import { ruleFaults } from "../manifests/cloudflare/ingress-rule-checks";
import { secretsOf } from "../manifests/layouts/layout";
import { DNS_NAME } from "../manifests/names";
import { didYouMean } from "../manifests/nearest";
import { valuesOf } from "../manifests/secrets/app-secret";

/**
 * Every value that a Secret takes is made by somebody, and nothing is declared twice.
 * @param given values beside those that the apps declare themselves, by who gives them
 * @returns all values, and what is wrong with them and the apps
 */
export function checkReferences(
  apps: readonly App[],
  given: Readonly<Record<string, ValueSources>>,
): { readonly sources: ValueSources; readonly faults: readonly string[] } {
  const { sources, faults } = declared([
    ...Object.entries(given),
    ...apps.map(({ name, values = {} }) => [`the app ${name}`, values] as const),
  ]);
  const seen = new Set<string>();
  for (const secret of secretsOf(apps)) {
    const name = `${secret.secret.namespace}/${secret.secret.name}`;
    if (seen.has(name)) faults.push(`Secret ${name} is declared twice.`);
    seen.add(name);
    for (const value of valuesOf(secret)) {
      if (value in sources) continue;
      const hint = didYouMean(value, Object.keys(sources)) ?? "Declare it among the system's values.";
      faults.push(`Secret ${name} takes the value ${value}, which nobody makes. ${hint}`);
    }
  }
  const names = new Set<string>();
  for (const { name } of apps) {
    if (names.has(name)) faults.push(`Two apps are called ${name}.`);
    names.add(name);
  }
  return { sources, faults: [...faults, ...hostFaults(apps), ...vaultFaults(sources)] };
}

/** A host, or a path of it, leads to one app. */
function hostFaults(apps: readonly App[]): string[] {
  const faults: string[] = [];
  const owners = new Map<string, string>();
  for (const { name, hosts = [], parked } of apps) {
    if (parked === true) continue;
    for (const host of hosts) {
      // A tunnel's rule may be for all names of a domain.
      if (!DNS_NAME.test(host.name.replace(/^\*\./, ""))) {
        faults.push(
          `The app ${name} has the host ${JSON.stringify(host.name)}; allowed: a lowercase DNS name such as hello.example.com.`,
        );
        continue;
      }
      if (host.address === undefined) {
        const { name: hostname, path, service = INGRESS_SERVICE, originRequest } = host;
        const wrong = ruleFaults({ hostname, path, service, originRequest });
        faults.push(...wrong.map(({ message }) => `The app ${name} has the host ${hostname}: ${message}.`));
      }
      const shown = `${host.name}${host.path === undefined ? "" : ` with the path ${host.path}`}`;
      const other = owners.get(shown);
      if (other === name) faults.push(`The app ${name} has the host ${shown} twice.`);
      else if (other !== undefined) {
        faults.push(
          `The apps ${other} and ${name} both have the host ${shown}: give one of them another name or path.`,
        );
      }
      owners.set(shown, other ?? name);
    }
  }
  return faults;
}

/** Names in the vault, which takes capitals for small letters: what is written there is one value's, and no others'. */
function vaultFaults(sources: ValueSources): string[] {
  const faults: string[] = [];
  const written = new Map<string, string>();
  for (const [name, source] of Object.entries(sources)) {
    if ("stored" in source) continue;
    const other = written.get(name.toLowerCase());
    if (other !== undefined)
      faults.push(`The values ${other} and ${name} are one secret in the vault: rename one of them.`);
    written.set(name.toLowerCase(), other ?? name);
  }
  for (const [name, source] of Object.entries(sources)) {
    if (!("stored" in source)) continue;
    const key = typeof source.stored === "string" ? source.stored : source.stored.key;
    const writer = written.get(key.toLowerCase());
    if (writer === undefined) continue;
    faults.push(
      `The value ${name} is what others keep in the vault as ${key}, where this stack writes the value ${writer}: rename that one.`,
    );
  }
  return faults;
}

/** The values of all; one that two declare alike is one. */
function declared(parts: readonly (readonly [by: string, values: ValueSources])[]) {
  const sources: Record<string, ValueSource> = {};
  const owners: Record<string, string> = {};
  const faults: string[] = [];
  for (const [by, values] of parts) {
    for (const [name, source] of Object.entries(values)) {
      const other = owners[name];
      if (other !== undefined && !isDeepStrictEqual(sources[name], source)) {
        faults.push(
          `The value ${name} is declared by ${other} and differently by ${by}: rename one of them.`,
        );
      }
      owners[name] ??= by;
      sources[name] ??= source;
    }
  }
  const all = withParts(sources);
  return { sources: all.sources, faults: [...faults, ...all.faults] };
}
