import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { attended } from "../../provider/plugin/attendance";
import { UserError } from "../../provider/plugin/handler";
import { testContext, type TestContext } from "../cloudflare/cloud";
import { slowly } from "../slow";
import { Life, RunProxy, type Scene, type Step } from "./dying-proxy";

/** What the vendor's own plugin fails with, whose words aren't ours. */
export class VendorError extends Error {}

/** How each vendor says no. */
const REFUSALS = {
  Cloudflare: (status: number, message: string) => {
    // 10000 is what it calls a failed authentication.
    const code = status === 403 ? 10000 : 10000 + status;
    return { success: false, errors: [{ code, message }], messages: [], result: null };
  },
  Azure: (status: number, message: string) => ({
    error: { code: status === 403 ? "AuthorizationFailed" : "InjectedFault", message },
  }),
};
export type Vendor = keyof typeof REFUSALS;

const WORDS = "Injected fault";
/** Words of a failure that may be over a moment later. */
const PASSING = /can't be reached|HTTP 500|may have been done|answer was lost/;

/** What a request meets, and how the run may end: undefined where it must succeed. */
const FAULTS = {
  // The preflight says what the one who signs in may not do, and how to allow it.
  refused: new RegExp(`HTTP 403.*${WORDS}|may not .*\\n→ `),
  limited: undefined,
  failing: PASSING,
  hanging: /cancelled/,
  "cut before": PASSING,
  "cut after": PASSING,
  late: undefined,
  echoed: new RegExp(`HTTP 400.*${WORDS} for .*\\[secret\\]`),
} as const;
type Fault = keyof typeof FAULTS;
/** After these a create may have happened that no state knows of. */
const UNRECORDED: readonly Fault[] = ["cut after", "hanging"];

/** Lets one request meet a fault, and carries all others out. */
class FaultyProxy extends RunProxy {
  requests = 0;
  /** What requests proved themselves with. */
  readonly tokens = new Set<string>();
  readonly met: string[] = [];

  /** @param place the number of the request, from 1; without one all are carried out */
  constructor(
    target: string,
    private readonly vendor: Vendor,
    private readonly fault?: { readonly kind: Fault; readonly place: number; readonly hangs: () => void },
  ) {
    super(target);
  }

  protected async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authorization = "" } = request.headers;
    this.tokens.add(authorization.replace("Bearer ", ""));
    if (++this.requests !== this.fault?.place) {
      this.answer(response, await this.forward(request));
      return;
    }
    this.met.push(`${request.method ?? ""} ${request.url ?? ""}`);
    switch (this.fault.kind) {
      case "refused":
        this.refuse(response, 403, WORDS);
        return;
      case "limited":
        this.refuse(response, 429, WORDS, { "retry-after": "1" });
        return;
      case "failing":
        this.refuse(response, 500, WORDS);
        return;
      case "echoed":
        this.refuse(response, 400, `${WORDS} for ${authorization}`);
        return;
      case "hanging":
        this.fault.hangs();
        return;
      case "cut before":
        request.socket.destroy();
        return;
      case "cut after":
        (await this.forward(request)).resume();
        request.socket.destroy();
        return;
      case "late": {
        const answer = await this.forward(request);
        await sleep(300);
        this.answer(response, answer);
      }
    }
  }

  private refuse(
    response: ServerResponse,
    status: number,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(REFUSALS[this.vendor](status, message)));
  }
}

/** A run as the plugin leads it: soon over after a cancel, whatever it waits for. */
class Run {
  readonly ctx: TestContext = testContext();
  error: Error | undefined;
  private cancelled = 0;

  /** As the user's Ctrl-C, a moment after the request hangs. */
  readonly cancel = (): void => {
    setTimeout(() => {
      this.cancelled = Date.now();
      this.ctx.cancel();
    }, 20);
  };

  async end(work: Promise<unknown>): Promise<void> {
    const attending = { ...this.ctx, heard: { at: Date.now(), status: undefined } };
    this.error = await attended(attending, work).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    if (this.cancelled === 0) return;
    const took = Date.now() - this.cancelled;
    assert.ok(took < 1_000, `it went on for ${String(took)} ms after a cancel`);
  }
}

