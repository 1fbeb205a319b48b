import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sandboxEnvironment } from "./environment";
import { checkout, folders } from "./paths";
import { type InstalledPlugin, installPulumiStandIns } from "./pulumi/install";
import { execute } from "./run";
import { stackConfig } from "./stack-config";

const configFile = join(checkout, "Pulumi.sandbox.yaml");

/** Makes the engine's plugins, the stack and its configuration ready; an existing stack keeps what it has. */
export async function prepareStack(binFolder: string): Promise<readonly InstalledPlugin[]> {
  mkdirSync(folders.pulumi, { recursive: true });
  mkdirSync(folders.backend, { recursive: true });
  const plugins = await installPulumiStandIns(folders.pulumi, binFolder);
  await writeStackConfig();
  const environment = await sandboxEnvironment();
  const known = existsSync(join(folders.backend, ".pulumi", "stacks", "handoff", "sandbox.json"));
  if (!known && existsSync(join(checkout, "Pulumi.yaml"))) {
    const status = await execute(
      "pulumi",
      ["stack", "init", "sandbox", "--non-interactive"],
      environment,
      "stderr",
    );
    if (status !== 0) throw new Error("`pulumi stack init sandbox` failed; its message is above.");
  }
  return plugins;
}

/** Writes Pulumi.sandbox.yaml from the committed Pulumi.prod.yaml, with the sandbox's endpoints over it. */
async function writeStackConfig(): Promise<void> {
  const prod = join(checkout, "Pulumi.prod.yaml");
  const read = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
  const before = read(configFile);
  const after = stackConfig(read(prod), before, await sandboxEnvironment());
  if (after !== before) writeFileSync(configFile, after);
}

/** `pulumi up` as a user would run it; gives its exit status. */
export async function up(environment: Readonly<Record<string, string>>, json: boolean): Promise<number> {
  const args = ["up", "--yes", "--skip-preview", "--stack", "sandbox"];
  return execute("pulumi", args, environment, json ? "stderr" : "inherit");
}
