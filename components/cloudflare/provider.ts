import { Provider } from "@pulumi/cloudflare/provider";
import type * as pulumi from "@pulumi/pulumi";

/** The environment variable that the vendor's plugin reads. */
export const API_TOKEN = "CLOUDFLARE_API_TOKEN";

/**
 * The vendor's provider. A token that comes from the environment isn't kept in its inputs: a refresh or a destroy, which
 * don't run the program, then work with today's after the former one was revoked.
 * @param variable where the token comes from; undefined for a file or the stack's configuration
 */
export function cloudflareProvider(apiToken: pulumi.Input<string>, variable?: string): Provider {
  if (variable === undefined) return new Provider("cloudflare", { apiToken });
  const envVarMappings = variable === API_TOKEN ? undefined : { [variable]: API_TOKEN };
  return new Provider("cloudflare", {}, { envVarMappings });
}
