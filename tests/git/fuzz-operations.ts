import fc from "fast-check";

export const STACKS = ["one", "two"] as const;
export type StackName = (typeof STACKS)[number];

/** Each stack has paths of its own; everything else, and every comment, is somebody's. */
const OWN = (stack: StackName): readonly string[] => [`${stack}/a.yaml`, `${stack}/b/c.yaml`, `${stack}/b`];
export const SHARED = "kustomization.yaml";
const THEIRS = ["README.md", "one/theirs.yaml", "apps/x.yaml"];
export const START = {
  "README.md": "# Repo\n",
  "one/theirs.yaml": "t: 0\n",
  "apps/x.yaml": "x: 0\n",
  [SHARED]: "# everybody's\nresources:\n- ./apps # theirs\n\n# the end\n",
};

export type Operation =
  | {
      readonly kind: "up";
      readonly stack: StackName;
      readonly files: Wanted;
      readonly entries: readonly string[];
      readonly adopt: boolean;
    }
  | { readonly kind: "refresh" | "destroy" | "forget"; readonly stack: StackName }
  | { readonly kind: "their file"; readonly path: string; readonly text: string | null }
  | { readonly kind: "their entry"; readonly name: string }
  | { readonly kind: "their comment"; readonly text: string };
type Wanted = Readonly<Record<string, string>>;

const stack = fc.constantFrom(...STACKS);
const text = fc.constantFrom("v: 1\n", "v: 2\n", "v: 3\n", "no newline", "crlf\r\n", "");
const wanted = (name: StackName): fc.Arbitrary<Wanted> =>
  fc
    .tuple(text, fc.constantFrom("none", "file", "folder"), text, fc.boolean())
    .map(([a, place, b, first]) => ({
      ...(first ? { [`${name}/a.yaml`]: a } : {}),
      ...(place === "file" ? { [`${name}/b`]: b } : place === "folder" ? { [`${name}/b/c.yaml`]: b } : {}),
    }));
const up: fc.Arbitrary<Operation> = stack.chain((name) =>
  fc.record({
    kind: fc.constant("up" as const),
    stack: fc.constant(name),
    files: wanted(name),
    entries: fc.subarray([`./${name}`, `./${name}-more`, "./common"]),
    adopt: fc.boolean(),
  }),
);
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: up },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("refresh" as const, "destroy" as const, "forget" as const),
      stack,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("their file" as const),
      path: fc.constantFrom(...THEIRS, ...STACKS.flatMap(OWN)),
      text: fc.option(text, { nil: null }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("their entry" as const),
      name: fc.constantFrom("./t1", "./t2", "./common"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("their comment" as const),
      text: fc.constantFrom("# one", "# two: [", "# - ./one"),
    }),
  },
);
