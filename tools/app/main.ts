/** `npm run app`: what `flux` does to objects, done to an app by its name. */
import { parseArgs } from "node:util";
import type { ObjectProgress } from "../../provider/flux/follow/conditions";
import { oneLine } from "../../provider/flux/follow/pods";
import { UserError } from "../../provider/plugin/handler";
import { duration, milliseconds } from "../../manifests/flux/names";
import { readFlux } from "../cluster/flux-state";
import { runCommand } from "../command-line";
import { readOutputs } from "../stack/pulumi";
import { connect, readStack } from "../stack/stack";
import { mark, paintFor } from "../text/mark";
import { table } from "../text/table";
import { exported } from "./export";
import { readLogs } from "./logs";
import { reconcile } from "./reconcile";
import { afterResuming, afterSuspending, setSuspended } from "./suspend";
import { keysOf, originsOf, targetsOf } from "./targets";

const USAGE = `Usage: npm run app -- <verb> <app>… | --all [options]

  reconcile  asks its sources and it to look now, and follows it until it is ready or fails
  suspend    lets it stand as it is: Flux applies no commit to it. Says what the next \`pulumi up\` makes of that
  resume     lets Flux go on with it, and asks it to look now
  logs       its events, and what Flux's controllers say of it
  export     its Flux objects as YAML, its sources among them

An app is an entry of the system's list, and consists of Kustomizations and HelmReleases.

  --all                 all apps of the stack
  --stack <stack>       default: the selected one
  --since <duration>    logs: how far back, such as 30m. Default: 1h
  --timeout <duration>  reconcile, resume: how long to follow. Default: 5m
  --config-file <file>  the stack's configuration, in place of Pulumi.<stack>.yaml
  --help

Exit status: 0 done, 1 an object isn't ready or isn't there, 2 it couldn't be done.
`;

const VERBS = ["reconcile", "suspend", "resume", "logs", "export"];

async function main(args: readonly string[]): Promise<number> {
  const text = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      all: { type: "boolean" },
      ...{ stack: text, since: text, timeout: text, "config-file": text },
    },
  });
  const [verb = "", ...names] = positionals;
  if (!VERBS.includes(verb)) throw new UserError(`npm run app takes one of ${VERBS.join(", ")}.\n\n${USAGE}`);
  const [since, timeout] = [
    milliseconds(duration(values.since ?? "1h", "--since")),
    milliseconds(duration(values.timeout ?? "5m", "--timeout")),
  ];
  const choice = { stack: values.stack, configFile: values["config-file"] };
  const [stack, outputs] = await Promise.all([readStack(choice), readOutputs(choice)]);
  const targets = targetsOf(outputs, names, values.all === true);
  const keys = keysOf(targets);
  const cluster = await connect(stack);
  const { allowSuspended = [] } = stack.settings.ready;
  const say = (lines: readonly string[]): void => {
    process.stdout.write(lines.map((line) => `${line}\n`).join(""));
  };

  const follow = async (): Promise<number> => {
    const stopping = new AbortController();
    process.once("SIGINT", () => {
      stopping.abort();
    });
    const onDone = (progress: ObjectProgress): void => {
      say([progressLine(progress)]);
    };
    const found = await reconcile(cluster, keys, { timeout, signal: stopping.signal, onDone });
    const open = found.filter(({ status }) => status === "progressing");
    say(open.map(progressLine));
    return found.every(({ status }) => status === "ready") ? 0 : 1;
  };

  switch (verb) {
    case "reconcile":
      return await follow();
    case "suspend": {
      const missing = await setSuspended(cluster, keys, true);
      say(keys.map((key) => `${key} ${missing.includes(key) ? "isn't in the cluster" : "is suspended"}`));
      say(afterSuspending(choice.stack ?? stack.name, keys, allowSuspended));
      return missing.length === 0 ? 0 : 1;
    }
    case "resume": {
      await setSuspended(cluster, keys, false);
      const status = await follow();
      say(afterResuming(keys, allowSuspended));
      return status;
    }
    case "logs": {
      const { objects } = await readFlux(cluster);
      const { sources, generators } = originsOf(keys, objects);
      const all = [...sources, ...generators, ...keys];
      const { lines, notes } = await readLogs(cluster, all, since / 1000);
      say(table(lines.map(({ at, level, key, text }) => [at, level, key, text])));
      for (const note of notes) process.stderr.write(`${note}\n`);
      return 0;
    }
    default: {
      const { objects } = await readFlux(cluster);
      const { sources, generators } = originsOf(keys, objects);
      const all = [...sources, ...generators, ...keys];
      const there = all.flatMap((key) => objects.get(key) ?? []);
      process.stdout.write(exported(there));
      return there.length === all.length ? 0 : 1;
    }
  }
}

const LEVELS = { ready: "ok", progressing: "wait", failing: "fail", stopped: "fail" } as const;

function progressLine({ key, status, message, revision }: ObjectProgress): string {
  const words = status === "ready" ? (revision ?? "") : oneLine(message);
  return `${mark(LEVELS[status], paintFor(process.stdout))} ${key}: ${words}`;
}

runCommand(USAGE, main);
