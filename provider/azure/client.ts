import type { AccessToken } from "@azure/core-auth";
import type { HttpMethods, PipelineResponse } from "@azure/core-rest-pipeline";
import { endpointsOf, vaultAddress } from "../../manifests/secrets/azure-cloud";
import { mask } from "../http/mask";
import { BEAT, patiently, type Waiting } from "../http/patience";
import { UserError } from "../plugin/handler";
import { azureSignIn, type AzurePlace, type SignIn } from "./credential";

/** Azure's refusal, in its words and with its code. */
export class AzureRefusal extends UserError {
  constructor(
    message: string,
    readonly status: number,
    /** Such as `AuthorizationFailed`; Key Vault's precise one where there is one. */
    readonly code: string,
  ) {
    super(message);
  }

  /** True when the identity may not do this. */
  get forbidden(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

/** What a token says of whom it was given to. */
export interface Principal {
  /** Object id. */
  readonly oid?: string;
  /** Tenant. */
  readonly tid?: string;
}

interface Envelope {
  readonly error?: {
    readonly code?: string;
    readonly message?: string;
    readonly innererror?: { readonly code?: string } | null;
  };
}

const DATA_PLANE_VERSION = "7.6";

/**
 * Requests to Azure Resource Manager and to vaults, over the vendor's own pipeline: it repeats what failed in passing,
 * goes by the proxy of the environment and waits as Azure says. No wait is silent, a cancel ends each at once, and no
 * message has a token in it.
 */
export class AzureClient {
  private readonly tokens = new Map<string, Promise<AccessToken>>();
  private readonly secrets: string[] = [];
  private signingIn: Promise<SignIn> | undefined;
  private pipeline: ReturnType<typeof connect> | undefined;

  constructor(
    private readonly waiting: Waiting,
    private readonly place: AzurePlace,
    private readonly beat = BEAT,
  ) {}

  /** Whom Azure takes us for. @throws UserError when the sign-in fails */
  async principal(): Promise<Principal> {
    return claimsOf((await this.token(endpointsOf(this.place.cloud).resourceManager)).token);
  }

  /** Asks Resource Manager about an id. @throws AzureRefusal */
  async manage<T>(method: HttpMethods, id: string, apiVersion: string, body?: object): Promise<T> {
    const { resourceManager } = endpointsOf(this.place.cloud);
    const url = process.env.ARM_RESOURCE_MANAGER_URL ?? resourceManager;
    return await this.ask<T>(method, at(url, id, apiVersion), resourceManager, body);
  }

  /** What Resource Manager has of that id; undefined when it has none. */
  async find<T>(id: string, apiVersion: string): Promise<T | undefined> {
    return await unlessMissing(this.manage<T>("GET", id, apiVersion));
  }

  /** All pages of a list. */
  async list<T>(id: string, apiVersion: string): Promise<T[]> {
    interface Page {
      readonly value: readonly T[];
      readonly nextLink?: string | null;
    }
    let page = await this.manage<Page>("GET", id, apiVersion);
    const found = [...page.value];
    const { resourceManager } = endpointsOf(this.place.cloud);
    while (typeof page.nextLink === "string" && page.nextLink !== "") {
      page = await this.ask<Page>("GET", new URL(page.nextLink), resourceManager);
      found.push(...page.value);
    }
    return found;
  }

  /**
   * Asks a vault itself.
   * @param address of the vault. @default the one of its name in the cloud
   */
  async vault<T>(
    method: HttpMethods,
    { name, url }: { readonly name: string; readonly url?: string },
    path: string,
  ): Promise<T> {
    const address = url ?? vaultAddress(name, this.place.cloud);
    const { vaultAudience } = endpointsOf(this.place.cloud);
    return await this.ask<T>(method, at(address, path, DATA_PLANE_VERSION), vaultAudience);
  }

  private async ask<T>(method: HttpMethods, url: URL, audience: string, body?: object): Promise<T> {
    const { token } = await this.token(audience);
    const send = await (this.pipeline ??= connect());
    const what = `${method} ${url.pathname}`;
    let answer: PipelineResponse;
    try {
      answer = await patiently(
        this.waiting,
        (seconds) => `Azure hasn't answered ${what} for ${String(seconds)} s`,
        send(method, url, token, body, this.waiting.signal),
        this.beat,
      );
    } catch (error) {
      this.waiting.signal.throwIfAborted();
      throw new UserError(
        mask(`Azure can't be reached for ${what}: ${(error as Error).message}`, this.secrets),
      );
    }
    const content = parse(answer.bodyAsText);
    if (answer.status >= 200 && answer.status < 300) return content as T;
    const { code, message, innererror } = (content as Envelope).error ?? {};
    const precise = innererror?.code ?? code ?? answer.headers.get("x-ms-error-code") ?? "?";
    const words = `HTTP ${String(answer.status)}, ${message ?? "?"} (${precise})`;
    throw new AzureRefusal(mask(`Azure refused ${what}: ${words}`, this.secrets), answer.status, precise);
  }

  private token(audience: string): Promise<AccessToken> {
    const known = this.tokens.get(audience) ?? this.signIn(audience);
    this.tokens.set(audience, known);
    return known;
  }

  private async signIn(audience: string): Promise<AccessToken> {
    const { credential, by } = await (this.signingIn ??= azureSignIn(this.place));
    const { signal } = this.waiting;
    try {
      const token = await patiently(
        this.waiting,
        (seconds) => `signing in to Azure by ${by} for ${String(seconds)} s`,
        credential.getToken(`${audience}/.default`, { abortSignal: signal }),
        this.beat,
      );
      if (token === null) throw new Error("it gives no token");
      this.secrets.push(token.token);
      return token;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof UserError) throw error;
      // The lines after the first are ids for the vendor's support.
      const [words = ""] = (error as Error).message.trim().split(/\r?\n/);
      throw new UserError(`signing in to Azure by ${by} failed: ${words}\n→ ${nextStep(by, words)}`);
    }
  }
}

/** What is missing is none. @throws AzureRefusal for any other refusal */
export async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof AzureRefusal && error.status === 404) return undefined;
    throw error;
  }
}

