import { spawn } from "node:child_process";
import { join } from "node:path";
import { asShell, sandboxEnvironment } from "./environment";
import { linkCommands, obtain } from "./obtain";
import { parts } from "./parts";
import { checkout, paths } from "./paths";
import { configFileFlag, withConfigFile } from "./stack-config-file";
import { runningProcess } from "./supervisor";

/** Runs a command in the sandbox's environment; gives its exit status. */
export async function run(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args[0] === "--" ? args.slice(1) : args;
  const environment = await sandboxEnvironment();
  if (command === "--env") {
    process.stdout.write(asShell(environment));
    return 0;
  }
  if (command === undefined)
    throw new Error("Say which command to run: npm run sandbox -- kubectl get kustomizations -A");
  if (runningProcess("kube-apiserver") === undefined) {
    process.stderr.write("The sandbox is not running; `npm start` starts it.\n");
  }
  const onDemand = parts.find((part) => part.onDemand === true && part.commands.includes(command));
  if (onDemand !== undefined) {
    await obtain(parts.filter((part) => part.onDemand !== true || part === onDemand));
    linkCommands([onDemand], paths.bin);
  }
  if (command === "destroy") {
    return execute(
      "pulumi",
      withConfigFile(["destroy", "--yes", "--skip-preview", "--stack", "sandbox", ...rest]),
      environment,
    );
  }
  if (OURS.includes(command)) {
    const script = join(checkout, "tools", "run.js");
    return execute(process.execPath, [script, command, ...rest, ...configFileFlag()], environment);
  }
  return execute(command, command === "pulumi" ? withConfigFile(rest) : rest, environment);
}

/** The project's own commands, which read the stack. */
const OURS = ["status", "dashboard", "doctor", "app", "comment"];

/** Runs a command on this terminal. `stdout` may be turned to stderr, where stdout belongs to a document. */
export function execute(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  stdout: "inherit" | "stderr" = "inherit",
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["inherit", stdout === "inherit" ? "inherit" : 2, "inherit"],
      env: { ...process.env, ...environment },
    });
    // The terminal sends Ctrl-C to the command too; this process waits for its end.
    const ignore = (): void => undefined;
    process.on("SIGINT", ignore);
    const onTerm = (): void => {
      child.kill("SIGTERM");
    };
    process.on("SIGTERM", onTerm);
    child.on("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "ENOENT" ? new Error(`There is no command ${command} (PATH of the sandbox)`) : error,
      );
    });
    child.on("close", (code, signal) => {
      process.off("SIGINT", ignore);
      process.off("SIGTERM", onTerm);
      resolve(signal === null ? (code ?? 1) : 130);
    });
  });
}
