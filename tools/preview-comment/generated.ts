/** Counts of what differs between two generated files of Flux's components. */
interface Parts {
  readonly version: string | undefined;
  readonly objects: ReadonlyMap<string, string>;
  readonly images: readonly string[];
}

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
          : `Flux ${old.version ?? "?"} → ${now.version ?? "?"}`;
  const names = [...new Set([...old.objects.keys(), ...now.objects.keys()])];
  const is = (condition: (name: string) => boolean): number => names.filter(condition).length;
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
  const objects = numbers.flatMap(([number, word]) => (number === 0 ? [] : [`${String(number)} ${word}`]));
  const gone = names.filter((name) => !now.objects.has(name) && name.startsWith("CustomResourceDefinition "));
  return [
    release,
    `objects: ${objects.join(", ") || "the same"}`,
    ...(gone.length === 0 || after === undefined
      ? []
      : [`definitions that go: ${gone.map((name) => name.split(" ")[1]).join(", ")}`]),
  ].join("; ");
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
