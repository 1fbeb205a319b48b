/** `auth/token/…`: https://developer.hashicorp.com/vault/api-docs/auth/token */
import { z } from "zod";
import type { Reply } from "../http";
import { sha256 } from "../state";
import {
  answer,
  denied,
  done,
  parseBody,
  seconds,
  unsupportedOperation,
  type VaultRequest,
  VaultError,
} from "./request";
import type { Token } from "./state";
import { asAuth, shown, type Tokens } from "./tokens";

const creation = z.object({
  policies: z.array(z.string()).optional(),
  ttl: z.union([z.string(), z.number()]).optional(),
  display_name: z.string().optional(),
  meta: z.record(z.string(), z.string()).optional(),
  renewable: z.boolean().optional(),
  no_parent: z.boolean().optional(),
});
const named = z.object({ token: z.string() });

/** @param id the caller's token @param rest the path below `auth/token/` */
export function tokenAuth(
  request: VaultRequest,
  rest: string,
  caller: Token & { readonly key: string },
  id: string,
  tokens: Tokens,
): Reply {
  const { operation } = request;
  const other = (): { token: Token & { readonly key: string }; id: string } => {
    const { token: given } = parseBody(request, named);
    try {
      return { token: tokens.find(given), id: given };
    } catch {
      throw new VaultError(403, "bad token");
    }
  };
  switch (`${operation} ${rest}`) {
    case "read lookup-self":
    case "write lookup-self":
      return answer(shown(caller, id), { mountType: "token" });
    case "write lookup": {
      const found = other();
      return answer(shown(found.token, found.id), { mountType: "token" });
    }
    case "write create":
    case "write create-orphan":
      return create(request, caller, rest === "create-orphan", tokens);
    case "write renew-self":
      return answer(null, { auth: asAuth(tokens.renew(caller.key), id), mountType: "token" });
    case "write revoke-self":
      tokens.revoke(caller.key);
      return done;
    case "write revoke":
      tokens.revoke(sha256(parseBody(request, named).token));
      return done;
    default:
      throw unsupportedOperation();
  }
}

function create(
  request: VaultRequest,
  caller: Token & { readonly key: string },
  asOrphan: boolean,
  tokens: Tokens,
): Reply {
  const { policies, ttl, display_name, meta, renewable, no_parent } = parseBody(request, creation);
  const isRoot = caller.policies.includes("root");
  const wanted = policies ?? caller.policies;
  if (!isRoot && no_parent === true) throw denied();
  if (!isRoot && !wanted.every((policy) => policy === "default" || caller.policies.includes(policy))) {
    throw new VaultError(400, "child policies must be subset of parent");
  }
  const token = tokens.make({
    policies: wanted,
    displayName: display_name === undefined ? "token" : `token-${display_name}`,
    path: `auth/token/${asOrphan ? "create-orphan" : "create"}`,
    meta,
    ttl: seconds(ttl),
    renewable,
    parent: asOrphan || no_parent === true ? undefined : caller.key,
  });
  return answer(null, { auth: asAuth(token, token.id), mountType: "token" });
}
