import { isUtf8 } from "node:buffer";
import { posix } from "node:path";
import { blobId, type Head } from "./branch";
import { difference, foreignFile } from "./differences";
import { editFile } from "./edit-file";
import { filterFault, type FilterOf } from "./filters";
import { Obstacles } from "./obstacles";
import {
  ConflictError,
  type Desired,
  foundFiles,
  NOT_OURS,
  type Owned,
  type OwnedEdit,
  type Plan,
  under,
} from "./ownership";
import { EditError, TakenError } from "./yaml/edit-text";
import { describeDifferences, gotkDifferences, isPlaceholder } from "../../manifests/flux/read-bootstrap";
import type { Edit } from "../../manifests/git/edits";

const NO_TEXT = "the file isn't UTF-8 text; its other lines could not be kept as they are";

const GOTK = /(^|\/)gotk-(components|sync)\.yaml$/;

const ADOPT = "`adopt: true`, in the repository's settings or as an argument of the resource";

const LEAVE_FLUX = "Leave Flux's own files where they are: a cluster may run by them.";
const TWO_STEPS =
  "First write the settings that are named as the repository has them, and `pulumi up` takes the files over as they are; then write them as you want, and another `pulumi up` changes the files.";
const AT_ONCE = `To have ours written at once, take them over with ${ADOPT}.`;
const NO_SETTING = "  no setting keeps what it says";

/**
 * What to write and delete on top of `head` so that it holds what is `desired`, given what is `owned`. Touches only
 * what is ours.
 * @throws ConflictError when that isn't possible without losing somebody else's work: a file or entry of ours that
 * somebody else changed, a file in the way that isn't ours, an entry of others under the same name.
 */
export function plan(
  head: Head,
  contents: ReadonlyMap<string, Buffer>,
  desired: Desired,
  owned: Owned,
  filterOf: FilterOf,
  written: ReadonlySet<string> = new Set(),
): Plan {
  return new Planner(head, contents, desired, owned, filterOf, written).plan();
}

class Planner {
  private readonly writes = new Map<string, { mode: string; content: Buffer }>();
  private readonly deletes: string[] = [];
  /** Of ours, and changed by somebody else. */
  private readonly changed: string[] = [];
  /** Others' in the way. */
  private readonly blocked: string[] = [];
  /** True when some of that can be taken over, which no folder, link or filter can. */
  private adoptable = false;
  /** Of a Flux that is there, which may run by them. */
  private readonly fluxs: string[] = [];
  /** True when settings would keep some of these as they are. */
  private keepable = false;
  /** Files of others that entries can't be put into. */
  private readonly unfit: string[] = [];
  /** Files that were there before us. */
  private readonly found: string[] = [];
  private readonly initialFiles: Record<string, string> = {};
  private readonly edits: Record<string, readonly OwnedEdit[]> = {};
  private readonly obstacles: Obstacles;

  constructor(
    private readonly head: Head,
    private readonly contents: ReadonlyMap<string, Buffer>,
    private readonly desired: Desired,
    private readonly owned: Owned,
    private readonly filterOf: FilterOf,
    private readonly written: ReadonlySet<string>,
  ) {
    // What stays: a path of ours that goes makes room for another one in the same commit.
    const staying = [...head.tree].filter(
      ([path, { oid }]) => this.wanted(path) || oid !== under(owned.files, path),
    );
    this.obstacles = new Obstacles(new Map(staying));
  }

  plan(): Plan {
    this.planFiles();
    this.planInitialFiles();
    for (const path of new Set([...this.desired.edits.keys(), ...Object.keys(this.owned.edits)])) {
      // The file that held entries of ours may be wholly ours now.
      if (this.desired.edits.has(path) || !this.desired.files.has(path)) this.planEdits(path);
    }
    this.refuse();
    const files = Object.fromEntries(
      [...this.desired.files].map(([path, content]) => [path, blobId(content)]),
    );
    const { writes, deletes, initialFiles, edits, found } = this;
    return { writes, deletes, owned: { files, initialFiles, edits, ...foundFiles(found) } };
  }

