import { isDeepStrictEqual } from "node:util";
import type { DiffResult, Props } from "../plugin/handler";

/** A plan by the names of the inputs that differ; a change of one in `replacing` replaces the resource. */
export function differences(olds: Props, news: Props, replacing: readonly string[]): DiffResult {
  const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
  const changed = names.filter((name) => !isDeepStrictEqual(olds[name], news[name]));
  const replaces = changed.filter((name) => replacing.includes(name));
  const kind = (name: string) => (replacing.includes(name) ? "update-replace" : "update");
  return {
    changes: changed.length > 0,
    replaces,
    detailed: Object.fromEntries(changed.map((name) => [name, kind(name)] as const)),
  };
}
