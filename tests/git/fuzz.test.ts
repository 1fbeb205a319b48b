import assert from "node:assert/strict";
import fc from "fast-check";
import { ensureEntry, removeEntry } from "../../provider/git/yaml/edits";
import { NOTHING_OWNED, type Owned } from "../../provider/git/ownership";
import { Hand, testContext, TestRemote } from "./remote";
import type { ListEdit } from "../../manifests/git/edits";

const STACKS = ["one", "two"] as const;
type StackName = (typeof STACKS)[number];

/** Each stack has paths of its own; everything else, and every comment, is somebody's. */
const OWN = (stack: StackName): readonly string[] => [`${stack}/a.yaml`, `${stack}/b/c.yaml`, `${stack}/b`];
const SHARED = "kustomization.yaml";
const THEIRS = ["README.md", "one/theirs.yaml", "apps/x.yaml"];
const START = {
  "README.md": "# Repo\n",
  "one/theirs.yaml": "t: 0\n",
  "apps/x.yaml": "x: 0\n",
  [SHARED]: "# everybody's\nresources:\n- ./apps # theirs\n\n# the end\n",
};

type Operation =
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
const operation: fc.Arbitrary<Operation> = fc.oneof(
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

/** The branch, two stacks that hand off to it, and what must hold after everything that one of them does. */
class World {
  readonly remote = new TestRemote(START);
  private readonly hands = new Map<StackName, Hand>();
  /** Entries that a stack took over from people, and with which it may take their line away. */
  private readonly taken: Record<StackName, readonly string[]> = { one: [], two: [] };
  /** What was last written to a path by its stack. */
  private readonly written = new Map<string, string | undefined>();
  conflicts = 0;

  async apply(operation: Operation): Promise<void> {
    switch (operation.kind) {
      case "up": {
        await this.up(operation);
        return;
      }
      case "refresh": {
        await this.ours(operation.stack, [], async (hand) => {
          await hand.refresh();
          this.agrees(operation.stack);
        });
        return;
      }
      case "destroy": {
        await this.ours(operation.stack, [], async (hand) => {
          // What somebody else had written with the same content is theirs.
          const { files, found = [] } = this.owned(operation.stack);
          const owned = Object.keys(files).filter((path) => !found.includes(path));
          await hand.destroy();
          const left = this.remote.files();
          assert.deepEqual(
            owned.filter((path) => left.includes(path)),
            [],
            "destroy takes everything of ours",
          );
          this.taken[operation.stack] = [];
        });
        return;
      }
      case "forget":
        this.hands.delete(operation.stack);
        this.taken[operation.stack] = [];
        return;
      default:
        this.theirs(operation);
    }
  }

  private async up({ stack, files, entries, adopt }: Extract<Operation, { kind: "up" }>): Promise<void> {
    const inputs = {
      files,
      adopt,
      edits: entries.length > 0 ? { [SHARED]: entries.map((entry) => ({ list: ["resources"], entry })) } : {},
    };
    await this.ours(stack, Object.keys(files), async (hand) => {
      const before = this.remote.log().length;
      const tree = this.tree();
      const recorded = this.owned(stack).files;
      const foreign = [...new Set([...Object.keys(files), ...Object.keys(recorded)])].filter(
        // Without a state the branch's history tells what is ours.
        (path) => tree.has(path) && ![recorded[path], this.written.get(path)].includes(oidIn(tree, path)),
      );
      await hand.up(inputs);
      for (const path of Object.keys(files)) this.written.set(path, oidIn(this.tree(), path));
      // What people wrote at paths of ours goes only by a refresh, after which it is in the state, or by adoption.
      for (const path of adopt ? [] : foreign) assert.equal(this.tree().get(path), tree.get(path), path);
      assert.ok(this.remote.log().length <= before + 1, "one commit an up");
      const head = this.remote.log("%H")[0];
      // The same again makes no commit, with its state and without.
      await hand.up(inputs);
      assert.equal(this.remote.log("%H")[0], head, "equal files make no commit");
      const after = this.tree();
      const shared = entries.some((entry) => this.isOfOther(stack, entry));
      await new Hand(this.remote.url, testContext(stack)).up(inputs);
      // Only what the other stack took over since has to be taken over again, by a word that changes no file.
      if (!shared) assert.equal(this.remote.log("%H")[0], head, "equal files make no commit without a state");
      assert.deepEqual(this.tree(), after);
      this.taken[stack] = entries.filter((entry) => adopt || this.taken[stack].includes(entry));
    });
  }

  /** Something that a stack does: nothing but its own paths, and its own lines in the shared file, may change. */
  private async ours(
    stack: StackName,
    wanted: readonly string[],
    action: (hand: Hand) => Promise<void>,
  ): Promise<void> {
    const hand = this.hands.get(stack) ?? new Hand(this.remote.url, testContext(stack));
    this.hands.set(stack, hand);
    const before = this.tree();
    const shared = this.shared();
    const own = new Set([...wanted, ...Object.keys(this.owned(stack).files)]);
    const mine = new Set([
      ...[`- ./${stack}`, `- ./${stack}-more`, "- ./common"],
      ...this.taken[stack].map((entry) => `- ${entry} # by hand`),
    ]);
    try {
      await action(hand);
    } catch (error) {
      // Stopped by what somebody else did: then nothing was changed.
      if ((error as Error).name !== "UserError") throw error;
      assert.match((error as Error).message, /\n→ /);
      this.conflicts++;
      assert.deepEqual(this.tree(), before, "a refused operation changes nothing");
      return;
    }
    const after = this.tree();
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
      (path) => before.get(path) !== after.get(path),
    );
    assert.deepEqual(
      changed.filter((path) => !own.has(path) && path !== SHARED),
      [],
      "only owned paths change",
    );
    const rest = (lines: readonly string[]): readonly string[] => lines.filter((line) => !mine.has(line));
    assert.deepEqual(rest(this.shared()), rest(shared), "lines of others stay, in their order");
  }

  private theirs(
    operation: Extract<Operation, { kind: "their file" | "their entry" | "their comment" }>,
  ): void {
    const files = new Map(Object.entries(this.edit(operation)));
    if (files.size === 0) return;
    const present = this.remote.files();
    for (const [path, text] of files) {
      const same =
        text === null ? !present.includes(path) : present.includes(path) && this.remote.read(path) === text;
      // Somebody doesn't write where a folder is, as the file system would not let them.
      const folder = present.some((other) => other.startsWith(`${path}/`) || path.startsWith(`${other}/`));
      if (same || folder) return;
    }
    this.remote.commit(Object.fromEntries(files));
  }

  private edit(
    operation: Extract<Operation, { kind: "their file" | "their entry" | "their comment" }>,
  ): Record<string, string | null> {
    if (operation.kind === "their file") return { [operation.path]: operation.text };
    const shared = this.remote.read(SHARED);
    if (operation.kind === "their comment")
      return { [SHARED]: shared.replace("\n\n# the end", `\n${operation.text}\n\n# the end`) };
    if (shared.includes(`- ${operation.name} `) || shared.includes(`- ${operation.name}\n`)) return {};
    return {
      [SHARED]: shared.replace("- ./apps # theirs\n", `- ./apps # theirs\n- ${operation.name} # by hand\n`),
    };
  }

  /** True for an entry that the other stack counts as its own too. */
  private isOfOther(stack: StackName, entry: string): boolean {
    const others = STACKS.filter((other) => other !== stack).map(
      (other) => this.owned(other).edits[SHARED] ?? [],
    );
    return others.flat().some(({ edit }) => "entry" in edit && edit.entry === entry);
  }

  /** State and repository agree on what is ours. */
  private agrees(stack: StackName): void {
    const tree = this.tree();
    for (const [path, oid] of Object.entries(this.owned(stack).files)) {
      assert.equal(oidIn(tree, path), oid, `state and repository agree on ${path}`);
    }
  }

  private owned(stack: StackName): Owned {
    return (this.hands.get(stack)?.state?.outputs.owned as Owned | undefined) ?? NOTHING_OWNED;
  }

  private tree(): Map<string, string> {
    const output = this.remote.git(this.remote.folder, "-C", "remote.git", "ls-tree", "-r", "-z", "main");
    return new Map(
      output
        .split("\0")
        .filter((line) => line !== "")
        .map((line): [string, string] => [
          line.slice(line.indexOf("\t") + 1),
          line.slice(0, line.indexOf("\t")),
        ]),
    );
  }

  private shared(): string[] {
    return this.remote.read(SHARED).split("\n");
  }
}

