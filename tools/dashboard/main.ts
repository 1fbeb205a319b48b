/** `npm run dashboard`: a local page of what `npm run status` tells. */
import { once } from "node:events";
import { parseArgs } from "node:util";
import { UserError } from "../../provider/plugin/handler";
import { runCommand } from "../command-line";
import { plain } from "../stack/plain";
import type { StackChoice } from "../stack/pulumi";
import { Looker } from "../status/look";
import { assets } from "./assets";
import { Feed } from "./feed";
import { Dashboard } from "./server";

const USAGE = `Usage: npm run dashboard -- [<stack>] [options]

A page on this machine, kept current, until Ctrl-C: what Flux runs as a tree, the waves as a graph, which commit of ours
runs where, the last commits with their files, the last warnings, Secrets by name and age, links to the hosts. It only
reads, and never a Secret's contents; the cluster is asked while the page is open.

Whoever has the printed address sees the page: it holds a random token, and is reached from this machine alone. From
another one: ssh -L 8080:127.0.0.1:<port> <this machine>, then the address with port 8080.

  --port <port>         default: one that is free
  --config-file <file>  the stack's configuration, in place of Pulumi.<stack>.yaml
  --help

<stack> is left out for the selected one. Keys are told by the page: ?
Exit status: 0 ended by Ctrl-C, 2 it can't be shown.
`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { port: { type: "string" }, "config-file": { type: "string" } },
  });
  if (positionals.length > 1) throw new UserError(`Only one stack can be given.\n\n${USAGE}`);
  const port = portOf(values.port);
  const ended = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]).then(() => undefined);
  const shown = await Promise.race([
    start({ stack: positionals[0], configFile: values["config-file"] }, port),
    ended,
  ]);
  if (shown === undefined) return 0;
  const { feed, dashboard } = shown;
  try {
    await Promise.race([ended, feed.broken]);
  } finally {
    dashboard.stop();
    await feed.stop();
  }
  return 0;
}

async function start(choice: StackChoice, port: number | undefined) {
  // One attempt: an outage is told at once, and the next look is the next attempt.
  const looker = await Looker.of(choice, 1);
  const { repositories } = await plain(looker.stack.preflight);
  const feed = new Feed({ looker, repositories });
  const dashboard = await Dashboard.start({ feed, assets: await assets(), port });
  process.stdout.write(`${looker.stack.name}: ${dashboard.url}\nCtrl-C ends it.\n`);
  return { feed, dashboard };
}

/** @throws UserError when it is no port */
function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new UserError(`--port ${text} is no port: it is a number from 1 to 65535`);
}

runCommand(USAGE, main);
