import { setTimeout as sleep } from "node:timers/promises";
import {
  CheckFailure,
  HandlerContext,
  hasUnknown,
  Props,
  ResourceHandler,
  State,
  UserError,
} from "../../provider/handler";
import { readBlob } from "../blobs";
import type { GitAuth } from "./credentials";
import type { ListEdit } from "./edits";
import {
  actual,
  ConflictError,
  contentsNeeded,
  Desired,
  NOTHING_DESIRED,
  NOTHING_OWNED,
  Owned,
  Plan,
  plan,
} from "./ownership";
import { plaintextSecrets, secretMessage } from "./plaintext-secrets";
import { GitError, RemoteBranch, Signature } from "./repository";

interface Inputs {
  readonly url: string;
  readonly branch: string;
  readonly auth: GitAuth;
  readonly files: Readonly<Record<string, string>>;
  readonly digests: Readonly<Record<string, string>>;
  readonly initialFiles: Readonly<Record<string, string>>;
  readonly edits: Readonly<Record<string, readonly ListEdit[]>>;
  readonly message: string;
  readonly author: Signature;
  readonly adopt: boolean;
}

/** What is kept in state beside the inputs. */
interface Outputs {
  readonly commit: string;
  readonly revision: string;
  readonly changed: readonly string[];
  readonly owned: Owned;
}

/** Inputs that say what the branch must contain; the others only say how to get it there. */
const CONTENT = ["url", "branch", "files", "digests", "initialFiles", "edits"] as const;

/** How long other writers may be faster before we give up. */
const RACE_LIMIT = 120_000;
const NETWORK_ATTEMPTS = 5;

/** The provider's side of `GitCommit`. */
export const gitCommitHandler: ResourceHandler = {
  computed: ["commit", "revision", "changed", "owned"],

  async check(_ctx, news) {
    const failures: CheckFailure[] = [];
    for (const [path, text] of Object.entries((news.files ?? {}) as Record<string, unknown>)) {
      const property = `files[${JSON.stringify(path)}]`;
      if (typeof text !== "string" || hasUnknown(text)) continue;
      const found = plaintextSecrets(text);
      if (found.length > 0) failures.push({ property, reason: secretMessage(path, found) });
    }
    return Promise.resolve({ inputs: news, failures });
  },

  async diff(_ctx, _id, olds, news) {
    const detailed: Record<string, "add" | "delete" | "update"> = {};
    for (const group of ["files", "digests", "initialFiles", "edits"] as const) {
      const before = (olds.inputs[group] ?? {}) as Record<string, unknown>;
      const after = (news[group] ?? {}) as Record<string, unknown>;
      for (const path of new Set([...Object.keys(before), ...Object.keys(after)])) {
        const property = `${group}[${JSON.stringify(path)}]`;
        if (!(path in before)) detailed[property] = "add";
        else if (!(path in after)) detailed[property] = "delete";
        else if (!equal(before[path], after[path])) detailed[property] = "update";
      }
    }
    for (const name of ["url", "branch", "auth", "adopt"]) {
      if (!equal(olds.inputs[name], news[name])) detailed[name] = "update";
    }
    return Promise.resolve({ changes: Object.keys(detailed).length > 0, detailed });
  },

  async preview(_ctx, news, olds) {
    return Promise.resolve(
      olds === undefined || !sameContent(olds.inputs, news) ? news : { ...news, ...olds.outputs },
    );
  },

  async create(ctx, news) {
    const inputs = news as unknown as Inputs;
    const outputs = await converge(ctx, inputs, desiredOf(inputs), NOTHING_OWNED, stackOf(ctx));
    return { id: `${inputs.url}#${inputs.branch}`, outputs: { ...outputs } };
  },

  async update(ctx, _id, olds, news) {
    // A new credential or message alone is nothing to commit.
    if (sameContent(olds.inputs, news)) return { outputs: olds.outputs };
    const inputs = news as unknown as Inputs;
    return { outputs: { ...(await converge(ctx, inputs, desiredOf(inputs), ownedOf(olds), stackOf(ctx))) } };
  },

  async read(ctx, id, olds) {
    if (olds.outputs.owned === undefined) {
      throw new UserError(
        "GitCommit can't be imported: run `pulumi up`, equal files are taken over without a commit",
      );
    }
    const inputs = olds.inputs as unknown as Inputs;
    const outputs = olds.outputs as unknown as Outputs;
    return await onBranch(ctx, inputs, async (branch) => {
      const head = await branch.fetch();
      const owned = actual(head, await branch.read(editedOids(head.tree, outputs.owned)), outputs.owned);
      const changed = Object.entries(owned.files).filter(([path, oid]) => outputs.owned.files[path] !== oid);
      const contents = await branch.read(changed.map(([, oid]) => oid));
      const files = Object.fromEntries(
        Object.entries(inputs.files)
          .filter(([path]) => path in owned.files)
          .map(([path, text]) => {
            const now = contents.get(owned.files[path] ?? "");
            return [path, now?.toString("utf8") ?? text];
          }),
      );
      const digests = Object.fromEntries(
        Object.entries(inputs.digests)
          .filter(([path]) => path in owned.files)
          .map(([path, digest]) => [
            path,
            contents.has(owned.files[path] ?? "") ? "changed in the repository" : digest,
          ]),
      );
      const edits = Object.fromEntries(
        Object.entries(owned.edits).map(([path, entries]) => [path, entries.map(({ edit }) => edit)]),
      );
      return { id, inputs: { ...olds.inputs, files, digests, edits }, outputs: { ...olds.outputs, owned } };
    });
  },

  async delete(ctx, _id, olds) {
    const inputs = {
      ...(olds.inputs as unknown as Inputs),
      message: `Remove what ${stackOf(ctx)} handed off`,
    };
    await converge(ctx, inputs, NOTHING_DESIRED, ownedOf(olds), stackOf(ctx));
  },
};

