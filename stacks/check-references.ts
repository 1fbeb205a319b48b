import type { ValueSources } from "../components/secrets/values";
import type { App } from "../manifests/app";
import { InputError } from "../manifests/files";
import { secretsOf } from "../manifests/layouts/layout";
import { valuesOf } from "../manifests/secrets/app-secret";
import { didYouMean } from "./settings/faults";

/**
 * Every value that a Secret takes is made by somebody, and no Secret is declared twice.
 * @throws InputError with all faults, before anything is changed
 */
export function checkReferences(apps: readonly App[], sources: ValueSources): void {
  const faults: string[] = [];
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
}
