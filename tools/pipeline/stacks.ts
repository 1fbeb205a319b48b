import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { numberOf } from "../../stacks/settings/review";
import type { Stack } from "./inputs";

/** Owners of the repositories in the samples; comments that were left in are no sign. */
const SAMPLE = /\/your-(org|user)\//;

type Config = Readonly<Record<string, unknown>>;

/**
 * The stacks that a pipeline runs: those listed, else all that have a file, without the samples as they came, which
 * can't run.
 * @param listed names separated by spaces @default all
 * @returns `reviews`: the templates of review stacks of these, which aren't run themselves
 * @throws Error for a name that has no file
 */
export function pipelineStacks(
  folder: string,
  listed = "",
): {
  readonly stacks: readonly Stack[];
  readonly samples: readonly string[];
  readonly reviews: readonly Stack[];
} {
  const files = new Map(
    readdirSync(folder)
      .sort()
      .flatMap((file) => {
        const name = /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1];
        return name === undefined ? [] : [[name, configIn(join(folder, file))] as const];
      }),
  );
  const wanted = listed.split(/\s+/).filter((name) => name !== "");
  const missing = wanted.filter((name) => !files.has(name)).map(fileOf);
  if (missing.length > 0) throw new Error(`STACKS names what has no file: ${missing.join(", ")}`);
  const parents = new Map(
    [...files].flatMap(([name, { "handoff:review": review }]) => {
      const of = (review as { readonly of?: unknown } | null | undefined)?.of;
      return typeof of === "string" ? [[name, of] as const] : [];
    }),
  );
  const all = [...files.keys()].filter((name) => !parents.has(name));
  const samples = wanted.length > 0 ? [] : all.filter((name) => SAMPLE.test(JSON.stringify(files.get(name))));
  const names = (wanted.length > 0 ? wanted : all).filter(
    (name) => !samples.includes(name) && !parents.has(name),
  );
  const systemOf = (name: string): string => String(files.get(name)?.["handoff:system"]);
  const stacks = names.map((name) => ({ name, system: systemOf(name) }));
  const reviews = [...parents].flatMap(([name, of]) =>
    // A review stack's own file is a copy of its template.
    names.includes(of) && numberOf(name) === undefined ? [{ name, system: systemOf(of), of }] : [],
  );
  return { stacks, samples: samples.map(fileOf), reviews };
}

const fileOf = (name: string): string => `Pulumi.${name}.yaml`;

/** A file that can't be read is no reason to preview none: its own preview says what is wrong with it. */
function configIn(file: string): Config {
  try {
    const { config } = (parse(readFileSync(file, "utf8")) ?? {}) as { readonly config?: Config };
    return config ?? {};
  } catch {
    return {};
  }
}
