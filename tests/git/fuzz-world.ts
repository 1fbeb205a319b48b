import assert from "node:assert/strict";
import { ownedOf } from "../../provider/git/commit-inputs";
import type { Owned } from "../../provider/git/ownership";
import { Hand, testContext, TestRemote } from "./remote";
import { type Operation, SHARED, type StackName, STACKS, START } from "./fuzz-operations";

/** The branch, two stacks that hand off to it, and what must hold after everything that one of them does. */
export class World {
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
    return ownedOf(this.hands.get(stack)?.state);
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
