/** Origin CA as the issuer uses it: by the official client, with the token of an OriginIssuer. */
import Cloudflare from "cloudflare";

export type RequestType = "origin-rsa" | "origin-ecc";

/** Days that Origin CA signs for. */
const validities = [7, 30, 90, 365, 730, 1095, 5475] as const;
type Validity = (typeof validities)[number];

/** The closest that Origin CA offers: the issuer asks for that one without a word. */
export function closestValidity(days: number): Validity {
  return validities.reduce((best, next) => (Math.abs(next - days) < Math.abs(best - days) ? next : best));
}

export class OriginCa {
  private readonly client: Cloudflare;

  constructor(baseURL: string, apiToken: string) {
    this.client = new Cloudflare({ baseURL, apiToken, maxRetries: 1 });
  }

  /** @throws Error in the API's words. */
  async sign(csr: string, hostnames: readonly string[], type: RequestType, days: number): Promise<string> {
    try {
      const signed = await this.client.originCACertificates.create({
        csr,
        hostnames: [...hostnames],
        request_type: type,
        requested_validity: closestValidity(days),
      });
      return signed.certificate ?? "";
    } catch (error) {
      throw new Error(words(error), { cause: error });
    }
  }
}

function words(error: unknown): string {
  if (error instanceof Cloudflare.APIError && error.errors.length > 0) {
    const reasons = error.errors.map(
      ({ code, message }) => `${message ?? "error"} (code ${code ?? "unknown"})`,
    );
    return `Cloudflare API: ${reasons.join("; ")}`;
  }
  return `Cloudflare API: ${error instanceof Error ? error.message : String(error)}`;
}
