/** One `up` in a process of its own, which a test can kill. Job as JSON on standard input, the state on standard output. */
import { readFileSync } from "node:fs";
import type { Props, State } from "../../provider/plugin/handler";
import { Hand, testContext } from "./remote";

export interface Job {
  readonly url: string;
  readonly stack: string;
  readonly state: State | undefined;
  readonly inputs: Props;
}

async function main(): Promise<void> {
  const job = JSON.parse(readFileSync(0, "utf8")) as Job;
  const hand = new Hand(job.url, testContext(job.stack));
  hand.state = job.state;
  await hand.up(job.inputs);
  process.stdout.write(JSON.stringify(hand.state));
}

void main();