function at(base: string, path: string, apiVersion: string): URL {
  const url = new URL(base.replace(/\/+$/, "") + path);
  url.searchParams.set("api-version", apiVersion);
  return url;
}

async function connect() {
  const { createDefaultHttpClient, createHttpHeaders, createPipelineFromOptions, createPipelineRequest } =
    await import("@azure/core-rest-pipeline");
  const policies = createPipelineFromOptions({ userAgentOptions: { userAgentPrefix: "handoff" } });
  const client = createDefaultHttpClient();
  return (
    method: HttpMethods,
    url: URL,
    token: string,
    body: object | undefined,
    abortSignal: AbortSignal,
  ) => {
    const headers = createHttpHeaders({ accept: "application/json", authorization: `Bearer ${token}` });
    if (body !== undefined) headers.set("content-type", "application/json");
    const request = createPipelineRequest({
      ...{ url: url.href, method, headers, abortSignal, timeout: 60_000 },
      body: body === undefined ? undefined : JSON.stringify(body),
      // A token goes in the clear to this machine only.
      allowInsecureConnection: ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname),
    });
    return policies.sendRequest(client, request);
  };
}

/** A proxy may answer with a page. */
function parse(text: string | null | undefined): object {
  try {
    return (JSON.parse(text ?? "{}") ?? {}) as object;
  } catch {
    return {};
  }
}

/** The claims of a token, which is Entra ID's to prove and ours only to read; none where it isn't a JWT. */
function claimsOf(token: string): Principal {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Principal;
  } catch {
    return {};
  }
}

/** https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
function nextStep(by: string, words: string): string {
  if (/AADSTS7000222/.test(words))
    return "The application's secret has expired: make a new one, and set ARM_CLIENT_SECRET.";
  if (/AADSTS7000215/.test(words)) return "ARM_CLIENT_SECRET must be the secret's value, not its id.";
  if (/AADSTS700016/.test(words))
    return "Correct ARM_CLIENT_ID or `azure.tenantId`: the tenant has no such application.";
  if (/AADSTS90002|AADSTS900023/.test(words)) return "Correct `azure.tenantId`.";
  if (/AADSTS7002\d\d/.test(words))
    return "Give the application a federated credential for the issuer and subject of this pipeline.";
  return by === "`az login`"
    ? "Sign in by `az login`, or set the ARM_* variables of a service principal."
    : "Check the ARM_* variables.";
}
