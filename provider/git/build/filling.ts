import { SUBSTITUTE } from "../../../manifests/secrets/app-secret";
import { yamlData } from "../../../manifests/yaml-data";

/** What the variables of a Flux Kustomization (`postBuild`) do to files that are written into what it applies. */
export interface Filling {
  /** What is filled in, for the preview: it may be meant for another program. */
  readonly notes: readonly string[];
  /** What can't be, at which all that the Kustomization applies would fail. */
  readonly faults: readonly string[];
}

/** @param root folder that the Kustomization applies */
export function fillingOf(
  root: string,
  files: readonly { readonly path: string; readonly before: string | undefined; readonly after: string }[],
): Filling {
  const by = `the Kustomization that applies ${root === "" ? "." : root}/`;
  const notes: string[] = [];
  const faults: string[] = [];
  for (const { path, before = "", after } of files) {
    const broken = unfillable(after);
    const variable = /(?<!\$)(?:\$\$)*(\$\{[A-Za-z_]\w*[^}]*\})/.exec(after)?.[1];
    if (broken !== undefined && unfillable(before) === undefined)
      faults.push(
        `${path} holds ${broken}, which ${by} can't fill in (its \`postBuild\`), and would apply nothing any more`,
      );
    else if (variable !== undefined && !after.includes(SUBSTITUTE))
      notes.push(
        `${path} holds ${variable}, which ${by} fills in (its \`postBuild\`); where the text itself is meant, write $${variable}`,
      );
  }
  return { notes, faults };
}

/**
 * The first `${` of a file's objects that isn't the beginning of a variable to Flux, with what follows it; a dollar
 * before it makes it a text. Source: fluxcd/pkg envsubst (parse).
 */
function unfillable(text: string): string | undefined {
  if (!text.includes("${")) return undefined;
  const data = yamlData(text);
  if (typeof data === "string") return undefined;
  return data
    .filter((object) => !isLeftAsIs(object))
    .map(unfillableIn)
    .find((found) => found !== undefined);
}

/** The same of an object. */
export function unfillableIn(object: unknown): string | undefined {
  return textsOf(object)
    .map((one) => NO_VARIABLE.exec(one)?.[1])
    .find((found) => found !== undefined);
}

const NO_VARIABLE = new RegExp(
  String.raw`(?<!\$)(?:\$\$)*(\$\{(?!#NAME\}|NAME(?:\}|:?=[^}]*\}|:[^}]+\}|[,^]{1,2}\}|(?:##?|%%?)[^}]+\}|/[^/]+/[^}]*\})).{0,20})`.replaceAll(
    "NAME",
    String.raw`[\p{L}\p{Nd}_]+`,
  ),
  "u",
);

/** Whether an object says that it isn't to be filled in. */
export function isLeftAsIs(object: unknown): boolean {
  const { metadata } = (object ?? {}) as { readonly metadata?: Readonly<Record<string, unknown>> | null };
  return [metadata?.labels, metadata?.annotations].some(
    (marks) => (marks as Readonly<Record<string, unknown>> | null | undefined)?.[SUBSTITUTE] === "disabled",
  );
}

/** All texts in an object, keys included. */
function textsOf(data: unknown): string[] {
  if (typeof data === "string") return [data];
  if (typeof data !== "object" || data === null) return [];
  return Object.entries(data).flatMap(([name, value]) => [name, ...textsOf(value)]);
}
