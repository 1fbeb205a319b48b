import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";

/**
 * Writes a review stack's file: its template's text, with how Pulumi encrypts for the stack where that file says it
 * already. Pulumi Deployments copies the template in the same way.
 */
export function writeStackFile(folder: string, template: string, stack: string): void {
  const file = join(folder, `Pulumi.${stack}.yaml`);
  const text = readFileSync(join(folder, `Pulumi.${template}.yaml`), "utf8");
  const own = existsSync(file) ? topLevel(readFileSync(file, "utf8")) : {};
  const theirs = topLevel(text);
  const kept = Object.fromEntries(Object.entries(own).filter(([key]) => !(key in theirs)));
  const more = Object.keys(kept).length === 0 ? "" : stringify(kept, { lineWidth: 0 });
  writeFileSync(file, `${text.replace(/\n*$/, "\n")}${more}`);
}

function topLevel(text: string): Readonly<Record<string, unknown>> {
  return (parse(text) ?? {}) as Record<string, unknown>;
}
