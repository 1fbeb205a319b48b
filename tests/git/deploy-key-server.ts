import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Key {
  id: number;
  title: string;
  key: string;
  read_only?: boolean;
  can_push?: boolean;
}

/** The three hosts' endpoints for deploy keys, with their own words. */
export class DeployKeyHost {
  keys: Key[] = [];
  /** What the next request is refused with. */
  refusal: [number, object] | undefined;
  readonly requests: string[] = [];
  private next = 1;
  private readonly server: Server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const { method = "", url = "" } = request;
      this.requests.push(`${method} ${url}`);
      const [status, json] = this.answer(method, url, request.headers.authorization, body);
      response.writeHead(status, { "content-type": "application/json" });
      response.end(status === 204 ? undefined : JSON.stringify(json));
    })();
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private answer(method: string, url: string, auth: string | undefined, body: string): [number, object] {
    if (this.refusal !== undefined) return this.refusal;
    if (!/^(Bearer|token) canary$/.test(auth ?? "")) return [401, { message: "Bad credentials" }];
    const [, id, query = ""] =
      /^\/api\/(?:v3\/repos\/org\/fleet\/keys|v1\/repos\/org\/fleet\/keys|v4\/projects\/org%2Ffleet\/deploy_keys)(?:\/(\d+))?(\?.*)?$/.exec(
        url,
      ) ?? [undefined, undefined, "none"];
    if (query === "none") return [404, { message: "Not Found" }];
    const found = this.keys.find((key) => String(key.id) === id);
    if (id !== undefined && found === undefined) return [404, { message: "Not Found" }];
    if (method === "DELETE") {
      this.keys = this.keys.filter((key) => key !== found);
      return [204, {}];
    }
    if (method === "GET" && found !== undefined) return [200, found];
    if (method === "GET") {
      const page = Number(/[?&]page=(\d+)/.exec(query)?.[1] ?? 1);
      return [200, this.keys.slice((page - 1) * 50, page * 50)];
    }
    const key = { ...(JSON.parse(body) as Omit<Key, "id">), id: this.next++ };
    // Gitea wants titles to be unique, GitHub the keys.
    if (this.keys.some(({ title }) => title === key.title))
      return [422, { message: "A key with the same name already exists" }];
    this.keys.push(key);
    return [201, key];
  }
}