/**
 * Lets each request of each step meet each fault, once; then does the step again as the next command does, and lets the
 * resource live to its end. Says how many there were.
 * @param atOnce worlds side by side
 */
export function faultsOf(
  what: string,
  vendor: Vendor,
  scenes: Readonly<Record<string, () => Promise<Scene>>>,
  atOnce = 8,
): void {
  slowly(`${what} of which a request fails, and which is asked for again`, function () {
    let [faults, requests] = [0, 0];
    after(() => {
      const kinds = Object.keys(scenes).length;
      console.log(
        `      ${String(faults)} faults at ${String(requests)} requests of ${String(kinds)} kinds at ${vendor}`,
      );
    });

    for (const [name, scene] of Object.entries(scenes)) {
      it(name, async function () {
        this.timeout(600_000);
        const [before] = [requests];
        for (const step of ["create", "read", "update", "delete", "abandon"] as const) {
          const count = await requestsOf(scene, step, vendor);
          const kinds = step === "abandon" ? UNRECORDED : (Object.keys(FAULTS) as Fault[]);
          const cases = kinds.flatMap((kind) =>
            Array.from({ length: count }, (_, index) => [kind, index + 1] as const),
          );
          await side(atOnce, cases, async ([kind, place]) => {
            await failAt(scene, { step, vendor, kind, place });
          });
          faults += cases.length;
          if (step !== "abandon") requests += count;
        }
        assert.ok(requests > before, "it asks for something");
      });
    }
  });
}

async function side<T>(atOnce: number, all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const worker = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** How many requests a step has; none that the scene doesn't know. */
async function requestsOf(scene: () => Promise<Scene>, step: Step, vendor: Vendor): Promise<number> {
  const world = await scene();
  try {
    if (step === "update" && world.changed === undefined) return 0;
    if (step === "abandon" && world.abandon === undefined) return 0;
    const life = new Life(world);
    if (step !== "create" && step !== "abandon") await life.run("create");
    const proxy = new FaultyProxy(world.origin, vendor);
    await life.run(step === "abandon" ? "create" : step, proxy);
    return proxy.requests;
  } finally {
    await world.dispose();
  }
}

async function failAt(
  scene: () => Promise<Scene>,
  { step, vendor, kind, place }: { step: Step; vendor: Vendor; kind: Fault; place: number },
): Promise<void> {
  const world = await scene();
  try {
    const life = new Life(world);
    if (step !== "create" && step !== "abandon") await life.run("create");
    const run = new Run();
    const proxy = new FaultyProxy(world.origin, vendor, { kind, place, hangs: run.cancel });
    await run.end(life.run(step === "abandon" ? "create" : step, proxy, run.ctx));
    const at = `${kind} at request ${String(place)} of ${step}, ${proxy.met.join()}`;
    assert.equal(proxy.met.length, 1, `${at}: the fault wasn't met`);
    fits(run, kind, [...proxy.tokens], at);
    try {
      if (run.error !== undefined) await life.run(step);
      if (step === "create" || step === "update")
        await world.check(step === "create" ? "created" : "updated");
      if (step === "read") await world.check("created");
      const gone = step === "delete" || (step === "abandon" && run.error !== undefined);
      if (!gone) await life.run("delete");
      await world.check("deleted");
    } catch (error) {
      throw new Error(`after ${at}: ${(error as Error).message}`, { cause: error });
    }
  } finally {
    await world.dispose();
  }
}

/** What was said fits, and has no secret in it. */
function fits({ error, ctx }: Run, kind: Fault, tokens: readonly string[], at: string): void {
  const said = [...ctx.told, error?.message ?? ""].join("\n");
  for (const token of tokens)
    assert.ok(token === "" || !said.includes(token), `${at} shows a token:\n${said}`);
  // The vendor's plugin fails in its own words.
  if (error === undefined || error instanceof VendorError || error.message === "fetch failed") return;
  const words = FAULTS[kind];
  assert.ok(words !== undefined, `${at} fails: ${error.stack ?? ""}`);
  assert.match(error.message, words, `${at} fails: ${error.message}`);
  assert.ok(kind === "hanging" || error instanceof UserError, `${at}: ${error.stack ?? ""}`);
}
