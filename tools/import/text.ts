import type { App } from "../../manifests/app";
import { InputError } from "../../manifests/files";
import { waves } from "../../manifests/flux/order";
import { nameOf } from "../../manifests/layouts/wave-groups";
import { printable } from "../../provider/http/printable";
import type { Cluster } from "./clusters";
import type { Reachable } from "./reachable";
import type { Recognized } from "./recognize";
import type { Repository } from "./repository";

/** What was found, for the reader. */
export function report(
  { url, branch, commit, notes }: Repository,
  { path, install, sync }: Cluster,
  { kustomizations, sources, faults }: Reachable,
  recognized: Recognized | undefined,
): string {
  const apps = recognized?.apps ?? [];
  const namesOf = (some: readonly App[]) =>
    some.flatMap((app) => app.kustomizations.map((one) => nameOf({ ...one, path: "" })));
  const kept = new Set(namesOf(apps.filter((app) => app.parked !== true)));
  const parked = apps.filter((app) => app.parked === true);
  const { order, inOrder, circles } = ordered(kustomizations.map(({ options }) => options));
  const secrets = sources.filter(({ secret }) => secret !== undefined);
  const lines = [
    `${sync?.url ?? url ?? "a repository without an address"} at ${commit.slice(0, 12)}, folder ${path === "" ? "./" : path}`,
    ...notes.map((note) => `⚠ ${note}`),
    ...(sync === undefined || branch === undefined || branch === sync.branch
      ? []
      : [`⚠ what was read is ${branch}, and Flux follows ${sync.branch}`]),
    install === undefined
      ? "Flux: not bootstrapped yet (its files are placeholders): the first `up` writes them"
      : `Flux: ${install.version}, ${install.components.join(", ")}. Its files are taken over as they are`,
    ...(sync === undefined
      ? []
      : [
          `Its sync: branch ${sync.branch}, every ${sync.interval ?? "1m"}, signing in by the Secret flux-system/${sync.secretName ?? "flux-system"}: \`up\` puts the credential of the settings there`,
        ]),
    ...listed(inOrder ? "Kustomizations, in the order in which they can start" : "Kustomizations", [
      ...order.map(({ name, waits, file }) => {
        const after = waits.length === 0 ? "" : ` after ${waits.join(", ")}`;
        return `${kept.has(name) ? "✔" : "–"} ${name}${after} (${file(kustomizations)})`;
      }),
    ]),
    ...listed(
      "Parked: their files are there, and nothing applies them",
      parked.map(
        (app) => `✔ ${[app.name, ...namesOf([app]).filter((name) => name !== app.name)].join(", ")}`,
      ),
    ),
    ...listed(
      "Sources that are read by Secrets, which stay whoever made them",
      secrets.map(
        ({ label, url: address, secret }) =>
          `${label}${address === undefined ? "" : ` ${address}`}: ${secret ?? ""}`,
      ),
    ),
    ...listed("What never starts as it is", circles),
    ...listed("What Flux couldn't build as it is", faults),
    ...layoutLines(recognized, { kept: kept.size, all: kustomizations.length, parked: parked.length }),
    "",
  ];
  return printable(lines.join("\n"));
}

/** Why a cluster can't be taken over, all of it. */
export function faultsText({ path }: Cluster, faults: readonly string[]): string {
  const lines = faults.map((fault) => `  ${fault.replaceAll("\n", "\n    ")}`);
  return printable(`the Flux of ${path === "" ? "./" : path} can't be taken over:\n${lines.join("\n")}`);
}

interface Counts {
  /** Kustomizations that become apps'. */
  readonly kept: number;
  /** All that Flux applies. */
  readonly all: number;
  readonly parked: number;
}

function layoutLines(recognized: Recognized | undefined, { kept, all, parked }: Counts): string[] {
  if (all === 0 && parked === 0) return [];
  const staying =
    "What is marked – stays as it is, in files that are not the stack's: Flux goes on applying it.";
  if (recognized === undefined)
    return [
      "",
      "The folder is in none of the project's layouts, so the system begins without apps.",
      staying,
    ];
  const { candidate, left } = recognized;
  return [
    "",
    kept === 0 && parked === 0
      ? `Nothing is written as the layout ${candidate.layout} would write it, so the system begins without apps.`
      : `Layout ${candidate.layout}: ${String(kept)} of ${String(all)} are written just so (✔), and become the system's apps${parked === 0 ? "" : `, as ${String(parked)} parked do`}.`,
    ...(kept < all ? [staying] : []),
    ...[...new Set(left.values())].slice(0, DIFFERENCES).flatMap((why) => {
      const names = [...left].filter(([, other]) => other === why).map(([name]) => name);
      return ["", `${names.join(", ")}:`, indented(why)];
    }),
    ...(new Set(left.values()).size > DIFFERENCES ? ["", "… and others"] : []),
  ];
}

/** Differences that are shown. */
const DIFFERENCES = 5;

const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, "  ");

function listed(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines.map(indented)];
}

type Options = Reachable["kustomizations"][number]["options"];

interface Line {
  readonly name: string;
  readonly waits: readonly string[];
  readonly file: (all: Reachable["kustomizations"]) => string;
}

/** By the round in which each can start; as they were found where none is, with why. */
function ordered(options: readonly Options[]) {
  let names = options.map(nameOf);
  let circles: readonly string[] = [];
  try {
    const known = options.flatMap(({ namespace = "flux-system", dependsOn = [] }) =>
      dependsOn.map((other) => `${other.namespace ?? namespace}/${other.name}`),
    );
    names = waves(options, { known }).flat();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    circles = error.message.split("\n");
  }
  const order = names.map((name): Line => ({
    name,
    waits: options.find((one) => nameOf(one) === name)?.dependsOn?.map((other) => other.name) ?? [],
    file: (all) => all.find((one) => nameOf(one.options) === name)?.file ?? "",
  }));
  return { order, inOrder: circles.length === 0, circles };
}
