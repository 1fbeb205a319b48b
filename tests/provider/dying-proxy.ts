import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Props, ResourceHandler, State } from "../../provider/plugin/handler";
import { testContext } from "../git/remote";

/** Stands before an API, and lets a handler die: a request is carried out, and nobody hears the answer any more. */
export class DyingProxy {
  /** Origin of the API. */
  target = "";
  private left = Number.POSITIVE_INFINITY;
  private die: () => void = () => undefined;
  private readonly server = createServer((request, response) => {
    void this.pass(request, response);
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  get origin(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  /** Runs `work` until so many requests were carried out; false when it needs fewer. */
  async killAfter(requests: number, work: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> {
    this.left = requests;
    const died = new Promise<true>((resolve) => {
      this.die = () => {
        resolve(true);
      };
    });
    const process = new AbortController();
    const done = work(process.signal).then(() => false);
    done.catch(() => undefined);
    const killed = await Promise.race([died, done]);
    // What is dead asks for nothing more: it is told so, and its last request stays unanswered, lest it be tried again.
    process.abort();
    this.left = Number.POSITIVE_INFINITY;
    return killed;
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.left <= 0) return;
    this.left--;
    const last = this.left === 0;
    const { method, url = "/", headers } = request;
    const onward = httpRequest(new URL(url, this.target), {
      method,
      headers: { ...headers, connection: "close" },
    });
    request.pipe(onward);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      onward.once("response", resolve).once("error", reject);
    });
    if (last) {
      answer.resume();
      this.die();
      return;
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  }
}

/** A resource in a world of its own. */
export interface Scene {
  /** Asked for in each run: one of its own process, where it remembers anything. */
  readonly handler: ResourceHandler;
  /** Origin of the API that the handler is to reach. */
  readonly origin: string;
  readonly inputs: (origin: string) => Props;
  /** Throws when the world isn't as it should be once the resource is there, or gone. */
  readonly check: (when: "created" | "deleted") => void | Promise<void>;
  readonly dispose: () => void | Promise<void>;
}

/**
 * Kills a create or a delete after each of its requests, and runs it again as the next `up` does, without what the
 * killed run knew; then lets the resource live to its end.
 * @returns the number of kills
 */
export async function killEverywhere(
  proxy: DyingProxy,
  scene: () => Promise<Scene>,
  step: "create" | "delete",
): Promise<number> {
  for (let requests = 1; ; requests++) {
    const world = await scene();
    proxy.target = world.origin;
    const inputs = world.inputs(proxy.origin);
    const news = (await world.handler.check?.(testContext(), inputs, undefined))?.inputs ?? inputs;
    try {
      const create = async (signal: AbortSignal): Promise<State & { id: string }> => ({
        inputs: news,
        ...(await world.handler.create({ ...testContext(), signal }, news)),
      });
      const remove = async ({ id, ...state }: State & { id: string }, signal: AbortSignal): Promise<void> => {
        await world.handler.delete({ ...testContext(), signal }, id, state);
      };
      const { signal: alive } = new AbortController();
      const there = step === "delete" ? await create(alive) : undefined;
      const killed = await proxy.killAfter(requests, (signal) =>
        there === undefined ? create(signal) : remove(there, signal),
      );
      if (!killed) return requests - 1;
      const state = there ?? (await create(alive));
      if (there === undefined) await world.check("created");
      await remove(state, alive);
      await world.check("deleted");
    } finally {
      await world.dispose();
    }
  }
}
