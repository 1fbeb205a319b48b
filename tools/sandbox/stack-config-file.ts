import { join } from "node:path";
import { checkout, inState, paths } from "./paths";

const isOwn = (): boolean => paths.state !== join(checkout, ".sandbox");

/** Beside the project's files, where the engine looks; that of a second sandbox (SANDBOX_STATE) is in its state. */
export const stackConfigFile = (): string =>
  isOwn() ? inState("Pulumi.sandbox.yaml") : join(checkout, "Pulumi.sandbox.yaml");

/** The commands that read the stack's configuration. */
const readers = ["config", "destroy", "preview", "refresh", "up", "update"];

/** The engine's arguments, naming the configuration of a second sandbox, so that it doesn't meet the first one's. */
export function withConfigFile(args: readonly string[]): readonly string[] {
  const named = args.some((arg) => arg.startsWith("--config-file"));
  return !named && readers.includes(args[0] ?? "") ? [...args, ...configFileFlag()] : args;
}

/** What names the configuration of a second sandbox. */
export function configFileFlag(): readonly string[] {
  return isOwn() ? ["--config-file", stackConfigFile()] : [];
}
