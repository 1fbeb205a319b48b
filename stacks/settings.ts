import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import * as runtime from "@pulumi/pulumi/runtime";
import type { z } from "zod";
import { crossChecks } from "./settings/checks";
import { collectFaults, referencedKeys } from "./settings/collect";
import { formatFaults } from "./settings/faults";
import { Environment } from "./settings/references";
import { settingsSchema } from "./settings/schema";

/** Everything that a stack's file says, checked, with defaults filled in and credentials as Pulumi secrets. */
export type Settings = z.output<ReturnType<typeof settingsSchema>>;

const NAMESPACE = "handoff:";

/**
 * The settings of a stack. Pure: what it reads besides `raw` is in `env`.
 * @throws pulumi.RunError with all faults, a line each
 */
export function parseSettings(raw: Readonly<Record<string, unknown>>, env: Environment): Settings {
  const schema = settingsSchema(env);
  const referenced = referencedKeys(raw);
  const set = Object.entries(raw).filter(([key, value]) =>
    key in schema.shape ? !isEmpty(value) : !referenced.has(key),
  );
  const given = { system: env.stack, ...Object.fromEntries(set) };
  const result = schema.safeParse(given);
  const crossed = crossChecks(given);
  // What several settings together tell is more to the point than what the one does.
  const own = collectFaults(result.error?.issues ?? [], given, env).filter(
    ({ path }) => !crossed.some((fault) => fault.path === path),
  );
  const faults = [...own, ...crossed];
  if (faults.length === 0 && result.success) return result.data;
  throw new pulumi.RunError(formatFaults(env.stack, faults));
}

/** Reads the configuration of the current stack. Nothing else in the program reads any. */
export function loadSettings(): Settings {
  const config = Object.fromEntries(
    Object.entries(runtime.allConfig())
      .filter(([name]) => name.startsWith(NAMESPACE))
      .map(([name, value]) => [name.slice(NAMESPACE.length), value] as const),
  );
  const raw = Object.fromEntries(Object.entries(config).map(([key, value]) => [key, parsed(value)] as const));
  return parseSettings(raw, {
    stack: pulumi.getStack(),
    variables: process.env,
    config,
    secretKeys: new Set(Object.keys(config).filter((key) => isConfigSecret(NAMESPACE + key))),
    readFile: (path) => readFileSync(path, "utf8"),
  });
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

/** Pulumi.yaml's default for a key that a stack doesn't set: see there. */
function isEmpty(value: unknown): boolean {
  return (
    value === "" ||
    value === undefined ||
    value === null ||
    (typeof value === "object" && Object.keys(value).length === 0)
  );
}
