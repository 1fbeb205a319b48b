import { CloudflareClient, CloudflareRefusal } from "./client";

/** Whose token it is: the account's, or the user's whose token makes it. */
export interface TokenOwner {
  readonly accountId: string;
  readonly owner: "account" | "user";
}

/** What a token may do (https://developers.cloudflare.com/api/resources/accounts/subresources/tokens/). */
export interface TokenContent {
  readonly name: string;
  readonly policies: readonly object[];
  readonly expires_on?: string;
}

export interface LiveToken {
  readonly id: string;
  readonly name: string;
  readonly status?: "active" | "disabled" | "expired";
  readonly expires_on?: string;
  /** Told once, by the request that makes it. */
  readonly value?: string;
}

/** API tokens of one owner. */
export class TokensApi {
  private readonly path: string;

  constructor(
    private readonly client: CloudflareClient,
    { accountId, owner }: TokenOwner,
  ) {
    this.path = owner === "user" ? "/user/tokens" : `/accounts/${accountId}/tokens`;
  }

  async named(name: string): Promise<LiveToken[]> {
    const all = await this.client.list<LiveToken>(this.path);
    return all.filter((token) => token.name === name);
  }

  async get(id: string): Promise<LiveToken | undefined> {
    return await this.client.call<LiveToken>("GET", `${this.path}/${id}`).catch(unlessMissing);
  }

  /** @throws AnswerLost when it may have been made */
  async create(content: TokenContent): Promise<LiveToken> {
    return await this.client.call("POST", this.path, content);
  }

  async update(id: string, content: TokenContent): Promise<void> {
    await this.client.call("PUT", `${this.path}/${id}`, { ...content, status: "active" });
  }

  /** Gives it a new value; the old one is refused from then on. */
  async roll(id: string): Promise<string> {
    return await this.client.call("PUT", `${this.path}/${id}/value`, {});
  }

  async delete(id: string): Promise<void> {
    await this.client.call("DELETE", `${this.path}/${id}`).catch(unlessMissing);
  }
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof CloudflareRefusal && error.status === 404) return undefined;
  throw error;
}
