import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { HandlerContext, Props, ResourceHandler, State } from "../../provider/plugin/handler";
import { testContext } from "../git/remote";
import { SLOW } from "../slow";

/** Stands before an API for one run. */
export abstract class RunProxy {
  protected die: () => void = () => undefined;
  private readonly server = createServer((request, response) => {
    void this.pass(request, response);
  });

  /** @param target origin of the API */
  constructor(private readonly target: string) {}

  /** Runs `work`; false when it needs no more requests than it has. */
  async run(work: (origin: string, signal: AbortSignal) => Promise<unknown>): Promise<boolean> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
    const died = new Promise<true>((resolve) => {
      this.die = () => {
        resolve(true);
      };
    });
    const process = new AbortController();
    const done = work(origin, process.signal).then(() => false);
    done.catch(() => undefined);
    try {
      return await Promise.race([died, done]);
    } finally {
      // What is dead reaches nothing any more, however often it tries again: a run has an address of its own.
      process.abort();
      this.server.closeAllConnections();
      this.server.close();
    }
  }

  protected abstract pass(request: IncomingMessage, response: ServerResponse): Promise<void>;

  /** Has the API carry a request out. */
  protected async forward(request: IncomingMessage): Promise<IncomingMessage> {
    const { method, url = "/", headers } = request;
    const onward = httpRequest(new URL(url, this.target), {
      method,
      headers: { ...headers, connection: "close" },
    });
    request.pipe(onward);
    return await new Promise<IncomingMessage>((resolve, reject) => {
      onward.once("response", resolve).once("error", reject);
    });
  }

  protected answer(response: ServerResponse, answer: IncomingMessage): void {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  }
}

/** May let a run die: a request is carried out, and nobody hears the answer any more. */
class DyingProxy extends RunProxy {
  /** @param left how many requests are carried out */
  constructor(
    target: string,
    private left = Number.POSITIVE_INFINITY,
  ) {
    super(target);
  }

  protected async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.left <= 0) return;
    this.left--;
    const last = this.left === 0;
    const answer = await this.forward(request);
    if (!last) {
      this.answer(response, answer);
      return;
    }
    answer.resume();
    this.die();
  }
}

/** A resource in a world of its own. */
export interface Scene {
  /** Asked for in each run: one of its own process, where it remembers anything. */
  readonly handler: ResourceHandler;
  /** Origin of the API that the handler is to reach. */
  readonly origin: string;
  /** The inputs of a run that reaches the API at another origin. */
  readonly inputs: (origin: string) => Props;
  /** What an update changes of the inputs. */
  readonly changed?: (inputs: Props) => Props;
  /** What `destroy` does after a create that was killed: of the resource itself no state knows. */
  readonly abandon?: (inputs: Props) => Promise<void>;
  /** Throws when the world isn't as it should be once the resource is there, changed, or gone. */
  readonly check: (when: "created" | "updated" | "deleted") => void | Promise<void>;
  readonly dispose: () => void | Promise<void>;
}

/** What is killed; `abandon` is a create after which the user destroys the stack. */
export type Step = "create" | "read" | "update" | "delete" | "abandon";

/**
 * Kills a step after each of its requests (a fifth of them unless slow), and runs it again as the next `up` does, without what the killed run knew;
 * then lets the resource live to its end.
 * @param atOnce worlds side by side: they spend their time waiting
 * @returns the number of kills
 */
export async function killEverywhere(
  scene: () => Promise<Scene>,
  step: Step,
  atOnce: number,
): Promise<number> {
  const every = SLOW ? 1 : 5;
  for (let first = 1, kills = 0; ; first += atOnce * every) {
    const batch = Array.from({ length: atOnce }, (_, index) => first + index * every);
    const killed = await Promise.all(batch.map((requests) => killAfter(requests, scene, step)));
    kills += killed.filter(Boolean).length;
    if (killed.includes(false)) return kills;
  }
}

/** False when the step needs no more than so many requests. */
async function killAfter(requests: number, scene: () => Promise<Scene>, step: Step): Promise<boolean> {
  const world = await scene();
  try {
    const life = new Life(world);
    if (step === "update" || step === "delete") await life.run("create");
    const dying = new DyingProxy(world.origin, requests);
    if (!(await life.run(step === "abandon" ? "create" : step, dying))) return false;
    await life.run(step);
    if (step === "create" || step === "update") {
      await world.check(step === "create" ? "created" : "updated");
      await life.run("delete");
    }
    await world.check("deleted");
    return true;
  } finally {
    await world.dispose();
  }
}

/** A resource as the engine leads it: its state changes when a step has ended. */
export class Life {
  private state: (State & { readonly id: string }) | undefined;
  /** Where the API was in the run that the state is of. */
  private origin = "";

  constructor(private readonly world: Scene) {}

  /** @returns whether it was killed */
  run(
    step: Step,
    proxy: RunProxy = new DyingProxy(this.world.origin),
    own?: HandlerContext,
  ): Promise<boolean> {
    return proxy.run(async (origin, signal) => {
      const ctx = own ?? { ...testContext(), signal };
      const inputs = this.world.inputs(origin);
      const { handler } = this.world;
      if (step === "abandon") {
        await this.world.abandon?.(inputs);
        return;
      }
      const news = (await handler.check?.(testContext(), inputs, undefined))?.inputs ?? inputs;
      const { id, ...olds } = this.known(origin);
      if (step === "delete") {
        await handler.delete(ctx, id, olds);
        return;
      }
      if (step === "read") {
        const found = await handler.read(ctx, id, olds);
        if (found === undefined) throw new Error(`${id} is read as gone`);
        return;
      }
      const next = step === "update" ? (this.world.changed?.(news) ?? news) : news;
      const made =
        step === "create"
          ? await handler.create(ctx, next)
          : { id, ...(await handler.update(ctx, id, olds, next)) };
      this.state = { inputs: next, ...made };
      this.origin = origin;
    });
  }

  /** The state, of an API that is at this origin now. */
  private known(origin: string): State & { readonly id: string } {
    const state = JSON.stringify(this.state ?? { id: "", inputs: {}, outputs: {} });
    const moved = this.origin === "" ? state : state.replaceAll(this.origin, origin);
    return JSON.parse(moved) as State & { readonly id: string };
  }
}
