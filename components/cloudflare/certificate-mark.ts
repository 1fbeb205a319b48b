import * as pulumi from "@pulumi/pulumi";
import { type CloudflareAccessArgs, withSecret } from "./marks";

export interface CertificateMarkArgs extends CloudflareAccessArgs {
  /** Zone below which Cloudflare lists the certificate. */
  readonly zoneId: string;
  /** Another one of these makes another key. */
  readonly keepers: pulumi.Input<Readonly<Record<string, string>>>;
}

/**
 * The private key of a certificate, which the state knows before Cloudflare signs for it. A certificate that a killed run
 * had signed is known by its key: the next `up` takes it, and `destroy` revokes it.
 */
export class CertificateMark extends pulumi.CustomResource {
  /** ECDSA P-256, PKCS #8 in PEM. Secret. */
  declare readonly privateKey: pulumi.Output<string>;

  constructor(name: string, args: CertificateMarkArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "handoff:cloudflare:CertificateMark",
      name,
      { ...withSecret(args), privateKey: undefined },
      { ...opts, additionalSecretOutputs: ["privateKey"] },
    );
  }
}

export interface SignedCertificateArgs extends CloudflareAccessArgs {
  readonly zoneId: string;
  readonly hostnames: readonly string[];
  readonly days: number;
  /** That of a {@link CertificateMark} of the same zone. */
  readonly privateKey: pulumi.Input<string>;
}

/** A certificate that Cloudflare's Origin CA signed for a key. It is revoked when it goes. */
export class SignedCertificate extends pulumi.CustomResource {
  /** PEM. */
  declare readonly certificate: pulumi.Output<string>;
  /** RFC 3339. */
  declare readonly expiresOn: pulumi.Output<string>;

  constructor(name: string, args: SignedCertificateArgs, opts?: pulumi.CustomResourceOptions) {
    const inputs = { ...withSecret(args), privateKey: pulumi.secret(args.privateKey) };
    super(
      "handoff:cloudflare:SignedCertificate",
      name,
      { ...inputs, certificate: undefined, expiresOn: undefined },
      opts,
    );
  }
}