/** Brings the branch to what is desired: fetch, plan, commit, push, and again when somebody else was faster. */
async function converge(
  ctx: HandlerContext,
  inputs: Inputs,
  desired: Desired,
  owned: Owned,
  stack: string,
): Promise<Outputs> {
  return await onBranch(ctx, inputs, async (branch) => {
    const deadline = Date.now() + RACE_LIMIT;
    let failures = 0;
    for (let attempt = 1; ; attempt++) {
      try {
        ctx.status(
          attempt === 1
            ? "reading the branch"
            : `the branch moved: building on its new head (attempt ${attempt})`,
        );
        const head = await branch.fetch();
        const changes = plan(head, await branch.read(contentsNeeded(head, desired, owned)), desired, owned);
        const changed = [...changes.writes.keys(), ...changes.deletes].sort();
        const outputs = (commit: string): Outputs => ({
          commit,
          revision: `${inputs.branch}@sha1:${commit}`,
          changed,
          owned: changes.owned,
        });
        if (changed.length === 0) return outputs(head.commit ?? "");
        const commit = await branch.commit({
          parent: head.commit,
          writes: changes.writes,
          deletes: changes.deletes,
          message: messageOf(inputs.message, changes, head.tree, stack),
          author: inputs.author,
        });
        ctx.status(`pushing ${String(changed.length)} changed file${changed.length === 1 ? "" : "s"}`);
        await branch.push(commit);
        return outputs(commit);
      } catch (error) {
        if (!(error instanceof GitError)) throw error;
        // A push whose answer was lost may have landed: the next plan then finds nothing to do.
        const retry =
          error.failure.kind === "race"
            ? Date.now() < deadline
            : error.failure.kind === "network" && ++failures < NETWORK_ATTEMPTS;
        if (!retry) throw error;
        const pause = error.failure.kind === "race" ? Math.min(50 * attempt, 1000) : 1000 * failures;
        await sleep(pause * (0.5 + Math.random()), undefined, { signal: ctx.signal });
      }
    }
  });
}

async function onBranch<T>(
  ctx: HandlerContext,
  { url, branch, auth }: Inputs,
  work: (branch: RemoteBranch) => Promise<T>,
): Promise<T> {
  try {
    return await RemoteBranch.use({ url, branch, auth, signal: ctx.signal }, work);
  } catch (error) {
    if (error instanceof GitError || error instanceof ConflictError) throw new UserError(error.message);
    throw error;
  }
}

function desiredOf(inputs: Inputs): Desired {
  const files = new Map(
    Object.entries(inputs.files).map(([path, text]) => [path, Buffer.from(text, "utf8")]),
  );
  for (const [path, digest] of Object.entries(inputs.digests))
    files.set(path, Buffer.from(readBlob(digest), "utf8"));
  return {
    files,
    initialFiles: new Map(
      Object.entries(inputs.initialFiles).map(([path, text]) => [path, Buffer.from(text, "utf8")]),
    ),
    edits: new Map(Object.entries(inputs.edits)),
    adopt: inputs.adopt,
  };
}

function ownedOf(olds: State): Owned {
  return (olds.outputs as unknown as Outputs).owned;
}

function editedOids(tree: ReadonlyMap<string, { oid: string }>, owned: Owned): string[] {
  return Object.keys(owned.edits).flatMap((path) => tree.get(path)?.oid ?? []);
}

/** Subject, the paths by what happens to them, and the stack that did it. */
function messageOf(
  subject: string,
  changes: Plan,
  tree: ReadonlyMap<string, unknown>,
  stack: string,
): string {
  const lines = [
    ...[...changes.writes.keys()].map((path) => `${tree.has(path) ? "M" : "A"} ${path}`),
    ...changes.deletes.map((path) => `D ${path}`),
  ];
  const shown = lines.slice(0, 100);
  if (lines.length > shown.length) shown.push(`… and ${String(lines.length - shown.length)} more`);
  return `${subject}\n\n${shown.join("\n")}\n\nHandoff-Stack: ${stack}\n`;
}

/** `project/stack`, from a URN `urn:pulumi:<stack>::<project>::<type>::<name>`. */
function stackOf(ctx: HandlerContext): string {
  const [head = "", project = ""] = ctx.urn.split("::");
  return `${project}/${head.replace(/^urn:pulumi:/, "")}`;
}

function sameContent(olds: Props, news: Props): boolean {
  return CONTENT.every((name) => equal(olds[name], news[name]));
}

function equal(left: unknown, right: unknown): boolean {
  return stable(left) === stable(right);
}

/** JSON with sorted keys. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) =>
    entry !== null && typeof entry === "object" && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  );
}
