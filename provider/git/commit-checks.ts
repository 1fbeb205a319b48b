import { at } from "../plugin/detailed-diff";
import { addressFault, apiAddressFault, authFaults } from "../../manifests/git/address";
import { branchFault, branchInTheWay, foldersFault } from "../../manifests/git/branch-name";
import { messageFaults } from "../../manifests/git/commit-message";
import { authorFaults } from "../../manifests/git/identity";
import { pathFault, spellingFault, Spellings } from "../../manifests/git/path";
import { isReadableSource, plaintextSecrets, secretMessage } from "../../manifests/git/plaintext-secrets";
import { type CheckFailure, hasUnknown, type Props } from "../plugin/handler";
import { githubApiOf, type Inputs, requestOf } from "./commit-inputs";
import type { Owner } from "./commit-message";
import { folderOf, isKustomization } from "./build/kustomization-file";
import { listsIn, targetOf } from "./build/lists";
import { LONGEST_TITLE } from "./host-limits";
import { keptFaults } from "./yaml/kept-fields";
import type { Beginning } from "../../manifests/git/beginning";
import type { GitAuth } from "../../manifests/git/auth";

/** What is wrong with the inputs of a `GitCommit`, all at once and before anything runs. */
export function commitFaults(news: Props, owner: Owner): CheckFailure[] {
  return [
    ...addressFaults(news),
    ...pathFaults(news),
    ...overlaps(news),
    ...textFaults(news),
    ...sourceFaults(news),
    ...keepFaults(news),
    ...wordFaults(news, owner),
    ...modeFaults(news),
    ...beginningFaults(news),
  ];
}

const failure = ([property, reason]: readonly [string, string]): CheckFailure => ({ property, reason });

function addressFaults({ url, branch, auth, mode }: Props): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const add = (property: string, reason: string | undefined): void => {
    if (reason !== undefined) failures.push({ property, reason });
  };
  if (!hasUnknown(url)) add("url", addressFault(url));
  if (!hasUnknown(branch)) add("branch", branchFault(branch));
  // What GitHub's API takes is said below.
  if (failures.length === 0 && !hasUnknown([url, auth, mode]) && githubApiOf({ mode }) === undefined)
    failures.push(...authFaults(url as string, (auth ?? {}) as GitAuth).map(failure));
  if (hasUnknown(mode)) return failures;
  const request = requestOf({ mode });
  const api = request?.apiUrl ?? githubApiOf({ mode })?.apiUrl;
  if (api !== undefined) add("mode", apiAddressFault(api));
  if (request === undefined) return failures;
  add("mode.pullRequest.branch", branchFault(request.branch));
  const title = Array.from(request.title ?? "").length;
  if (title > LONGEST_TITLE)
    add(
      "mode.pullRequest.title",
      `hosts take at most ${String(LONGEST_TITLE)} characters, not ${String(title)}`,
    );
  if (request.branch === branch)
    add("mode.pullRequest.branch", "it is the branch that the pull request is for");
  else if (branchInTheWay(request.branch, [branch as string]) !== undefined)
    add("mode.pullRequest.branch", foldersFault(request.branch, branch as string));
  return failures;
}

const GROUPS = ["files", "digests", "initialFiles", "edits"] as const;

function placesOf(news: Props): { readonly group: string; readonly path: string }[] {
  return GROUPS.flatMap((group) => Object.keys(news[group] ?? {}).map((path) => ({ group, path })));
}

/** Paths that not every system can check out, and such that are one path on some. */
function pathFaults(news: Props): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const spellings = new Spellings();
  for (const { group, path } of placesOf(news)) {
    const fault = pathFault(path);
    const [ours, theirs] = spellings.other(path) ?? [];
    const reason =
      fault !== undefined
        ? `${JSON.stringify(path)} is no path in a repository: ${fault}`
        : ours !== undefined && theirs !== undefined
          ? `${path}: ${spellingFault(ours, theirs)}`
          : undefined;
    if (reason !== undefined) failures.push({ property: at(group, path), reason });
    spellings.add(path);
  }
  return failures;
}

/** Paths that can't be together in one repository, or that are ours and others' at once. */
function overlaps(news: Props): CheckFailure[] {
  const first = new Map<string, string>();
  const failures: CheckFailure[] = [];
  const places = placesOf(news);
  for (const { group, path } of places) {
    const other = first.get(path);
    // An initial file is its user's, so it may have entries of ours.
    if (other !== undefined && !(other === "initialFiles" && group === "edits"))
      failures.push({ property: at(group, path), reason: `${path} is among \`${other}\` too` });
    first.set(path, group);
  }
  for (const { group, path } of places) {
    for (let end = path.indexOf("/"); end !== -1; end = path.indexOf("/", end + 1)) {
      const folder = path.slice(0, end);
      if (!first.has(folder)) continue;
      failures.push({
        property: at(group, path),
        reason: `${path} can't be beside ${folder}, which is a file`,
      });
    }
  }
  return failures;
}

