import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { UserError } from "../../provider/plugin/handler";
import type { Asset } from "./assets";
import type { Feed } from "./feed";
import { page, PARTS, partsOfPage } from "./page/page";
import type { Snapshot } from "./snapshot";

const LOCAL = "127.0.0.1";

/** How often a stream says that it is there, in milliseconds: a browser notices a dead one by its silence alone. */
const ALIVE = 15_000;

/**
 * Nothing but the page's own files, and no page of others around it. The address is a secret: it isn't told to hosts
 * whose links are followed, and no cache keeps it.
 */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

export interface DashboardOptions {
  readonly feed: Pick<Feed, "snapshot" | "subscribe">;
  readonly assets: Readonly<Record<string, Asset>>;
  /** @default one that is free */
  readonly port?: number;
}

/**
 * The page, on this machine alone, at an address that nobody guesses. It only reads: a page of another origin can
 * neither find it (the token) nor make a name of its own mean it (the Host header, https://en.wikipedia.org/wiki/DNS_rebinding).
 */
export class Dashboard {
  private readonly token = randomBytes(16).toString("base64url");

  private constructor(
    private readonly server: Server,
    private readonly options: DashboardOptions,
  ) {}

  /** @throws UserError when the port is taken */
  static async start(options: DashboardOptions): Promise<Dashboard> {
    const server = createServer();
    const dashboard = new Dashboard(server, options);
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      dashboard.answer(request, response);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", ({ code, message }: NodeJS.ErrnoException) => {
        const port = String(options.port);
        reject(
          new UserError(
            code === "EADDRINUSE"
              ? `port ${port} of ${LOCAL} is taken\n→ Choose another one, or leave --port out for one that is free.`
              : `port ${port} of ${LOCAL} can't be listened on: ${message}`,
          ),
        );
      });
      server.listen(options.port ?? 0, LOCAL, resolve);
    });
    return dashboard;
  }

  get url(): string {
    return `http://${LOCAL}:${String((this.server.address() as AddressInfo).port)}/${this.token}/`;
  }

  /** Ends at once, whoever looks. */
  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    if (!isLocal(request.headers.host)) {
      refuse(response, 421, `ask for it by the name ${LOCAL} or localhost`);
      return;
    }
    const name = this.nameIn(request.url ?? "");
    if (name === undefined) {
      refuse(response, 404, "there is nothing here: the address is the one that `npm run dashboard` printed");
      return;
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      refuse(response, 405, "nothing can be changed here");
      return;
    }
    const { feed, assets } = this.options;
    const asset = Object.hasOwn(assets, name) ? assets[name] : undefined;
    if (name === "changes") stream(feed, request, response);
    else if (name === "")
      send(request, response, { type: "text/html; charset=utf-8", content: page(feed.snapshot) });
    else if (asset !== undefined) send(request, response, asset);
    else refuse(response, 404, "there is no such file");
  }

  /** What is asked for below the token; undefined without the token. */
  private nameIn(url: string): string | undefined {
    const [, token = "", name] = /^\/([^/?#]*)\/([^/?#]*)$/.exec(url) ?? [];
    const [given, own] = [Buffer.from(token), Buffer.from(this.token)];
    return given.length === own.length && timingSafeEqual(given, own) ? name : undefined;
  }
}

/** By a tunnel (`ssh -L`) the port is another one. */
function isLocal(host = ""): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i.test(host);
}

function refuse(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { ...HEADERS, "content-type": "text/plain; charset=utf-8" }).end(`${words}\n`);
}

function send(request: IncomingMessage, response: ServerResponse, { type, content }: Asset): void {
  response.writeHead(200, { ...HEADERS, "content-type": type });
  response.end(request.method === "HEAD" ? undefined : content);
}

/** Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): the parts that have changed. */
function stream(feed: DashboardOptions["feed"], request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { ...HEADERS, "content-type": "text/event-stream" });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  response.write("retry: 1000\n\n");
  const sent = new Map<string, string>();
  const tell = (snapshot: Snapshot): void => {
    const parts = partsOfPage(snapshot);
    const changed = PARTS.filter((part) => sent.get(part) !== parts[part].markup);
    if (changed.length === 0) return;
    for (const part of changed) sent.set(part, parts[part].markup);
    const data = Object.fromEntries(changed.map((part) => [part, parts[part].markup]));
    response.write(`event: parts\ndata: ${JSON.stringify(data)}\n\n`);
  };
  tell(feed.snapshot);
  const leave = feed.subscribe(tell);
  const alive = setInterval(() => response.write(": alive\n\n"), ALIVE);
  response.on("close", () => {
    clearInterval(alive);
    leave();
  });
}