/** The object id of a path: `100644 blob <oid>`. */
const oidIn = (tree: ReadonlyMap<string, string>, path: string): string | undefined =>
  tree.get(path)?.split(" ")[2];

/** One stack's entry is taken over by the other's; then the first wants it without its state. */
const TAKEN_OVER_SINCE: Operation[] = [
  { kind: "up", stack: "one", files: {}, entries: ["./common"], adopt: false },
  { kind: "up", stack: "two", files: {}, entries: ["./common"], adopt: false },
  { kind: "up", stack: "one", files: {}, entries: ["./one", "./common"], adopt: false },
  { kind: "up", stack: "two", files: {}, entries: [], adopt: false },
  { kind: "up", stack: "one", files: {}, entries: ["./one", "./common"], adopt: false },
];

/** A stack without its state changes what it wrote; somebody else's commit lies between. */
const CHANGED_WITHOUT_STATE: Operation[] = [
  { kind: "up", stack: "one", files: { "one/a.yaml": "v: 1\n" }, entries: [], adopt: false },
  { kind: "forget", stack: "one" },
  { kind: "up", stack: "one", files: { "one/a.yaml": "crlf\r\n" }, entries: [], adopt: false },
  { kind: "their file", path: "README.md", text: null },
  { kind: "up", stack: "one", files: {}, entries: [], adopt: false },
];

