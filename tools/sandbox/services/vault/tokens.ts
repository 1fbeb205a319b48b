/** Tokens: who may sign in, with which policies, for how long. Only their hashes are kept. */
import { randomBytes } from "node:crypto";
import { sha256 } from "../state";
import { VaultError } from "./request";
import type { Token, VaultState } from "./state";

/** Seconds that a token lives when nobody says: 32 days, as Vault's. */
const defaultTtl = 32 * 24 * 3600;

export interface NewToken {
  readonly policies: readonly string[];
  readonly displayName: string;
  readonly path: string;
  readonly meta?: Readonly<Record<string, string>>;
  /** Seconds. @default 32 days */
  readonly ttl?: number;
  readonly parent?: string;
  /** @default true */
  readonly renewable?: boolean;
}

export interface MadeToken extends Token {
  /** The token itself. */
  readonly id: string;
}

export class Tokens {
  constructor(
    private readonly state: VaultState,
    rootToken: string,
  ) {
    this.state.tokens[sha256(rootToken)] ??= {
      accessor: accessor(),
      policies: ["root"],
      display_name: "root",
      meta: null,
      path: "auth/token/root",
      creation_time: nowSeconds(),
      creation_ttl: 0,
      expires: null,
      renewable: false,
      parent: null,
    };
  }

  /** @throws VaultError 403 */
  find(id: string | undefined): Token & { readonly key: string } {
    if (id === undefined || id === "") throw new VaultError(403, "permission denied");
    const key = sha256(id);
    const token = this.state.tokens[key];
    if (token === undefined || (token.expires !== null && token.expires <= Date.now())) {
      this.revoke(key);
      throw new VaultError(403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n");
    }
    return { ...token, key };
  }

  make({ policies, displayName, path, meta, ttl = 0, parent, renewable = true }: NewToken): MadeToken {
    const id = `hvs.${randomBytes(24).toString("base64url")}`;
    const creation_ttl = ttl === 0 ? defaultTtl : ttl;
    const token: Token = {
      accessor: accessor(),
      policies: [...new Set([...policies, "default"])].sort(),
      display_name: displayName,
      meta: meta ?? null,
      path,
      creation_time: nowSeconds(),
      creation_ttl,
      expires: Date.now() + creation_ttl * 1000,
      renewable,
      parent: parent ?? null,
    };
    this.state.tokens[sha256(id)] = token;
    return { ...token, id };
  }

  renew(key: string): Token {
    const token = this.state.tokens[key];
    if (token?.renewable !== true) throw new VaultError(400, "lease is not renewable");
    token.expires = Date.now() + token.creation_ttl * 1000;
    return token;
  }

  /** Takes the token and those that it made. */
  revoke(key: string): void {
    for (const [child, { parent }] of Object.entries(this.state.tokens)) {
      if (parent === key) this.revoke(child);
    }
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a table by hash
    delete this.state.tokens[key];
  }
}

/** What is shown of a token by lookup. */
export function shown(token: Token, id: string): object {
  const { expires, parent, ...rest } = token;
  return {
    ...rest,
    id,
    entity_id: "",
    explicit_max_ttl: 0,
    expire_time: expires === null ? null : new Date(expires).toISOString(),
    issue_time: new Date(token.creation_time * 1000).toISOString(),
    num_uses: 0,
    orphan: parent === null,
    ttl: secondsLeft(token),
    type: "service",
  };
}

/** The `auth` of an answer that gives a token. */
export function asAuth(token: Token, id: string): object {
  return {
    client_token: id,
    accessor: token.accessor,
    policies: token.policies,
    token_policies: token.policies,
    metadata: token.meta,
    lease_duration: secondsLeft(token),
    renewable: token.renewable,
    entity_id: "",
    token_type: "service",
    orphan: token.parent === null,
    mfa_requirement: null,
    num_uses: 0,
  };
}

const secondsLeft = ({ expires }: Token): number =>
  expires === null ? 0 : Math.max(0, Math.ceil((expires - Date.now()) / 1000));
const nowSeconds = (): number => Math.floor(Date.now() / 1000);
const accessor = (): string => randomBytes(18).toString("base64url");
