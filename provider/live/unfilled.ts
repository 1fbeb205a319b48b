import type { FileObject } from "./objects";

/** What Flux would fill with nothing, or not at all; what was so before is known. */
export function unfilledFaults(
  before: ReadonlyMap<string, FileObject>,
  after: ReadonlyMap<string, FileObject>,
): string[] {
  return [...after].flatMap(([name, { path, unfilled }]) =>
    unfilled === undefined || before.get(name)?.unfilled === unfilled
      ? []
      : [
          `${name} (${path}): ${unfilled} (\`postBuild\` of the Kustomization that applies it)\n` +
            "→ Where the text itself is meant, write $${ for ${, or annotate the object with kustomize.toolkit.fluxcd.io/substitute: disabled; else give the variable a value, or a default: ${name:=}",
        ],
  );
}
