import { execFileSync } from "node:child_process";
import { join, relative } from "node:path";
import { readRunning, type RunningController } from "./flux-running";
import type { Kube } from "./kube";
import { checkout, paths } from "./paths";
import { duration } from "./progress";
import { type Reconciled, reconciled } from "./reconciled";
import { seededRepositories } from "./repositories";
import { sandboxSystem, systemName } from "./systems";
import { table } from "../text/table";

export interface Part {
  readonly name: string;
  readonly version: string;
  readonly kind: "real" | "stand-in";
  readonly from: string;
}

interface Commit {
  readonly repository: string;
  readonly commit: string;
  readonly subject: string;
}

export interface Report {
  readonly parts: readonly Part[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** The Flux controllers that run for Deployments in the cluster. */
  readonly controllers: readonly RunningController[];
  readonly kustomizations: readonly Reconciled[];
  readonly commits: readonly Commit[];
  readonly seconds: Readonly<Record<string, number>>;
}

type Heads = ReadonlyMap<string, string>;

const git = (repository: string, ...args: string[]): string =>
  execFileSync("git", args, {
    cwd: join(paths.repositories, `${repository}.git`),
    encoding: "utf8",
  }).trim();

/** The commit that each repository is at. */
export const heads = (): Heads =>
  new Map(seededRepositories().map((repository) => [repository, git(repository, "rev-parse", "main")]));

function commitsSince(before: Heads): readonly Commit[] {
  return [...before].flatMap(([repository, head]) => {
    const lines = git(repository, "log", "--reverse", "--format=%H %s", `${head}..main`);
    return lines === ""
      ? []
      : lines.split("\n").map((line) => ({ repository, commit: line.slice(0, 40), subject: line.slice(41) }));
  });
}

interface Known {
  readonly parts: readonly Part[];
  readonly before: Heads;
  readonly seconds: Readonly<Record<string, number>>;
  readonly environment: Readonly<Record<string, string>>;
}

/** What there is to say after `pulumi up`, also after one that failed. Secret outputs stay masked. */
export async function collect(kube: Kube, { parts, before, seconds, environment }: Known): Promise<Report> {
  let outputs: Record<string, unknown> = {};
  try {
    const options = { cwd: checkout, env: { ...process.env, ...environment }, encoding: "utf8" } as const;
    outputs = JSON.parse(
      execFileSync("pulumi", ["stack", "output", "--json", "--stack", "sandbox"], options),
    ) as typeof outputs;
  } catch {
    // the engine has said why
  }
  const kustomizations = await reconciled(kube);
  return {
    parts,
    outputs,
    controllers: readRunning(),
    kustomizations,
    commits: commitsSince(before),
    seconds,
  };
}

/** The report for people, on stdout; with `json` on stderr, and the document on stdout. */
export function printReport(report: Report, json: boolean): void {
  const stream = json ? process.stderr : process.stdout;
  stream.write(asText(report));
  if (json) process.stdout.write(JSON.stringify(report, null, 2) + "\n");
}

export function asText({ parts, outputs, controllers, kustomizations, commits, seconds }: Report): string {
  const values = Object.entries(outputs)
    .filter(([name]) => name !== "readme") // a page of its own: pulumi stack output readme
    .map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
  const blocks: [string, readonly string[]][] = [
    ["Parts", table(parts.map(({ name, version, kind, from }) => [name, version, kind, from]))],
    ["Flux controllers, as their Deployments say", table(controllers.map(controllerRow))],
    ["Reconciled by Flux", tree(kustomizations)],
    ["Outputs", table(values)],
    [
      "Commits of this run",
      commits.map((each) => `${each.repository} ${each.commit.slice(0, 8)} ${each.subject}`),
    ],
    ["Seconds", table(Object.entries(seconds).map(([name, value]) => [name, duration(value)]))],
    ["Next", next()],
  ];
  return blocks
    .map(
      ([title, lines]) =>
        `\n${title}\n${(lines.length === 0 ? ["none"] : lines).map((line) => `  ${line}\n`).join("")}`,
    )
    .join("");
}

/** What a patch of the installation can change; addresses and logs are left out. */
function controllerRow({ name, args, env, memory }: RunningController): readonly string[] {
  const shown = args.filter((flag) => !/^--([a-z-]+-addr|receiverAddr|storage-path|log-[a-z]+)\b/.test(flag));
  const variables = Object.entries(env).map(([variable, value]) => `${variable}=${value}`);
  return [name, [...shown, ...variables, ...(memory ? ["/tmp in memory"] : [])].join(" ")];
}

function next(): readonly string[] {
  const system = systemName();
  const named = system === "prod" ? "" : `${system} `;
  const folder = relative(process.cwd(), paths.repositories);
  return table([
    [`npm run sandbox -- ${named}kubectl get kustomizations -A`],
    [`npm run sandbox -- ${named}pulumi preview --diff`],
    [`npm run sandbox -- ${named}pulumi stack output readme`],
    [`git -C ${folder}/${sandboxSystem().fluxRepository}.git log -p`],
    [`npm start${named === "" ? "" : ` -- ${system}`}`, "again: no change, no commit"],
    [`npm run sandbox -- ${named}destroy`, `and npm stop${named === "" ? "" : ` -- ${system}`}`],
  ]);
}

/** Each object below the Kustomization that applied it. */
function tree(all: readonly Reconciled[]): readonly string[] {
  const names = new Set(all.filter(({ kind }) => kind === "Kustomization").map(({ name }) => name));
  const isRoot = (each: Reconciled): boolean =>
    each.parent === undefined ||
    !names.has(each.parent) ||
    (each.kind === "Kustomization" && each.parent === each.name);
  const below = (parent: Reconciled, depth: number): [Reconciled, number][] => [
    [parent, depth],
    ...(parent.kind === "Kustomization"
      ? all
          .filter((each) => each.parent === parent.name && !isRoot(each))
          .flatMap((each) => below(each, depth + 1))
      : []),
  ];
  const rows = all.filter(isRoot).flatMap((each) => below(each, 0));
  return table(
    rows.map(([each, depth]) => [
      `${"  ".repeat(depth)}${each.kind}/${each.name}`,
      each.ready ? "Ready" : "NOT READY",
      each.revision.replace(/(@sha1:[0-9a-f]{8})[0-9a-f]+/, "$1"),
      each.message.split("\n")[0] ?? "",
    ]),
  );
}
