/** The way to Azure for programs that take its real names: a proxy that leads them to the stand-in, over TLS. */
import { createServer as createHttpsServer } from "node:https";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tokenOf, VAULTS } from "../../tools/sandbox/services/azure/tokens";
import { createAuthority, signHost } from "../git/authority";
import { TENANT, type TestAzure } from "./cloud";

const LOGIN = "login.microsoftonline.com";
const VAULT = /^([a-z0-9-]+)\.vault\.azure\.net$/;

/** What somebody proved himself with at Entra ID, by the field of the form. */
export type Proof = Readonly<Record<string, string>>;

export class AzureProxy {
  /** Each sign-in, by the form that was sent. */
  readonly signIns: Proof[] = [];
  /** Hosts that the proxy doesn't reach. */
  readonly unreachable = new Set<string>();
  private readonly folder = mkdtempSync(join(tmpdir(), "azure-proxy-"));
  private readonly proxy = createServer();
  private readonly tls = createHttpsServer((request, response) => {
    void this.answer(request, response);
  });

  constructor(private readonly azure: TestAzure) {}

  async start(): Promise<void> {
    const authority = await createAuthority();
    writeFileSync(join(this.folder, "ca.pem"), authority.certificate);
    this.tls.setSecureContext(await signHost(authority, "*.vault.azure.net", LOGIN));
    this.proxy.on("connect", (request, socket) => {
      const [host = ""] = (request.url ?? "").split(":");
      if (this.unreachable.has(host) || !(host === LOGIN || VAULT.test(host))) {
        socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
        return;
      }
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      this.tls.emit("connection", socket);
    });
    await new Promise<void>((resolve) => this.proxy.listen(0, "127.0.0.1", resolve));
  }

  stop(): void {
    this.proxy.closeAllConnections();
    this.proxy.close();
    this.tls.closeAllConnections();
    rmSync(this.folder, { recursive: true });
  }

  /** By these a program comes here, and trusts what it finds. */
  get environment(): NodeJS.ProcessEnv {
    const { port } = this.proxy.address() as AddressInfo;
    return {
      HTTPS_PROXY: `http://127.0.0.1:${String(port)}`,
      NO_PROXY: "127.0.0.1",
      SSL_CERT_FILE: join(this.folder, "ca.pem"),
    };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host = "", ...headers } = request.headers;
    const vault = VAULT.exec(host)?.[1];
    if (vault !== undefined) {
      const onward = httpRequest(`${this.azure.url}/keyvault/${vault}${request.url ?? ""}`, {
        method: request.method,
        headers,
      });
      onward.on("response", (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = this.signIn(request.url ?? "", Buffer.concat(chunks).toString());
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  }

  /** Entra ID: where its endpoints are, and its tokens. */
  private signIn(path: string, form: string): object {
    const base = `https://${LOGIN}/${TENANT}`;
    if (path.includes("/discovery/instance")) {
      const metadata = [{ preferred_network: LOGIN, preferred_cache: LOGIN, aliases: [LOGIN] }];
      return {
        tenant_discovery_endpoint: `${base}/v2.0/.well-known/openid-configuration`,
        "api-version": "1.1",
        metadata,
      };
    }
    if (path.includes("openid-configuration")) {
      const endpoint = (name: string) => `${base}/oauth2/v2.0/${name}`;
      return {
        ...{ authorization_endpoint: endpoint("authorize"), token_endpoint: endpoint("token") },
        ...{ device_authorization_endpoint: endpoint("devicecode"), issuer: `${base}/v2.0` },
      };
    }
    const proof = Object.fromEntries(new URLSearchParams(form));
    this.signIns.push(proof);
    const claims = { aud: VAULTS[0] ?? "", tid: TENANT, oid: proof.client_id ?? "" };
    return { access_token: tokenOf(claims), token_type: "Bearer", expires_in: 3600, ext_expires_in: 3600 };
  }
}
