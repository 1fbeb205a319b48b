import * as pulumi from "@pulumi/pulumi";
import { certificateFaults, renewedAfter } from "../../manifests/cloudflare/origin-certificate";
import { CredentialAge } from "../secrets/credential-age";
import { CertificateMark, SignedCertificate } from "./certificate-mark";
import { accessOf, type CloudflareAccessArgs } from "./marks";

export interface OriginCaCertificateArgs extends CloudflareAccessArgs {
  /** Zone of the first host. */
  readonly zoneId: string;
  /** Names that it is good for, `*` only as the whole first label. */
  readonly hostnames: readonly string[];
  /**
   * How long it is good: 7, 30, 90, 365, 730, 1095 or 5475 days. The first `up` in the last third makes another one.
   * @default 5475, as Cloudflare does: only an `up` renews it
   */
  readonly days?: number;
  /**
   * Raise it for another key and certificate: they are made first, the former certificate is revoked after everything took
   * the new one.
   * @default 1
   */
  readonly rotation?: number;
  /**
   * Token with "Zone / SSL and Certificates / Edit" of the hosts' zones.
   * @default the environment variable CLOUDFLARE_API_TOKEN
   */
  readonly apiToken?: pulumi.Input<string>;
}

/**
 * A certificate of Cloudflare's Origin CA without an issuer in the cluster. Its key is made here and kept in the stack's
 * state; each certificate has a key of its own.
 */
export class OriginCaCertificate extends pulumi.ComponentResource {
  /** The certificate, then its private key, in PEM: one text, so that nobody ever reads a key without its certificate. Secret. */
  readonly pem: pulumi.Output<string>;
  /** When it ends (RFC 3339). */
  readonly expiresOn: pulumi.Output<string>;

  constructor(name: string, args: OriginCaCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("handoff:cloudflare:OriginCaCertificate", name, {}, opts);
    const { zoneId, hostnames, days = 5475, rotation = 1 } = args;
    const faults = certificateFaults(hostnames, days);
    if (!Number.isInteger(rotation) || rotation < 1)
      faults.push(`rotation is ${String(rotation)}: a whole number from 1 is needed`);
    if (faults.length > 0)
      throw new pulumi.ResourceError(`certificate ${name}: ${faults.join("; ")}`, this, true);
    const parent = { parent: this };
    const by = { zoneId, ...accessOf(args) };
    const maxAge = `${String(renewedAfter(days))}d`;
    const { generation } = new CredentialAge(`${name}-age`, { maxAge, rotation }, parent);
    const keepers = generation.apply((count) => ({
      hostnames: hostnames.join(),
      days: String(days),
      rotation: String(rotation),
      generation: String(count),
    }));
    const { privateKey } = new CertificateMark(`${name}-mark`, { ...by, keepers }, parent);
    const signed = new SignedCertificate(
      `${name}-certificate`,
      { ...by, hostnames, days, privateKey },
      parent,
    );
    this.pem = pulumi.secret(pulumi.all([signed.certificate, privateKey]).apply(joined));
    this.expiresOn = signed.expiresOn;
    this.registerOutputs({ pem: this.pem, expiresOn: this.expiresOn });
  }
}

/** A destroy that runs the program doesn't have what is gone already. */
function joined(parts: readonly (string | undefined)[]): string {
  return parts.includes(undefined) ? (pulumi.unknown as unknown as string) : parts.join("");
}
