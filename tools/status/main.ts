/** `npm run status`: what Flux runs of a stack, and of others in its cluster. */
import { parseArgs } from "node:util";
import { UserError } from "../../provider/plugin/handler";
import { runCommand } from "../command-line";
import { paintFor } from "../text/mark";
import { patiently } from "../text/patience";
import { Looker, looks } from "./look";
import type { Status } from "./status";
import { statusText } from "./text";

const USAGE = `Usage: npm run status -- [<stack>] [options]

What Flux has in the stack's cluster: sources, and the Kustomizations and HelmReleases as a tree, each below what it
waits for or what applied it, with revision, age, condition and the last warning; and where our commits run.

  --json                one JSON document
  --watch               shows it again whenever it changes, until Ctrl-C; an unreachable cluster is waited for
  --config-file <file>  the stack's configuration, in place of Pulumi.<stack>.yaml
  --help

<stack> is left out for the selected one. Signs: ✔ ready, … at work or waiting, ‖ suspended, ✗ failing or missing.
Exit status: 0 all ready, 1 something isn't, or not all of Flux runs, 2 it can't be told.
`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: "boolean" },
      watch: { type: "boolean" },
      "config-file": { type: "string" },
    },
  });
  if (positionals.length > 1) throw new UserError(`Only one stack can be given.\n\n${USAGE}`);
  const choice = { stack: positionals[0], configFile: values["config-file"] };
  const looker = await patiently(Looker.of(choice), () => "Still reading the stack");
  const paint = paintFor(process.stdout);
  const show = (status: Status): string =>
    values.json === true
      ? `${JSON.stringify(status, null, 2)}\n`
      : statusText(status, Date.now(), paint, process.stdout.isTTY ? process.stdout.columns : Infinity);
  const { status } = await patiently(looker.look(), () => `Still asking ${looker.cluster.server}`);
  process.stdout.write(show(status));
  if (values.watch === true) await keepShowing(looker, status, show);
  return status.ready ? 0 : 1;
}

/** Until Ctrl-C. An outage is waited out. */
async function keepShowing(looker: Looker, first: Status, show: (status: Status) => string): Promise<void> {
  let status = first;
  let silent: number | undefined;
  for await (const found of looks(() => looker.look(), new AbortController().signal)) {
    if ("outage" in found) {
      const { since, error } = found.outage;
      if (silent !== since)
        process.stderr.write(`${error.message}\n→ It is asked again every few seconds.\n`);
      silent = since;
      continue;
    }
    const now = found.look.status;
    const same = silent === undefined && JSON.stringify(now) === JSON.stringify(status);
    [status, silent] = [now, undefined];
    // On a terminal the ages go on; in a log only what changes is worth a line.
    if (process.stdout.isTTY) console.clear();
    else if (same) continue;
    process.stdout.write(show(status));
  }
}

runCommand(USAGE, main);
