/** What other users of this machine could see of processes while a command runs. */
import * as fs from "node:fs";

export interface Seen {
  /** Command lines, their arguments separated by spaces. */
  readonly commands: ReadonlySet<string>;
  /** Environments of git and ssh, but for the engine's own `git status`. */
  readonly gitEnvironments: ReadonlySet<string>;
}

const read = (pid: string, name: string): string => {
  try {
    return fs.readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return ""; // it has ended
  }
};
const pids = (): string[] => fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));

/** Process ids of a sandbox's engine (`pulumi`), or of the programs that it runs (`cmd/run`). Needs /proc. */
export function processesOf(state: string, what: "engine" | "program"): number[] {
  const wanted = what === "engine" ? /^pulumi\0/ : /@pulumi\/pulumi\/cmd\/run/;
  return pids()
    .filter(
      (pid) => wanted.test(read(pid, "cmdline")) && read(pid, "environ").includes(`SANDBOX_STATE=${state}\0`),
    )
    .map(Number);
}

/** Looks at all processes every few milliseconds, until it is stopped. Needs /proc; elsewhere it sees nothing. */
export function watchProcesses(): { stop(): Seen } {
  const commands = new Set<string>();
  const gitEnvironments = new Set<string>();
  const look = (): void => {
    if (!fs.existsSync("/proc/self/cmdline")) return;
    for (const pid of pids()) {
      const words = read(pid, "cmdline").split("\0");
      commands.add(words.join(" "));
      // The engine itself asks for the state of the checkout, with all of its own environment.
      if (words[1] === "status") continue;
      if (/(^|\/)(git|ssh)[\w-]*$/.test(words[0] ?? "")) gitEnvironments.add(read(pid, "environ"));
    }
  };
  const timer = setInterval(look, 20);
  return {
    stop: () => {
      clearInterval(timer);
      return { commands, gitEnvironments };
    },
  };
}
