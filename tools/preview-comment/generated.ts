import { isOlder } from "../text/version";

/** Counts of what differs between two generated files of Flux's components. */
interface Parts {
  readonly version: string | undefined;
  readonly objects: ReadonlyMap<string, string>;
  readonly images: readonly string[];
}

/** A version of a definition's API, such as `GitRepository v1beta2`. */
type Api = `${string} ${string}`;

/**
 * One line for what nobody reads as a diff: the release, and how many objects come, go and change.
 * Pure; the text is looked through by lines, since parsing its definitions takes seconds.
 */
export function generatedSummary(before: string | undefined, after: string | undefined): string {
  if (!before && !after) return "another content, made from the release";
  const [old, now] = [partsOf(before ?? ""), partsOf(after ?? "")];
  const release =
    after === undefined
      ? `Flux ${old.version ?? ""} is taken out`
      : before === undefined
        ? `Flux ${now.version ?? ""}`
        : old.version === now.version
          ? `Flux ${now.version ?? ""}, other options`
          : `Flux ${old.version ?? "?"} → ${now.version ?? "?"}${isOlder(now.version ?? "", old.version ?? "") ? ", **an older one**" : ""}${notes(now.version)}`;
  const names = [...new Set([...old.objects.keys(), ...now.objects.keys()])];
  const is = (condition: (name: string) => boolean): string[] => names.filter(condition);
  const numbers = [
    [is((name) => !old.objects.has(name)), "added"],
    [
      is(
        (name) =>
          old.objects.has(name) && now.objects.has(name) && old.objects.get(name) !== now.objects.get(name),
      ),
      "changed",
    ],
    [is((name) => !now.objects.has(name)), "removed"],
  ] as const;
  const objects = numbers.flatMap(([which, word]) =>
    which.length === 0 ? [] : [`${String(which.length)} ${word} (${byKind(which)})`],
  );
  const gone = names.filter((name) => !now.objects.has(name) && name.startsWith("CustomResourceDefinition "));
  const [served, kept] = [apisOf(old.objects), apisOf(now.objects)];
  const unserved = [...served].filter(([api, is]) => is.served && kept.get(api)?.served !== true);
  const stored = [...kept].filter(([api, is]) => is.stored && served.get(api)?.stored === false);
  const list = (apis: readonly (readonly [Api, unknown])[]): string => apis.map(([api]) => api).join(", ");
  return [
    release,
    `objects: ${objects.join(", ") || "the same"}`,
    ...(gone.length === 0 || after === undefined
      ? []
      : [`definitions that go: ${gone.map((name) => name.split(" ")[1]).join(", ")}`]),
    ...(unserved.length === 0 || after === undefined
      ? []
      : [`**no longer served**: ${list(unserved)}: files in git that still say so are refused`]),
    ...(stored.length === 0 ? [] : [`stored from now on as ${list(stored)}`]),
  ].join("; ");
}

/** Where the release says what is new in it. */
function notes(version = ""): string {
  return /^v\d+\.\d+\.\d+$/.test(version)
    ? ` ([release notes](https://github.com/fluxcd/flux2/releases/tag/${version}))`
    : "";
}

/** `5 Deployment, 5 Service`. */
function byKind(names: readonly string[]): string {
  const kinds = names.map((name) => name.split(" ")[0] ?? "");
  return [...new Set(kinds)]
    .map((kind) => `${String(kinds.filter((one) => one === kind).length)} ${kind}`)
    .join(", ");
}

/** Versions of definitions, and whether the API server serves them and stores objects as them. */
function apisOf(objects: Parts["objects"]): ReadonlyMap<Api, { served: boolean; stored: boolean }> {
  const found = new Map<Api, { served: boolean; stored: boolean }>();
  for (const [name, text] of objects) {
    if (!name.startsWith("CustomResourceDefinition ")) continue;
    const kind = /^ {4}kind: (\S+)$/m.exec(text)?.[1] ?? "";
    let api: { served: boolean; stored: boolean } | undefined;
    for (const [, field, value = ""] of text.matchAll(/^ {2}(?:- | {2})(name|served|storage): (\S+)$/gm)) {
      if (field === "name") found.set(`${kind} ${value}`, (api = { served: false, stored: false }));
      else if (api !== undefined) api[field === "served" ? "served" : "stored"] = value === "true";
    }
  }
  return found;
}

function partsOf(text: string): Parts {
  const objects = text.split(/^---$/m).flatMap((document): [string, string][] => {
    const kind = /^kind: (\S+)$/m.exec(document)?.[1];
    const name = /^metadata:\n(?: .*\n)*? {2}name: (\S+)$/m.exec(document)?.[1];
    return kind === undefined || name === undefined ? [] : [[`${kind} ${name}`, document.trim()]];
  });
  return {
    version: /^# Flux Version: (\S+)$/m.exec(text)?.[1],
    objects: new Map(objects),
    images: Array.from(text.matchAll(/^\s+image: (\S+)$/gm), ([, image = ""]) => image),
  };
}

/** The images in it, for the table of images. */
export function imagesOf(text: string): readonly string[] {
  return partsOf(text).images;
}
