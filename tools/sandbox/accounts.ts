import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { inState } from "./paths";

/** Names, ids and passwords of the sandbox's pretended accounts; made once per state folder. */
export interface Accounts {
  readonly cloudflareToken: string;
  readonly cloudflareAccountId: string;
  readonly cloudflareZoneId: string;
  readonly zone: string;
  readonly azureSubscriptionId: string;
  readonly azureTenantId: string;
  /** Object id of the managed identity that deploys. */
  readonly azureIdentity: string;
  readonly gitUsername: string;
  readonly gitPassword: string;
  readonly passphrase: string;
  /** Root token of the Vault stand-in. */
  readonly vaultToken: string;
}

export function accounts(): Accounts {
  const file = inState("accounts.json");
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Partial<Accounts>) : {};
  if (known.azureIdentity === undefined || known.vaultToken === undefined) {
    const made: Accounts = {
      cloudflareToken: randomBytes(20).toString("hex"),
      cloudflareAccountId: randomBytes(16).toString("hex"),
      cloudflareZoneId: randomBytes(16).toString("hex"),
      zone: "example.com",
      azureSubscriptionId: randomUUID(),
      azureTenantId: randomUUID(),
      azureIdentity: randomUUID(),
      gitUsername: "git",
      gitPassword: randomBytes(20).toString("hex"),
      passphrase: randomBytes(20).toString("hex"),
      vaultToken: `hvs.${randomBytes(18).toString("base64url")}`,
      ...known, // of a state that knew fewer
    };
    mkdirSync(inState(), { recursive: true, mode: 0o700 });
    writeFileSync(file, JSON.stringify(made, null, 2) + "\n", { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, "utf8")) as Accounts;
}
