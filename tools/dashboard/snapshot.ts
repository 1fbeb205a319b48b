import { keyOf, type ObjectKey } from "../../provider/flux/follow/flux-object";
import { type EventObject, oneLine } from "../../provider/flux/follow/pods";
import type { FluxState } from "../cluster/flux-state";
import type { StackOutputs } from "../stack/pulumi";
import type { Status } from "../status/status";
import type { RepositoryCommits } from "./commits";
import type { SecretAge } from "./secrets";

/** All that the page shows. Times are as the API writes them, or milliseconds. */
export interface Snapshot {
  readonly stack: string;
  readonly cluster: string;
  /** When the cluster answered last. */
  readonly at?: number;
  /** Why it doesn't answer now: what is shown is of `at`. */
  readonly outage?: { readonly since: number; readonly words: string };
  readonly status?: Status;
  readonly warnings: readonly WarningLine[];
  /** Public addresses of the apps. */
  readonly hosts: readonly string[];
  readonly secrets: Known<readonly SecretAge[]>;
  readonly repositories: readonly RepositoryCommits[];
}

/** Something that may be refused, or not be read yet. */
export interface Known<T> {
  readonly value?: T;
  readonly fault?: string;
}

export interface WarningLine {
  readonly key: ObjectKey;
  readonly at?: string;
  readonly text: string;
}

/** How many warnings are shown. */
const SHOWN = 12;

/** What was warned of last about Flux's objects, the newest first, each text once. */
export function warningsOf({ objects, warnings }: FluxState): readonly WarningLine[] {
  const lines = warnings.flatMap((event): WarningLine[] => {
    const { kind = "", name = "", namespace } = event.involvedObject ?? {};
    const key = keyOf(kind, name, namespace);
    return objects.has(key) ? [{ key, at: timeOf(event), text: oneLine(event.message ?? "") }] : [];
  });
  const seen = new Set<string>();
  return lines
    .reverse()
    .filter(({ key, text }) => {
      const is = `${key} ${text}`;
      return seen.has(is) ? false : seen.add(is);
    })
    .slice(0, SHOWN);
}

function timeOf({ lastTimestamp, eventTime }: EventObject): string | undefined {
  return lastTimestamp ?? eventTime ?? undefined;
}

/** Addresses among a stack's outputs; what else they hold isn't the page's. */
export function hostsOf({ url, urls }: StackOutputs): readonly string[] {
  const found = [url, ...(urls ?? [])].filter((one) => one !== undefined && /^https?:\/\//.test(one));
  return [...new Set(found)].filter((one) => one !== undefined);
}
