import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { inState, paths } from "./paths";

/**
 * A port by name that stays the same from start to start, because addresses with it end up in commits and in the
 * stack's state. Only a port that somebody else took meanwhile is replaced.
 * @param file where it is kept; a process that chooses while others do has a file of its own
 */
export function port(name: string, inUseByUs: boolean, file = "ports.json"): Promise<number> {
  const chosen = queue.then(() => choose(name, inUseByUs, file));
  queue = chosen.catch(() => undefined);
  return chosen;
}

/** One after the other: each choice is read from the file and written to it. */
let queue: Promise<unknown> = Promise.resolve();

async function choose(name: string, inUseByUs: boolean, fileName: string): Promise<number> {
  const file = inState(fileName);
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, number>) : {};
  const remembered = known[name];
  if (remembered !== undefined && (inUseByUs || (await bind(remembered)) !== undefined)) return remembered;
  const taken = new Set(Object.values(known));
  let free = await bind(0);
  while (free === undefined || taken.has(free)) free = await bind(0);
  mkdirSync(paths.state, { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify({ ...known, [name]: free }, null, 2) + "\n");
  return free;
}

/** The port that could be bound on loopback (0 asks for any free one), or undefined. */
function bind(wanted: number): Promise<number | undefined> {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", () => {
      done(undefined);
    });
    server.listen(wanted, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        done(typeof address === "object" && address !== null ? address.port : undefined);
      });
    });
  });
}
