import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { type HandlerContext, UserError } from "./handler";

/** Environment variable: the folder that takes what previews find. */
const FOLDER = "HANDOFF_FINDINGS";

/**
 * Takes what a preview finds, a file a finding, where the user asks for it by `HANDOFF_FINDINGS`. Only the user can read
 * the files, and no secret that the plugin knows is in them. Undefined when nobody asks.
 * @throws UserError when the folder isn't named in full: the plugin runs elsewhere than the user's shell
 */
export function recorder(
  mask: (text: string) => string,
  environment: NodeJS.ProcessEnv = process.env,
): HandlerContext["record"] {
  const folder = environment[FOLDER];
  if (folder === undefined || folder === "") return undefined;
  if (!isAbsolute(folder))
    throw new UserError(`${FOLDER}: found ${JSON.stringify(folder)}; allowed: an absolute path`);
  return (finding, key) => {
    const name = createHash("sha256").update(key).digest("hex").slice(0, 32);
    const text = JSON.stringify(masked(finding, mask));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, `${name}.json`), text, { mode: 0o600 });
  };
}

/** Texts are masked before they are written as JSON, which would break a secret's lines apart. */
function masked(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === "string") return mask(value);
  if (Array.isArray(value)) return value.map((entry) => masked(entry, mask));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [mask(key), masked(entry, mask)]));
}
