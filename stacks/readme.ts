import * as pulumi from "@pulumi/pulumi";
import type { FluxHandoff } from "../components/flux/handoff";
import { mermaid, type OrderNode } from "../manifests/flux/order";
import { nameOf, type AppWave } from "../manifests/layouts/wave-groups";
import type { SharedSettings } from "./settings/schema";

export interface ReadmeArgs {
  readonly title: string;
  /** Public addresses of the apps. */
  readonly urls: readonly string[];
  readonly settings: SharedSettings;
  readonly handoff: FluxHandoff;
  /** The Kustomizations by the round in which they can start. */
  readonly waves: readonly AppWave[];
  readonly nodes: readonly OrderNode[];
  /** Names of the apps that are out of the cluster for now. */
  readonly parked: readonly string[];
}

/**
 * The page of the stack in Pulumi Cloud, also shown by `pulumi stack output readme`: what runs, in what order, what next.
 * Without revisions: each `up` would show the page as changed, by the commits that stand in `revisions` as well.
 */
export function readme({ title, urls, parked, ...args }: ReadmeArgs): pulumi.Output<string> {
  const { settings, handoff, waves, nodes } = args;
  const { fluxRepository, cluster } = settings;
  const known = pulumi.all([handoff.pending, handoff.suspended]);
  return known.apply(([pending, suspended]) => {
    const rows = waves.flatMap(({ members }, index) =>
      members
        .map(nameOf)
        .sort()
        .map((name) => `| ${String(index + 1)} | ${name} |`),
    );
    return [
      `# ${title}`,
      "",
      `${reached(urls)} on the cluster **${cluster.name}**, kept running by Flux from \`${fluxRepository.path}\` in ${fluxRepository.url}.`,
      "",
      ...waiting(Object.values(pending)),
      ...outOfTheCluster(parked),
      ...standingStill(suspended),
      "## Waves",
      "",
      "| wave | Kustomization |",
      "|---|---|",
      ...rows,
      "",
      "```mermaid",
      mermaid(nodes).trimEnd(),
      "```",
      "",
      "## Next",
      "",
      "- The output `revisions` has the commits that it was handed; `npm run status` which of them run.",
      "- `flux get kustomizations` shows what Flux does; `flux check` whether it is well.",
      "- Change a setting or a builder, then `pulumi preview --diff`: it shows the files that would change.",
      "- `pulumi refresh` takes what others changed in our files into the plan.",
      "",
    ].join("\n");
  });
}

function reached(urls: readonly string[]): string {
  return urls.length === 0 ? "Runs" : urls.map((url) => `<${url}>`).join(", ");
}

function waiting(requests: readonly string[]): string[] {
  if (requests.length === 0) return [];
  return [
    "## Waits to be merged",
    "",
    ...requests.map((address, index) => `${String(index + 1)}. <${address}>`),
    "",
    "Merge in this order, then `pulumi up`: it follows Flux until the cluster runs the files.",
    "",
  ];
}

function outOfTheCluster(parked: readonly string[]): string[] {
  if (parked.length === 0) return [];
  return ["## Parked", "", `${parked.join(", ")}: not in the cluster, the manifests are in git.`, ""];
}

function standingStill(suspended: readonly string[]): string[] {
  if (suspended.length === 0) return [];
  return [
    "## Suspended",
    "",
    ...suspended.map((key) => `- ${key}`),
    "",
    "As `ready.allowSuspended` allows: Flux doesn't look at them, and what git says of them waits. `flux resume` starts them again.",
    "",
  ];
}
