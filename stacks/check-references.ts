import { isDeepStrictEqual } from "node:util";
import type { ValueSource, ValueSources } from "../components/secrets/values";
import type { App } from "../manifests/app";
import { InputError } from "../manifests/files";
import { secretsOf } from "../manifests/layouts/layout";
import { didYouMean } from "../manifests/nearest";
import { valuesOf } from "../manifests/secrets/app-secret";

/**
 * Every value that a Secret takes is made by somebody, and nothing is declared twice.
 * @param given values beside those that the apps declare themselves, by who gives them
 * @returns all values
 * @throws InputError with all faults, before anything is changed
 */
export function checkReferences(
  apps: readonly App[],
  given: Readonly<Record<string, ValueSources>>,
): ValueSources {
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
  if (faults.length > 0) throw new InputError(faults.join("\n"));
  return sources;
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
  return { sources, faults };
}
