/** When other settings of the provider stand for another cluster, as the real one's DiffConfig judges it. */
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { type DiffResult, hasUnknown, type Props } from "../../../provider/plugin/handler";

const CLUSTER = ["kubeconfig", "context", "cluster"];

interface Kubeconfig {
  readonly clusters?: readonly { readonly name: string; readonly cluster: object }[];
  readonly contexts?: readonly { readonly name: string; readonly context: { readonly cluster: string } }[];
  readonly "current-context"?: string;
}

/**
 * Another entry of the active cluster in the kubeconfig (address, authority) replaces the provider, and with it every
 * resource: made again, then deleted. With `clusterIdentifier`, only another identifier does; adding or removing it
 * does nothing by itself.
 */
export function diffSettings(olds: Props, news: Props): DiffResult {
  const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
  const changed = names.filter((name) => !isDeepStrictEqual(olds[name], news[name]));
  const [before, after] = [olds.clusterIdentifier, news.clusterIdentifier];
  if (before !== undefined && after !== undefined)
    return { changes: changed.length > 0, replaces: before === after ? [] : ["clusterIdentifier"] };
  const unknown = CLUSTER.filter((name) => hasUnknown(news[name]));
  const [old, now] = [activeCluster(olds), activeCluster(news)];
  const another = old !== undefined && now !== undefined && !isDeepStrictEqual(old, now);
  const replaces =
    unknown.length > 0 ? unknown : another ? CLUSTER.filter((name) => changed.includes(name)) : [];
  return { changes: changed.length > 0, replaces };
}

/** The entry of the cluster that the settings lead to; undefined where the settings don't say. */
function activeCluster({ kubeconfig, context, cluster }: Props): object | undefined {
  if (typeof kubeconfig !== "string" || hasUnknown(kubeconfig)) return undefined;
  let config: Kubeconfig;
  try {
    config = parse(kubeconfig) as Kubeconfig;
  } catch {
    return undefined;
  }
  if (typeof config !== "object") return undefined;
  const active = context ?? config["current-context"];
  const name = cluster ?? config.contexts?.find((entry) => entry.name === active)?.context.cluster;
  return config.clusters?.find((entry) => entry.name === name)?.cluster;
}
