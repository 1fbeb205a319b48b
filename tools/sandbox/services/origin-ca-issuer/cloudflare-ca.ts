/** Origin CA as the issuer uses it: by the official client, with the token of an OriginIssuer. */
import { createRequire } from "node:module";
import type { APIError } from "cloudflare";

/** As CommonJS: `import()` would have each file of a package translated. */
const load = createRequire(__filename);

export type RequestType = "origin-rsa" | "origin-ecc";

/** Days that Origin CA signs for. */
const validities = [7, 30, 90, 365, 730, 1095, 5475] as const;
type Validity = (typeof validities)[number];

/** The closest that Origin CA offers: the issuer asks for that one without a word. */
export function closestValidity(days: number): Validity {
  return validities.reduce((best, next) => (Math.abs(next - days) < Math.abs(best - days) ? next : best));
}

export class OriginCa {
  constructor(
    private readonly baseURL: string,
    private readonly apiToken: string,
  ) {}

  /** @throws Error in the API's words. */
  async sign(csr: string, hostnames: readonly string[], type: RequestType, days: number): Promise<string> {
    // Loaded on first use: it takes as long as all else that this process loads.
    const { default: Cloudflare } = load("cloudflare") as typeof import("cloudflare");
    const client = new Cloudflare({ baseURL: this.baseURL, apiToken: this.apiToken, maxRetries: 1 });
    try {
      const signed = await client.originCACertificates.create({
        csr,
        hostnames: [...hostnames],
        request_type: type,
        requested_validity: closestValidity(days),
      });
      return signed.certificate ?? "";
    } catch (error) {
      const told = error instanceof Cloudflare.APIError ? reasons(error) : "";
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`Cloudflare API: ${told === "" ? why : told}`, { cause: error });
    }
  }
}

function reasons({ errors }: Pick<APIError, "errors">): string {
  return errors.map(({ code, message }) => `${message ?? "error"} (code ${code ?? "unknown"})`).join("; ");
}
