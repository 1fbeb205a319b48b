import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Stack } from "./inputs";

/** Owners of the repositories in the samples; comments that were left in are no sign. */
const SAMPLE = /\/your-(org|user)\//;

type Config = Readonly<Record<string, unknown>>;

/**
 * The stacks that a pipeline runs: those listed, else all that have a file, without the samples as they came, which
 * can't run.
 * @param listed names separated by spaces @default all
 * @throws Error for a name that has no file
 */
export function pipelineStacks(
  folder: string,
  listed = "",
): { readonly stacks: readonly Stack[]; readonly samples: readonly string[] } {
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
  const all = [...files.keys()];
  const samples = wanted.length > 0 ? [] : all.filter((name) => SAMPLE.test(JSON.stringify(files.get(name))));
  const names = wanted.length > 0 ? wanted : all.filter((name) => !samples.includes(name));
  const stacks = names.map((name) => ({ name, system: String(files.get(name)?.["handoff:system"]) }));
  return { stacks, samples: samples.map(fileOf) };
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
