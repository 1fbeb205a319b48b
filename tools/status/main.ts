/** `npm run status`: what Flux runs of a stack, and of others in its cluster. */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { UserError } from "../../provider/plugin/handler";
import { readFlux } from "../cluster/flux-state";
import { runCommand } from "../command-line";
import { readOutputs, type StackOutputs } from "../stack/pulumi";
import { connect, readStack } from "../stack/stack";
import { paintFor } from "../text/mark";
import { type Status, statusOf } from "./status";
import { statusText } from "./text";

const USAGE = `Usage: npm run status -- [<stack>] [options]

What Flux has in the stack's cluster: sources, and the Kustomizations and HelmReleases as a tree, each below what it
waits for or what applied it, with revision, age, condition and the last warning; and where our commits run.

  --json                one JSON document
  --watch               shows it again whenever it changes, until Ctrl-C
  --config-file <file>  the stack's configuration, in place of Pulumi.<stack>.yaml
  --help

<stack> is left out for the selected one. Signs: ✔ ready, … at work or waiting, ‖ suspended, ✗ failing or missing.
Exit status: 0 all ready, 1 something isn't, 2 it can't be told.
`;

/** How often the cluster is asked. */
const LOOK_EVERY = 3000;

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
  const [stack, outputs] = await Promise.all([readStack(choice), outputsOrNone(choice)]);
  const cluster = await connect(stack);
  const look = async (): Promise<Status> =>
    statusOf({
      ...{ stack: stack.name, cluster: cluster.server, outputs, flux: await readFlux(cluster) },
      allowSuspended: stack.settings.ready.allowSuspended,
    });
  const show = (status: Status): string =>
    values.json === true
      ? `${JSON.stringify(status, null, 2)}\n`
      : statusText(status, Date.now(), paintFor(process.stdout));
  let status = await look();
  process.stdout.write(show(status));
  while (values.watch === true) {
    await sleep(LOOK_EVERY);
    const now = await look();
    const changed = JSON.stringify(now) !== JSON.stringify(status);
    status = now;
    // On a terminal the ages go on; in a log only what changes is worth a line.
    if (process.stdout.isTTY) console.clear();
    else if (!changed) continue;
    process.stdout.write(show(status));
  }
  return status.ready ? 0 : 1;
}

/** Without the stack's state there is still what the cluster has. */
async function outputsOrNone(choice: Parameters<typeof readOutputs>[0]): Promise<StackOutputs> {
  try {
    return await readOutputs(choice);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${error.message}\n→ Which commits and objects are this stack's isn't shown.\n`);
    return {};
  }
}

runCommand(USAGE, main);
