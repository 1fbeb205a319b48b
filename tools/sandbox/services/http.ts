/** The small HTTP server that every stand-in shares: routes, JSON bodies, faults on demand, an orderly end. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Faults } from "./faults";

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The caller's address. */
  readonly from: string;
  /** The stand-in's own address, for answers that contain links to itself. */
  readonly origin: string;
}

export interface Reply {
  readonly status: number;
  /** Sent as JSON, except for strings and buffers. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Service {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

export interface ServiceOptions {
  /** 0 takes a free port. */
  readonly port?: number;
  /** Faults to inject from the start, as JSON; see `Faults`. */
  readonly faults?: string;
  readonly handle: (call: Call) => Promise<Reply> | Reply;
  /** The vendor's envelope around a failure that is not the caller's. */
  readonly failure: (status: number, message: string) => unknown;
}

/** Starts a stand-in on loopback. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const faults = new Faults(options.faults);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const method = request.method ?? "GET";
      const origin = `http://${request.headers.host ?? "127.0.0.1"}`;
      const url = new URL(request.url ?? "/", origin);
      const text = Buffer.concat(chunks).toString("utf8");
      const call = {
        method,
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        text,
        from: (request.socket.remoteAddress ?? "").replace(/^::ffff:/, ""),
        origin,
      };
      answer(call, faults, options)
        .catch((error: unknown): Reply | "cut" | "hang" => {
          console.error(`${method} ${url.pathname}`, error);
          return { status: 500, body: options.failure(500, String(error)) };
        })
        .then(
          (reply) => {
            if (reply === "cut") request.socket.destroy();
            if (typeof reply === "string") return;
            const { payload, type } = encode(reply.body);
            response.writeHead(reply.status, {
              ...(type ? { "content-type": type } : {}),
              "content-length": payload.length,
              ...reply.headers,
            });
            response.end(method === "HEAD" ? undefined : payload);
          },
          (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
        );
    });
  });
  // Longer than a step of an `up`: a client that takes a connection again while it is closed has lost its answer.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(call: Call, faults: Faults, options: ServiceOptions): Promise<Reply | "cut" | "hang"> {
  if (call.path === "/__faults" && call.method === "POST") {
    faults.add(call.text);
    return { status: 204 };
  }
  const fault = faults.take(call);
  if (fault === undefined) return options.handle(call);
  const { status, answer: none = "cut", done, echo, retryAfter } = fault;
  if (done) await options.handle(call);
  if (status === undefined) return none;
  const words = echo ? `Injected fault for ${call.headers.authorization ?? ""}` : "Injected fault";
  const headers = retryAfter === undefined ? undefined : { "retry-after": String(retryAfter) };
  return { status, body: options.failure(status, words), headers };
}

function encode(body: unknown): { payload: Buffer; type?: string } {
  if (body === undefined) return { payload: Buffer.alloc(0) };
  if (Buffer.isBuffer(body)) return { payload: body, type: "application/octet-stream" };
  if (typeof body === "string") return { payload: Buffer.from(body), type: "text/plain; charset=utf-8" };
  return { payload: Buffer.from(JSON.stringify(body)), type: "application/json; charset=utf-8" };
}

/**
 * Runs a stand-in as a program: prints the ready line when it listens and ends on SIGTERM or SIGINT.
 * The process exits with 1 and the reason when it cannot start.
 */
export function runService(start: () => Promise<Service>, facts: Record<string, unknown> = {}): void {
  start().then(
    (service) => {
      const stop = () => {
        void service.close().then(() => process.exit(0));
      };
      process.once("SIGTERM", stop);
      process.once("SIGINT", stop);
      console.log(JSON.stringify({ ready: true, port: service.port, ...facts }));
    },
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}

/** A setting from the environment that the stand-in cannot do without. */
export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export function portSetting(): number {
  return Number(process.env.PORT ?? 0);
}
