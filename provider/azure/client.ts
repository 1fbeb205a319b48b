import type { AccessToken } from "@azure/core-auth";
import type { HttpMethods, PipelineResponse } from "@azure/core-rest-pipeline";
import { endpointsOf, vaultAddress } from "../../manifests/secrets/azure-cloud";
import { mask } from "../http/mask";
import { BEAT, patiently, pause, type Waiting } from "../http/patience";
import { isObject, kindOf, objectsIn, textOf } from "../../manifests/shape";
import { pageWords } from "../http/page-words";
import { UserError } from "../plugin/handler";
import { adviceOn, nextStep } from "./advice";
import { connect } from "./connect";
import { azureSignIn, type AzurePlace, type SignIn } from "./credential";

/** Azure's refusal, in its words and with its code. */
export class AzureRefusal extends UserError {
  constructor(
    /** What was refused, without advice. */
    readonly words: string,
    readonly status: number,
    /** Such as `AuthorizationFailed`; Key Vault's precise one where there is one. */
    readonly code: string,
    /** False of a page of somebody on the way: it says nothing of what was asked for. */
    readonly byApi = true,
  ) {
    const advice = adviceOn(code, words);
    super(advice === undefined ? words : `${words}\n→ ${advice}`);
  }

  /** True when the identity may not do this. */
  get forbidden(): boolean {
    return this.byApi && (this.status === 401 || this.status === 403);
  }

  /** True when Azure says that there is no such thing. */
  get missing(): boolean {
    return this.byApi && this.status === 404;
  }

  /** True while Azure is at work on what was asked about, and lets nothing else be done with it. */
  get settling(): boolean {
    return this.status === 409 && /^ObjectIsBeing(Deleted|Recovered|Created)$/.test(this.code);
  }
}

/** What a token says of whom it was given to. */
export interface Principal {
  /** Object id. */
  readonly oid?: string;
  /** Tenant. */
  readonly tid?: string;
}

const DATA_PLANE_VERSION = "7.6";
/** How often, and with which pauses in milliseconds, a vault is asked again while it is at work on a secret. */
const SETTLING = { attempts: 120, pause: 1_000 };

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
  async manage(method: HttpMethods, id: string, apiVersion: string, body?: object): Promise<unknown> {
    const { resourceManager } = endpointsOf(this.place.cloud);
    const url = process.env.ARM_RESOURCE_MANAGER_URL ?? resourceManager;
    return await this.ask(method, at(url, id, apiVersion), resourceManager, body);
  }

  /** What Resource Manager has of that id; undefined when it has none. */
  async find(id: string, apiVersion: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const found = await unlessMissing(this.manage("GET", id, apiVersion).then((it) => ({ it })));
    return found === undefined ? undefined : objectOf(found.it, id);
  }

  /** The objects of all pages of a list. */
  async list(id: string, apiVersion: string): Promise<Readonly<Record<string, unknown>>[]> {
    let page = objectOf(await this.manage("GET", id, apiVersion), id);
    const found = objectsIn(page.value);
    const { resourceManager } = endpointsOf(this.place.cloud);
    const { origin } = new URL(process.env.ARM_RESOURCE_MANAGER_URL ?? resourceManager);
    const seen = new Set<string>();
    for (;;) {
      const next = textOf(page.nextLink) ?? "";
      if (next === "" || seen.has(next)) return found;
      seen.add(next);
      // The token goes where it is for, and nowhere else.
      if (!URL.canParse(next) || new URL(next).origin !== origin)
        throw notUnderstood(id, "goes on at another address");
      page = objectOf(await this.ask("GET", new URL(next), resourceManager), id);
      found.push(...objectsIn(page.value));
    }
  }

  /**
   * Asks a vault itself, again while it is at work on what is asked about.
   * @param address of the vault. @default the one of its name in the cloud
   */
  async vault(
    method: HttpMethods,
    { name, url }: { readonly name: string; readonly url?: string },
    path: string,
  ): Promise<unknown> {
    const address = at(url ?? vaultAddress(name, this.place.cloud), path, DATA_PLANE_VERSION);
    const { vaultAudience } = endpointsOf(this.place.cloud);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.ask(method, address, vaultAudience);
      } catch (error) {
        if (!(error instanceof AzureRefusal && error.settling) || attempt >= SETTLING.attempts) throw error;
        const why = `waiting for the vault ${name}, which is at work on ${path.split("/")[2] ?? "it"} (${error.code})`;
        this.waiting.status(why);
        await pause(this.waiting, SETTLING.pause, why, this.beat);
      }
    }
  }

  private async ask(method: HttpMethods, url: URL, audience: string, body?: object): Promise<unknown> {
    const { token } = await this.token(audience);
    const send = await (this.pipeline ??= connect(this.waiting));
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
    const text = answer.bodyAsText ?? "";
    const content = parse(text);
    if (answer.status >= 200 && answer.status < 300) {
      if (content !== undefined || text.trim() === "") return content;
      throw new UserError(
        mask(
          `Azure can't be reached for ${what}: HTTP ${String(answer.status)}${pageWords(text)}`,
          this.secrets,
        ),
      );
    }
    const fault = isObject(content?.error) ? content.error : {};
    const inner = isObject(fault.innererror) ? textOf(fault.innererror.code) : undefined;
    const told = inner ?? textOf(fault.code) ?? answer.headers.get("x-ms-error-code");
    const said =
      content === undefined ? pageWords(text) : `, ${textOf(fault.message) ?? "?"} (${told ?? "?"})`;
    throw new AzureRefusal(
      mask(`Azure refused ${what}: HTTP ${String(answer.status)}${said}`, this.secrets),
      answer.status,
      told ?? "?",
      content !== undefined || told !== undefined || text.trim() === "",
    );
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
    if (error instanceof AzureRefusal && error.missing) return undefined;
    throw error;
  }
}

/** @throws UserError for what can't be what Azure documents: nothing may be concluded from it */
function objectOf(value: unknown, id: string): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  throw notUnderstood(id, `is ${kindOf(value)} in place of an object`);
}

/** What Azure says in a way that its documentation doesn't tell. */
export function notUnderstood(id: string, how: string): UserError {
  return new UserError(
    `Azure's answer about ${id} isn't understood: it ${how}\n→ Nothing was changed by it. Run the same command again; if it stays so, see whether ARM_RESOURCE_MANAGER_URL or a proxy leads elsewhere.`,
  );
}

function at(base: string, path: string, apiVersion: string): URL {
  const url = new URL(base.replace(/\/+$/, "") + path);
  url.searchParams.set("api-version", apiVersion);
  return url;
}

/** A proxy may answer with a page. */
function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
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
