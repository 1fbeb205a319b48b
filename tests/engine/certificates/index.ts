/** The program of ../certificates.test.ts: a certificate, and what takes it. */
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId";
import { OriginCaCertificate } from "../../../components/cloudflare/origin-ca-certificate";

/** What the test sets. */
export interface CertificateOfTest {
  readonly zoneId: string;
  readonly hostnames: readonly string[];
  readonly days?: number;
  readonly rotation?: number;
}

const settings = new pulumi.Config().requireObject<CertificateOfTest>("certificate");
const certificate = new OriginCaCertificate("cal-tls", settings);
// Made anew for each certificate, as the vault's secret is.
new RandomId("taker", { byteLength: 4, keepers: { pem: certificate.pem } });

export const pem = certificate.pem;
export const expiresOn = certificate.expiresOn;
