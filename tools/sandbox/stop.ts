import { rmSync } from "node:fs";
import { paths } from "./paths";
import { knownProcesses, stopProcess } from "./supervisor";

/** Ends all processes of the sandbox, whoever started them. What they keep in the state folder stays. */
export async function stop(): Promise<number> {
  const names = knownProcesses();
  // The one that restarts the Flux controllers goes first; etcd and the API server last, the others still use them.
  const base = ["kube-apiserver", "etcd"];
  const first = names.filter((name) => name === "flux");
  const rest = names.filter((name) => name !== "flux" && !base.includes(name));
  const ended: string[] = [];
  for (const group of [first, rest, ...base.map((name) => [name])]) {
    const results = await Promise.all(group.map(async (name) => ({ name, ran: await stopProcess(name) })));
    ended.push(...results.filter(({ ran }) => ran).map(({ name }) => name));
  }
  if (paths.memory !== undefined) rmSync(paths.memory, { recursive: true, force: true });
  process.stderr.write(
    ended.length === 0 ? "The sandbox was not running\n" : `Stopped ${ended.join(", ")}\n`,
  );
  return 0;
}
