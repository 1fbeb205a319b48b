import { UserError } from "../../provider/plugin/handler";
import type { Asker } from "../init/asker";
import { type Cluster, clustersIn, kustomizationFiles, otherInstallers } from "./clusters";
import type { Repository } from "./repository";

interface Wanted {
  /** Folder of the cluster, where the repository has several. */
  readonly cluster?: string;
}

/** Those to look at: the one that is asked for, or all. @throws UserError when there is none */
export function looked(repository: Repository, { cluster }: Wanted): readonly Cluster[] {
  const all = clustersOf(repository);
  return cluster === undefined ? all : [named(all, cluster)];
}

/** The one to take over. @throws UserError when there is none, or several and nobody says which */
export async function chosen(repository: Repository, { cluster }: Wanted, asker?: Asker): Promise<Cluster> {
  const all = clustersOf(repository);
  const [first, ...others] = all;
  if (cluster !== undefined) return named(all, cluster);
  if (others.length === 0) return first;
  const choice = ({ path }: Cluster) => ({ value: path, label: shown(path) });
  const path = await asker?.choose("Which cluster?", [choice(first), ...others.map(choice)]);
  if (path !== undefined) return named(all, path);
  throw new UserError(
    `the repository has several clusters\n→ --cluster and one of ${all.map((one) => shown(one.path)).join(", ")}`,
  );
}

const shown = (path: string): string => (path === "" ? "./" : path);

function named(all: readonly Cluster[], wanted: string): Cluster {
  const path = wanted.replace(/^(\.\/)+|\/+$/g, "");
  const found = all.find((one) => one.path === (path === "." ? "" : path));
  if (found !== undefined) return found;
  throw new UserError(
    `--cluster: found ${JSON.stringify(wanted)}; allowed: one of ${all.map((one) => shown(one.path)).join(", ")}`,
  );
}

function clustersOf(repository: Repository): readonly [Cluster, ...Cluster[]] {
  const [first, ...more] = clustersIn(repository);
  if (first !== undefined) return [first, ...more];
  const others = [...otherInstallers(repository)].map(([file, { what }]) => `  ${file}: ${what}`);
  if (others.length > 0)
    throw new UserError(
      `something else than \`flux bootstrap\` leads Flux here, and two would undo each other's changes:\n${others.join("\n")}\n` +
        "→ Leave this cluster to it. Or take it off the cluster, run `flux bootstrap`, and import then.",
    );
  const [kustomizations] = kustomizationFiles(repository);
  throw new UserError(
    kustomizations === undefined
      ? "the repository has no gotk-sync.yaml or gotk-components.yaml: Flux wasn't bootstrapped from it\n→ `npm run init` makes a stack that bootstraps it."
      : `the repository has Kustomizations of Flux (${kustomizations}), and no gotk-sync.yaml or gotk-components.yaml: ` +
          "Flux came into its cluster by another way than `flux bootstrap`, and would go on beside what is bootstrapped\n" +
          "→ Run `flux bootstrap` with the branch and folder that Flux reads, remove the former source and its root Kustomization without pruning, and import then.",
  );
}
