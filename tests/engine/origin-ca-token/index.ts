/** The program of ../origin-ca-token.test.ts: a token of the Origin CA, and what takes it. */
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId";
import { OriginCaToken } from "../../../components/cloudflare/origin-ca";

/** What the test sets. */
export interface TokenOfTest {
  readonly accountId: string;
  readonly zoneId: string;
  readonly furtherZoneIds?: readonly string[];
  readonly days?: number;
  readonly addresses?: readonly string[];
  readonly rotation?: number;
}

const settings = new pulumi.Config().requireObject<TokenOfTest>("origin-ca");
const token = new OriginCaToken("origin-ca", { tokenName: "my-cluster Origin CA", ...settings });
// Made anew for each token, as the vault's secret is.
new RandomId("taker", { byteLength: 4, keepers: { value: token.value } });

export const value = token.value;
export const expiresOn = token.expiresOn;