describe("any sequence of operations by two stacks and people", function () {
  this.timeout(600_000);

  async function fuzz(numRuns: number, maxLength: number): Promise<void> {
    const counts = { runs: 0, operations: 0, conflicts: 0, commits: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 2, maxLength }), async (operations) => {
        const world = new World();
        try {
          for (const operation of operations) await world.apply(operation);
          counts.runs++;
          counts.operations += operations.length;
          counts.conflicts += world.conflicts;
          counts.commits += world.remote.log().length;
        } finally {
          world.remote.dispose();
        }
      }),
      { numRuns, interruptAfterTimeLimit: 500_000, examples: [[TAKEN_OVER_SINCE], [CHANGED_WITHOUT_STATE]] },
    );
    console.log(
      `      ${counts.operations} operations in ${counts.runs} sequences: ${counts.commits} commits, ${counts.conflicts} stopped by a conflict`,
    );
  }

  it("never changes what isn't ours, and agrees with the state", async () => {
    await fuzz(5, 6);
  });
  const slow = process.env.SLOW !== undefined || process.env.CI !== undefined ? it : it.skip;
  slow("never changes what isn't ours, and agrees with the state, for long (slow)", async () => {
    await fuzz(40, 14);
  });
});

describe("any list of others", () => {
  const eol = fc.constantFrom("\n", "\r\n");
  const indent = fc.constantFrom("", "  ", "    ");
  const line = fc.constantFrom(
    "./a",
    '"./b"',
    "'./c' # why",
    "./d   # spaces ",
    "https://x.example.com/y?ref=v1",
    "é ☃",
  );
  const gap = fc.constantFrom("", "# comment", "  # - ./ours", "", "# resources:");
  const file = fc
    .record({
      eol,
      indent,
      lines: fc.array(fc.tuple(gap, line), { minLength: 1, maxLength: 6 }),
      end: gap,
      final: fc.boolean(),
    })
    .map(({ eol, indent, lines, end, final }) => {
      const body = lines.flatMap(([before, entry]) => [
        ...(before === "" ? [] : [indent + before.trimStart()]),
        `${indent}- ${entry}`,
      ]);
      const text = [
        "# head",
        "kind: Kustomization",
        "resources:",
        ...body,
        ...(end === "" ? [] : [end.trim()]),
      ].join(eol);
      return final ? text + eol : text;
    });
  const edit: ListEdit = { list: ["resources"], entry: "./ours" };

  it("keeps every line of others when ours comes, and is as it was when ours goes", () => {
    fc.assert(
      fc.property(file, (text) => {
        const added = ensureEntry(text, edit);
        assert.equal(added.added, true);
        const others = added.text.split(/\r?\n/).filter((line) => line.trim() !== "- ./ours");
        assert.deepEqual(others, text.split(/\r?\n/));
        assert.deepEqual(ensureEntry(added.text, edit).text, added.text);
        assert.equal(removeEntry(added.text, edit, added.before), text);
      }),
      { numRuns: 500 },
    );
  });
});