  private planFiles(): void {
    const { head, desired, owned } = this;
    for (const [path, content] of desired.files) {
      const entry = head.tree.get(path);
      const ours = under(owned.files, path);
      const equal = entry?.oid === blobId(content) && entry.mode.startsWith("100");
      const there = desired.adopt ? this.leadsFlux(path, equal) : equal;
      const unmade = there && ours === undefined && !this.written.has(path);
      if (unmade || owned.found?.includes(path) === true) this.found.push(path);
      if (equal) continue;
      const obstacle = this.obstacles.at(path);
      if (obstacle !== undefined) this.blocked.push(obstacle);
      else if (desired.adopt || entry?.oid === ours || awaitsFlux(path, this.text(path)))
        this.write(path, content);
      else if (ours !== undefined)
        this.changed.push(foreignFile(path, entry === undefined ? undefined : this.text(path), content));
      else {
        this.notOurs(path, content.toString("utf8"));
      }
    }
    for (const [path, ours] of Object.entries(owned.files)) {
      if (this.wanted(path) || owned.found?.includes(path) === true) continue;
      const found = head.tree.get(path)?.oid;
      if (found === ours) this.deletes.push(path);
      else if (found !== undefined) this.changed.push(foreignFile(path, this.text(path), undefined));
    }
  }

  /** Notes a file that is in the way, though it could be taken over. */
  private notOurs(path: string, wanted: string): void {
    const text = this.text(path);
    const said = `${path}: the file is there already and isn't ours:`;
    const shown = difference(path, text, wanted);
    if (GOTK.test(path)) {
      const differences = gotkDifferences(text, wanted);
      this.keepable ||= differences.length > 0;
      this.fluxs.push([said, describeDifferences(differences, "flux.") || NO_SETTING, shown].join("\n"));
    } else {
      this.blocked.push(`${said}\n${shown}`);
      this.adoptable = true;
    }
  }

  /**
   * True for a file by which a Flux may run that was there before us. It stays with whatever content: Flux goes on when
   * we go, and would remove itself without it.
   */
  private leadsFlux(path: string, equal: boolean): boolean {
    return GOTK.test(path) && (equal || !isPlaceholder(this.text(path)));
  }

  private planInitialFiles(): void {
    const { head, desired, owned, initialFiles } = this;
    for (const [path, content] of desired.initialFiles) {
      if (head.tree.has(path)) {
        initialFiles[path] = under(owned.initialFiles, path) ?? NOT_OURS;
        continue;
      }
      const obstacle = this.obstacles.at(path);
      if (obstacle !== undefined) this.blocked.push(obstacle);
      initialFiles[path] = blobId(content);
      this.write(path, content);
    }
    for (const [path, created] of Object.entries(owned.initialFiles)) {
      // Changed since: it is the user's and stays.
      if (!this.wanted(path) && head.tree.get(path)?.oid === created) this.deletes.push(path);
    }
  }

  private planEdits(path: string): void {
    const { head, desired, owned } = this;
    const entry = head.tree.get(path);
    const regular = entry?.mode.startsWith("100") === true;
    const obstacle = regular || !desired.edits.has(path) ? undefined : this.obstacles.at(path);
    if (obstacle !== undefined) {
      this.blocked.push(obstacle);
      return;
    }
    try {
      // One that was wholly ours, and is as we left it, is made of its entries anew.
      const wholly = entry !== undefined && under(owned.files, path) === entry.oid;
      const text = entry === undefined || wholly ? undefined : this.text(path);
      const result = editFile({
        path,
        text,
        desired: desired.edits.get(path) ?? [],
        owned: under(owned.edits, path) ?? [],
        adopt: desired.adopt,
        initialFile: under(owned.initialFiles, path),
        dangles: (edit) => this.dangles(path, edit),
        leadsToFound: (edit) => this.found.some(leadsFrom(path, edit)),
      });
      this.changed.push(...result.foreign);
      if (result.owned.length > 0) this.edits[path] = result.owned;
      if (result.text === undefined) {
        if (entry !== undefined) this.unmake(path);
      } else if (result.text !== text) {
        if (!this.isText(path)) throw new EditError(NO_TEXT);
        this.write(path, Buffer.from(result.text, "utf8"));
      }
    } catch (error) {
      if (!(error instanceof EditError)) throw error;
      const fault = this.fault(path);
      const said = `${path}: ${this.isText(path) ? error.message : NO_TEXT}`;
      if (fault !== undefined || error instanceof TakenError) {
        this.blocked.push(fault ?? said);
        this.adoptable ||= fault === undefined;
      } else this.unfit.push(said);
    }
  }

