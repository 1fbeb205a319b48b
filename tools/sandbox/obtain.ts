import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { canReach, download, NotDownloadable } from "./download";
import { withLock } from "./lock";
import type { Part } from "./parts";
import type { Tools } from "./tools";
import { checkout, paths } from "./paths";
import { type Output, Progress } from "./progress";

export interface Obtained {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  /** Where it came from: the vendor's address, or the Go modules. */
  readonly from: string;
  /** True when it was in the cache already. */
  readonly cached: boolean;
}

/** Written last into a part's folder; a folder without it is half of one. */
const marker = ".part.json";
const built = "Go modules";

const folderOf = (part: Part): string => join(paths.cache, `${part.name}-${part.version}`);

function cached(part: Part): Obtained | undefined {
  const folder = folderOf(part);
  if (!existsSync(join(folder, marker))) return undefined;
  const { from, recipe } = JSON.parse(readFileSync(join(folder, marker), "utf8")) as {
    from: string;
    recipe?: string;
  };
  if (from === built && recipe !== part.recipe) return undefined;
  return { name: part.name, version: part.version, folder, from, cached: true };
}

/** Where a part lies, or is going to lie, by name. */
export const cachedFolder = (parts: readonly Part[], name: string): string =>
  folderOf(find(parts, (part) => part.name === name, name));

/** A command that the cache has, or undefined when it has to be obtained. */
export function cachedCommand(parts: readonly Part[], name: string): string | undefined {
  const found = cached(find(parts, (part) => part.commands.includes(name), name));
  return found && join(found.folder, name);
}

/** Makes sure that the cache has every part, one after the other, with progress. */
export async function obtain(
  parts: readonly Part[],
  output: Output = process.stderr,
): Promise<readonly Obtained[]> {
  const missing = parts.filter((part) => cached(part) === undefined);
  if (missing.length > 0) {
    mkdirSync(paths.cache, { recursive: true });
    output.write(`Obtaining ${missing.length} of ${parts.length} parts into ${paths.cache}\n`);
    const waits = (pid: number): void => {
      output.write(`Another start (process ${pid}) is obtaining parts; waiting for it\n`);
    };
    await withLock(join(paths.cache, ".lock"), waits, () => fetchMissing(parts, output));
  }
  return parts.map((part) => {
    const found = cached(part);
    if (found === undefined) throw new Error(`${part.name} is missing in ${paths.cache}`);
    return found;
  });
}

async function fetchMissing(parts: readonly Part[], output: Output): Promise<void> {
  const missing = parts.filter((part) => cached(part) === undefined); // asked again, now with the lock
  const tools: Tools = {
    folder: (name) => cachedFolder(parts, name),
    command: (name) => join(folderOf(find(parts, (part) => part.commands.includes(name), name)), name),
  };
  // All hosts at once, so that being offline is noticed in seconds.
  await Promise.all(
    missing.flatMap(({ download: file }) => (file === undefined ? [] : [canReach(file.url)])),
  );
  const expected: number[] = [];
  for (const part of missing) expected.push(await expectedSeconds(part));
  const ended = new AbortController();
  void prepareInTurn(missing, ended.signal);
  const done = { seconds: 0, expected: 0 };
  const progress = new Progress(output);
  for (const [index, part] of missing.entries()) {
    // How this machine compares to the one that the estimates are from, by what it has done so far.
    const pace = done.expected === 0 ? 1 : done.seconds / done.expected;
    const left = expected.slice(index).reduce((sum, seconds) => sum + seconds, 0) * pace;
    const begun = Date.now();
    progress.start(`[${index + 1}/${missing.length}] ${part.name} ${part.version}`, left);
    try {
      progress.done(await obtainOne(part, tools));
    } catch (error) {
      progress.fail();
      ended.abort();
      throw new Error(`${part.name} ${part.version} could not be obtained.\n${(error as Error).message}`, {
        cause: error,
      });
    }
    done.seconds += (Date.now() - begun) / 1000;
    done.expected += expected[index] ?? 0;
  }
}

/** Downloads the modules of all builds beside the first of them. A failure is left to the build itself. */
async function prepareInTurn(missing: readonly Part[], ended: AbortSignal): Promise<void> {
  for (const { download: file, prepare } of missing) {
    if (ended.aborted) return;
    if (prepare === undefined || (file !== undefined && (await canReach(file.url)))) continue;
    await prepare().catch(() => undefined);
  }
}

async function expectedSeconds(part: Part): Promise<number> {
  return part.download !== undefined && (await canReach(part.download.url)) ? 10 : part.seconds;
}

/** Makes the part in a folder beside its place and moves it there when it is whole. Gives what to say about it. */
async function obtainOne(part: Part, tools: Tools): Promise<string> {
  const half = `${folderOf(part)}.new`;
  const empty = (): void => {
    rmSync(half, { recursive: true, force: true });
    mkdirSync(half, { recursive: true });
  };
  empty();
  let from = built;
  try {
    if (part.download === undefined)
      throw new NotDownloadable("its vendor publishes no file for this machine");
    await download(part.download, half);
    from = part.download.url;
  } catch (error) {
    if (!(error instanceof NotDownloadable)) throw error;
    empty();
    await part.build(half, tools);
  }
  for (const command of part.commands) accessSync(join(half, command), constants.X_OK);
  await writeFile(
    join(half, marker),
    JSON.stringify({ from, recipe: part.recipe, made: new Date().toISOString() }) + "\n",
  );
  rmSync(folderOf(part), { recursive: true, force: true });
  await rename(half, folderOf(part));
  return from === built ? "built" : "downloaded";
}

function find(parts: readonly Part[], test: (part: Part) => boolean, name: string): Part {
  const found = parts.find(test);
  if (found === undefined) throw new Error(`No part brings ${name}`);
  return found;
}

/** Puts links to all commands of the parts into one folder, for PATH; for those on demand, scripts that obtain them. */
export function linkCommands(parts: readonly Part[], binFolder: string): void {
  mkdirSync(binFolder, { recursive: true });
  for (const part of parts) {
    if (cached(part) !== undefined) linkFolder(folderOf(part), binFolder);
    else for (const command of part.commands) writeShim(command, binFolder);
  }
}

function linkFolder(folder: string, binFolder: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const status = statSync(file);
    if (!status.isFile() || (status.mode & 0o111) === 0) continue;
    rmSync(join(binFolder, name), { force: true });
    symlinkSync(file, join(binFolder, name));
  }
}

function writeShim(command: string, binFolder: string): void {
  const file = join(binFolder, command);
  rmSync(file, { force: true });
  const launcher = join(checkout, "tools", "run.js");
  const script = `#!/bin/sh\nexec '${process.execPath}' '${launcher}' sandbox run -- ${command} "$@"\n`;
  writeFileSync(file, script, { mode: 0o755 });
}
