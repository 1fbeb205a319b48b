import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Fault, SIGN_IN, TestHost } from "./host";
import { Hand, testContext, TestRemote } from "./remote";
import { SLOW } from "../slow";

const STEPS = ["fetch: greeting", "fetch: branches", "fetch: objects", "push: greeting", "push: objects"];
export const FILES = { files: { "a.yaml": "a: 1\n" } };

/** Everywhere a fault can strike; without SLOW only at the first and the last place. */
export const places = STEPS.map((step, index) => ({ step, index })).filter(
  ({ index }) => SLOW || index === 0 || index === STEPS.length - 1,
);

/** The fault at one step of a run, everything else served. */
export const at = (step: number, fault: Fault): (Fault | undefined)[] => [
  ...Array.from({ length: step }, () => undefined),
  fault,
];
export const attempts = (messages: readonly string[]): number =>
  messages.filter((message) => /^reading the branch|attempt \d+\)$/.test(message)).length;

/** A host for the tests of a file, each of which has to leave no credentials behind. */
export function useHost() {
  const previous = process.env.XDG_RUNTIME_DIR;
  let host: TestHost;
  let runtime: string;
  let count = 0;
  before(async () => {
    runtime = mkdtempSync(join(tmpdir(), "handoff-runtime-"));
    process.env.XDG_RUNTIME_DIR = runtime;
    host = await TestHost.start();
  });
  after(() => {
    host.stop();
    rmSync(runtime, { recursive: true });
    if (previous === undefined) delete process.env.XDG_RUNTIME_DIR;
    else process.env.XDG_RUNTIME_DIR = previous;
  });
  afterEach(() => {
    assert.deepEqual(readdirSync(runtime), [], "every run removes its credentials");
  });

  const add = (files?: Readonly<Record<string, string>>) => host.add(`case-${String(count++)}`, files);
  /** A run over HTTP; the context tells what the user saw. */
  const start = (url: string, auth: object = SIGN_IN) => {
    const ctx = testContext();
    return { ctx, hand: new Hand(url, ctx, { auth }) };
  };
  /** The fault has passed: the same inputs land, once. */
  const converges = async (url: string, remote: TestRemote, auth: object = SIGN_IN): Promise<void> => {
    const { hand } = start(url, auth);
    await hand.up(FILES);
    await new Hand(url, testContext(), { auth }).up(FILES);
    assert.deepEqual(remote.log(), ["Hand off", "Start"]);
    assert.equal(remote.read("a.yaml"), "a: 1\n");
  };

  return {
    add,
    start,
    converges,
    get host() {
      return host;
    },
  };
}