function textFaults(news: Props): CheckFailure[] {
  return Object.entries((news.files ?? {}) as Record<string, unknown>).flatMap(([path, text]) => {
    if (typeof text !== "string" || hasUnknown(text)) return [];
    const found = plaintextSecrets(text);
    return found.length > 0 ? [{ property: at("files", path), reason: secretMessage(path, found) }] : [];
  });
}

/** Files of ours of which kustomizations of ours generate Secrets. */
function sourceFaults(news: Props): CheckFailure[] {
  const files = (news.files ?? {}) as Record<string, unknown>;
  return Object.entries(files).flatMap(([path, text]) => {
    if (!isKustomization(path) || typeof text !== "string" || !text.includes("secretGenerator")) return [];
    const lists = listsIn(text);
    if (typeof lists === "string") return [];
    return lists.references.flatMap(({ field, entry }) => {
      const source = targetOf(folderOf(path), entry);
      const content = files[source];
      const isOpen = field === "secretGenerator" && typeof content === "string" && !hasUnknown(content);
      if (!isOpen || !isReadableSource(content)) return [];
      return [
        { property: at("files", source), reason: secretMessage(source, [`\`secretGenerator\` of ${path}`]) },
      ];
    });
  });
}

function keepFaults(news: Props): CheckFailure[] {
  const files = (news.files ?? {}) as Record<string, unknown>;
  return Object.entries((news as Partial<Inputs>).keep ?? {}).flatMap(([path, fields]) => {
    const text = files[path];
    const faults =
      text === undefined
        ? ["it isn't among the files that are handed off as text"]
        : typeof text === "string" && !hasUnknown(text)
          ? keptFaults(text, fields)
          : [];
    return faults.map((fault) => ({ property: at("keep", path), reason: `${path} to keep: ${fault}` }));
  });
}

/** What stands in the commit beside its files. */
function wordFaults(news: Props, owner: Owner): CheckFailure[] {
  const { author } = news as Partial<Inputs>;
  const faults = [
    ...(hasUnknown([news.message, news.trailers]) ? [] : messageFaults(news)),
    ...(author === undefined || hasUnknown(author) ? [] : authorFaults(author)),
  ];
  if (/\p{Cc}/u.test(owner.stack + owner.resource))
    faults.push([
      "",
      "its name has a line break or another control character, and stands in the commit's message",
    ]);
  return faults.map(failure);
}

/** What GitHub's API can't be used with. */
function modeFaults({ mode, auth, signing }: Props): CheckFailure[] {
  if (hasUnknown([mode, auth]) || githubApiOf({ mode }) === undefined) return [];
  const { basic, bearer, githubApp } = auth as GitAuth;
  const failures: CheckFailure[] = [];
  if ((basic ?? bearer ?? githubApp) === undefined) {
    const reason =
      "GitHub's API takes a token\n→ Give `basic`, `bearer` or `githubApp` with an https:// address, or leave `githubApi` out.";
    failures.push({ property: "auth", reason });
  }
  if (signing !== undefined) {
    const reason = "commits by GitHub's API are signed by GitHub\n→ Leave `signing` out, or `githubApi`.";
    failures.push({ property: "signing", reason });
  }
  return failures;
}

/** A branch that is made for the hand-off is pushed by git, and is nobody else's. */
function beginningFaults({ from, branch, mode }: Props): CheckFailure[] {
  if (from === undefined || hasUnknown([from, branch, mode])) return [];
  const start = (from as Beginning).branch;
  const name = branchFault(start);
  const faults = [
    ...(name === undefined ? [] : [name]),
    ...(start === branch ? ["it is the branch itself, which can't begin at its own head"] : []),
    ...(branchInTheWay(branch as string, [start]) === undefined
      ? []
      : [foldersFault(branch as string, start)]),
    ...(requestOf({ mode }) === undefined ? [] : ["a branch of one's own takes no pull request"]),
    ...(githubApiOf({ mode }) === undefined
      ? []
      : ["GitHub's API commits to branches that are there: leave `githubApi` out"]),
  ];
  return faults.map((reason) => ({ property: "from", reason }));
}