  /** A file that was made for our entries alone goes, or makes room for the initial one. */
  private unmake(path: string): void {
    const initial = this.desired.initialFiles.get(path);
    if (initial === undefined) {
      this.deletes.push(path);
      return;
    }
    this.write(path, initial);
    this.initialFiles[path] = blobId(initial);
  }

  /** True when this plan takes away all that an entry of a kustomization leads to. */
  private dangles(path: string, edit: Edit): boolean {
    const leads = leadsFrom(path, edit);
    const gone = new Set(this.deletes);
    return (
      this.deletes.some(leads) &&
      ![...this.writes.keys()].some(leads) &&
      ![...this.head.tree.keys()].some((other) => leads(other) && !gone.has(other))
    );
  }

  private refuse(): void {
    const inTheWay = [...this.fluxs, ...this.blocked, ...this.unfit];
    if (this.changed.length > 0) {
      throw new ConflictError(
        [...this.changed, ...inTheWay],
        "To put ours back run `pulumi refresh`, look at the plan, then `pulumi up`. To keep theirs, change the program to match.",
      );
    }
    if (inTheWay.length > 0) {
      const advice = [
        "Nothing was changed in the repository.",
        this.fluxs.length > 0 && [LEAVE_FLUX, ...(this.keepable ? [TWO_STEPS] : []), AT_ONCE].join(" "),
        this.blocked.length > 0 &&
          (this.adoptable
            ? `Move what is in the way, choose another path, or take the files over with ${ADOPT}.`
            : "Move what is in the way, or choose another path; `adopt` takes over files and entries alone."),
        this.unfit.length > 0 && "Mend what our entries can't be put into, as it says; `adopt` doesn't.",
      ];
      throw new ConflictError(inTheWay, advice.filter((text) => text !== false).join(" "));
    }
  }

  private fault(path: string): string | undefined {
    return filterFault(path, this.filterOf(path));
  }

  private write(path: string, content: Buffer): void {
    const fault = this.fault(path);
    if (fault !== undefined) this.blocked.push(fault);
    const mode = this.head.tree.get(path)?.mode;
    this.writes.set(path, { mode: mode === "100755" ? mode : "100644", content });
  }

  private text(path: string): string {
    return this.contents.get(this.head.tree.get(path)?.oid ?? "")?.toString("utf8") ?? "";
  }

  private isText(path: string): boolean {
    return isUtf8(this.contents.get(this.head.tree.get(path)?.oid ?? "") ?? Buffer.alloc(0));
  }

  private wanted(path: string): boolean {
    const { files, initialFiles, edits } = this.desired;
    return files.has(path) || initialFiles.has(path) || edits.has(path);
  }
}

/** Tells the paths to which an entry of a kustomization leads. */
function leadsFrom(path: string, edit: Edit): (to: string) => boolean {
  if (!("list" in edit) || edit.within !== undefined || typeof edit.entry !== "string") return () => false;
  const target = posix.join(posix.dirname(path), edit.entry).replace(/\/$/, "");
  return (to) => to === target || to.startsWith(`${target}/`);
}

/** True for a file of Flux's that somebody made, still without content, so that the folder can list it. */
function awaitsFlux(path: string, text: string): boolean {
  return GOTK.test(path) && isPlaceholder(text);
}
