import { unlessMissing } from "./answer";
import { CloudflareClient } from "./client";

/** Whose token it is: the account's, or the user's whose token makes it. */
export interface TokenOwner {
  readonly accountId: string;
  readonly owner: "account" | "user";
}

/** https://developers.cloudflare.com/api/resources/accounts/subresources/tokens/ */
interface LiveToken {
  readonly id: string;
  readonly name?: string | null;
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
    return all.filter((token) => token.name === name && typeof token.id === "string");
  }

  async delete(id: string): Promise<void> {
    await this.client.call("DELETE", `${this.path}/${id}`).catch(unlessMissing);
  }
}
