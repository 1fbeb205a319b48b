import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { checkout, inState, paths } from "./paths";
import { type InstalledPlugin, installPulumiStandIns } from "./pulumi/install";
import { keepSettings } from "./kept-settings";
import { reasons } from "./reasons";
import { execute } from "./run";
import { stackConfig } from "./stack-config";
import { systemName } from "./systems";
import { stackConfigFile, withConfigFile } from "./stack-config-file";

const read = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : "");

/** Makes the engine's plugins, the stack and its configuration ready; an existing stack keeps what it has. */
export async function prepareStack(
  environment: Readonly<Record<string, string>>,
): Promise<readonly InstalledPlugin[]> {
  mkdirSync(paths.pulumi, { recursive: true });
  mkdirSync(paths.backend, { recursive: true });
  const plugins = await installPulumiStandIns(paths.pulumi, paths.bin);
  const salt = await initStack(environment);
  const config = stackConfig(read(join(checkout, `Pulumi.${systemName()}.yaml`)), salt, environment);
  writeConfig(config);
  return plugins;
}

/** Writes the stack's configuration; says what stays as its user set it, and what doesn't. */
function writeConfig(wanted: string): void {
  const [file, last] = [stackConfigFile(), inState("stack", "Pulumi.written.yaml")];
  const found = read(file);
  const { text, kept, reset } = keepSettings(found, read(last), wanted);
  if (text !== found) writeFileSync(file, text);
  if (read(last) !== wanted) writeFileSync(last, wanted);
  const say = (what: string, names: readonly string[]): void => {
    if (names.length > 0) process.stderr.write(`${what} in ${basename(file)}: ${names.join(", ")}\n`);
  };
  say("Kept as you set it", kept);
  say("Set to the sandbox's own, since the file was another sandbox's,", reset);
}

/**
 * The stack's encryption salt; makes the stack when it isn't there. That happens in a folder of the state, so that a
 * configuration file that an earlier sandbox left in the checkout, with another passphrase, doesn't matter.
 */
async function initStack(environment: Readonly<Record<string, string>>): Promise<string> {
  const folder = inState("stack");
  const file = join(folder, "Pulumi.sandbox.yaml");
  const known = existsSync(stackFile());
  if (!known || !existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "Pulumi.yaml"), "name: handoff\nruntime: nodejs\n");
    const args = known
      ? ["stack", "change-secrets-provider", "passphrase", "--stack", "sandbox"]
      : ["stack", "init", "sandbox", "--secrets-provider", "passphrase"];
    const status = await execute(
      "pulumi",
      [...args, "--non-interactive", "--cwd", folder],
      environment,
      "stderr",
    );
    if (status !== 0) throw new Error(`\`pulumi ${args.join(" ")}\` failed; its message is above.`);
  }
  return (parse(read(file)) as { encryptionsalt: string }).encryptionsalt;
}

/** The state of the stack. */
const stackFile = (): string => join(paths.backend, ".pulumi", "stacks", "handoff", "sandbox.json");

/** True of a stack that has never made anything. */
function isEmpty(): boolean {
  const { checkpoint } = JSON.parse(read(stackFile())) as {
    checkpoint?: { latest?: { resources?: readonly unknown[] } };
  };
  return (checkpoint?.latest?.resources ?? []).length === 0;
}

/** `pulumi up` as a user would run it; gives its exit status, and why it failed. */
export async function up(
  environment: Readonly<Record<string, string>>,
  json: boolean,
): Promise<{ readonly status: number; readonly why: readonly string[] }> {
  const log = inState("up-events.jsonl");
  rmSync(log, { force: true });
  // With its preview: faults that only show there, such as a file in the way, then come before any change. The first
  // one would be of what is seen again at once, and takes seconds.
  const args = ["up", "--yes", "--stack", "sandbox", "--event-log", log];
  if (isEmpty()) args.push("--skip-preview");
  const status = await execute(
    "pulumi",
    withConfigFile([...args, "--cwd", checkout]),
    { ...environment, PULUMI_DEBUG_COMMANDS: "true" }, // or the engine doesn't know the flag
    json ? "stderr" : "inherit",
  );
  const why = status === 0 ? [] : reasons(log);
  rmSync(log, { force: true });
  return { status, why };
}
