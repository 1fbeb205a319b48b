import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import * as runtime from "@pulumi/pulumi/runtime";
import type { z } from "zod";
import { crossChecks } from "./settings/checks";
import { collectFaults, referencedKeys } from "./settings/collect";
import { didYouMean } from "../manifests/nearest";
import { formatFaults, show, type Fault } from "./settings/faults";
import { lineOf } from "./settings/line-of";
import { Environment } from "./settings/references";
import { reviewed } from "./settings/review";
import { settingsSchema, sharedChecks, type OwnSettings, type SharedSettings } from "./settings/schema";

/** Everything that a stack's file says, checked, with defaults filled in and credentials as Pulumi secrets. */
export type SettingsOf<Shape extends z.ZodRawShape> = SharedSettings & z.output<z.ZodObject<Shape>>;

const NAMESPACE = "handoff:";

/**
 * The settings of a stack. Pure: what it reads besides `raw` is in `env`.
 * @param systems names of all systems, for a stack that names none of them
 * @throws pulumi.RunError with all faults, a line each
 */
export function parseSettings<Shape extends z.ZodRawShape>(
  raw: Readonly<Record<string, unknown>>,
  env: Environment,
  systems: readonly string[],
  own: OwnSettings<Shape>,
): SettingsOf<Shape> {
  const { faults, settings } = checkSettings(raw, env, systems, own);
  if (settings !== undefined) return settings;
  throw new pulumi.RunError(formatFaults(env, faults));
}

/** The same with the faults one by one; the settings are there when there are none. */
export function checkSettings<Shape extends z.ZodRawShape>(
  raw: Readonly<Record<string, unknown>>,
  env: Environment,
  systems: readonly string[],
  own: OwnSettings<Shape>,
): { readonly faults: readonly Fault[]; readonly settings?: SettingsOf<Shape> } {
  const schema = settingsSchema(env, systems, own);
  const review = reviewed(raw, env, own.parentsOnly);
  if (review.raw === undefined) return review;
  const referenced = referencedKeys(review.raw);
  const set = Object.entries(review.raw).filter(([key]) => key in schema.shape || !referenced.has(key));
  const given = { system: env.stack, ...Object.fromEntries(set) };
  const result = schema.safeParse(given);
  const crossed = [...review.faults, ...crossChecks(given, [...sharedChecks, ...(own.checks ?? [])])];
  // What several settings together tell is more to the point than what the one does.
  const found = collectFaults(result.error?.issues ?? [], { raw: given, env, schema }).filter(
    ({ path }) => !crossed.some((fault) => fault.path === path),
  );
  const faults = [...found, ...crossed];
  if (faults.length > 0 || !result.success) return { faults };
  return { faults, settings: result.data as unknown as SettingsOf<Shape> };
}

/**
 * The system that a stack is: the one that `handoff:system` names, else the one of the stack's own name.
 * @throws pulumi.RunError when there is none
 */
export function systemOf<T>(
  raw: Readonly<Record<string, unknown>>,
  env: Environment,
  systems: Readonly<Record<string, T>>,
): T {
  const { stack } = env;
  const review = reviewed(raw, env);
  if (review.raw === undefined) throw new pulumi.RunError(formatFaults(env, review.faults));
  const given = review.raw.system;
  const name = typeof given === "string" ? given : stack;
  const system = systems[name];
  if (system !== undefined) return system;
  const names = Object.keys(systems);
  const fault: Fault = {
    path: "handoff:system",
    found: show(given ?? stack),
    allowed: `one of ${names.join(", ")}`,
    hint: didYouMean(name, names) ?? "It names the system of stacks/ that this stack is",
  };
  throw new pulumi.RunError(formatFaults(env, [fault]));
}

/** The configuration of the current stack as it stands there. Nothing else in the program reads any. */
export function readConfiguration(): { raw: Readonly<Record<string, unknown>>; env: Environment } {
  const stack = pulumi.getStack();
  const { raw, env } = configurationOf(stack, runtime.allConfig(), isConfigSecret);
  return { raw, env: { ...env, lineOf: (path) => lineOf(`Pulumi.${stack}.yaml`, path) } };
}

/**
 * The same of a configuration that is given.
 * @param config the full keys with their texts, mappings as JSON, encrypted ones decrypted
 */
export function configurationOf(
  stack: string,
  config: Readonly<Record<string, string>>,
  isSecret: (key: string) => boolean,
): { raw: Readonly<Record<string, unknown>>; env: Environment } {
  const own = Object.fromEntries(
    Object.entries(config)
      .filter(([name]) => name.startsWith(NAMESPACE))
      .map(([name, value]) => [name.slice(NAMESPACE.length), value] as const),
  );
  const raw = Object.fromEntries(Object.entries(own).map(([key, value]) => [key, parsed(value)] as const));
  const env: Environment = {
    stack,
    variables: process.env,
    config: own,
    secretKeys: new Set(Object.keys(own).filter((key) => isSecret(NAMESPACE + key))),
    readFile: (path) => readFileSync(path, "utf8"),
  };
  return { raw, env };
}

/** Exported by the SDK, but left out of its types. */
const { isConfigSecret } = runtime as unknown as { readonly isConfigSecret: (key: string) => boolean };

/** The engine hands mappings over as JSON, and everything else as the text that it is. */
function parsed(value: string): unknown {
  if (!/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
