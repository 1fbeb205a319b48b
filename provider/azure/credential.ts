import * as fs from "node:fs";
import type { TokenCredential } from "@azure/core-auth";
import { endpointsOf, type AzureCloud } from "../../manifests/secrets/azure-cloud";
import { UserError } from "../plugin/handler";

/** Which Azure is meant. */
export interface AzurePlace {
  readonly subscriptionId: string;
  readonly tenantId: string;
  /** @default "AzurePublicCloud" */
  readonly cloud?: AzureCloud;
}

export interface SignIn {
  readonly credential: TokenCredential;
  /** How it signs in, for messages. */
  readonly by: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Signs in as the provider azure-native does with the same environment, in its order, and tries no second way after one
 * that is set: https://www.pulumi.com/registry/packages/azure-native/installation-configuration/
 * @throws UserError when a variable is missing
 */
export async function azureSignIn(
  { tenantId, subscriptionId, cloud }: AzurePlace,
  env: Environment = process.env,
): Promise<SignIn> {
  // Loaded only by who has something at Azure.
  const azure = await import("@azure/identity");
  const options = { authorityHost: endpointsOf(cloud).authority };
  const {
    ARM_CLIENT_ID: clientId,
    ARM_CLIENT_SECRET: secret,
    ARM_CLIENT_CERTIFICATE_PATH: certificate,
  } = env;
  if (env.ARM_USE_DEFAULT_AZURE_CREDENTIAL === "true") {
    const credential = new azure.DefaultAzureCredential({ ...options, tenantId });
    return { credential, by: "Azure's default credential" };
  }
  if (isSet(certificate)) {
    const by = "the certificate of ARM_CLIENT_CERTIFICATE_PATH";
    const pem = {
      certificatePath: pemFile(certificate),
      certificatePassword: env.ARM_CLIENT_CERTIFICATE_PASSWORD,
    };
    return {
      credential: new azure.ClientCertificateCredential(tenantId, need(clientId, by), pem, options),
      by,
    };
  }
  if (isSet(secret)) {
    const by = "ARM_CLIENT_SECRET";
    return {
      credential: new azure.ClientSecretCredential(tenantId, need(clientId, by), secret, options),
      by,
    };
  }
  if (env.ARM_USE_OIDC === "true") {
    const by = "OIDC";
    const assertion = oidcToken(env);
    const id = need(clientId, by);
    return { credential: new azure.ClientAssertionCredential(tenantId, id, assertion, options), by };
  }
  if (env.ARM_USE_MSI === "true") {
    const credential = isSet(clientId)
      ? new azure.ManagedIdentityCredential({ clientId })
      : new azure.ManagedIdentityCredential();
    return { credential, by: "the managed identity" };
  }
  return {
    credential: new azure.AzureCliCredential({ tenantId, subscription: subscriptionId }),
    by: "`az login`",
  };
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== "";
}

function need(clientId: string | undefined, by: string): string {
  if (isSet(clientId)) return clientId;
  throw new UserError(`signing in to Azure by ${by} takes the application's id\n→ Set ARM_CLIENT_ID.`);
}

async function tokenIn(file: string): Promise<string> {
  try {
    return await fs.promises.readFile(file, "utf8");
  } catch (error) {
    throw new UserError(
      `the OIDC token for Azure can't be read: ${(error as Error).message}\n→ Correct ARM_OIDC_TOKEN_FILE_PATH.`,
    );
  }
}

/** The vendor's client for JavaScript reads no PKCS #12, as its client for Go does. */
function pemFile(file: string): string {
  if (fs.existsSync(file) && !fs.readFileSync(file, "latin1").includes("-----BEGIN")) {
    throw new UserError(
      `the certificate of ARM_CLIENT_CERTIFICATE_PATH, ${file}, is no PEM file\n→ Convert it: openssl pkcs12 -in ${file} -nodes -out certificate.pem`,
    );
  }
  return file;
}

/**
 * Gives the token that the pipeline proves itself with: given, in a file, or asked for as in GitHub Actions.
 * @throws UserError when there is none
 */
export function oidcToken(env: Environment): () => Promise<string> {
  const { ARM_OIDC_TOKEN: token, ARM_OIDC_TOKEN_FILE_PATH: file } = env;
  if (isSet(token)) return () => Promise.resolve(token);
  if (isSet(file)) return () => tokenIn(file);
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = env;
  if (!isSet(url) || !isSet(bearer)) {
    throw new UserError(
      "signing in to Azure by OIDC takes a token, and none is given\n→ Set ARM_OIDC_TOKEN or ARM_OIDC_TOKEN_FILE_PATH; in GitHub Actions give the job `permissions: id-token: write`.",
    );
  }
  return async () => {
    const asked = new URL(url);
    asked.searchParams.set("audience", env.ARM_OIDC_AUDIENCE ?? "api://AzureADTokenExchange");
    const answer = await fetch(asked, { headers: { authorization: `Bearer ${bearer}` } }).catch(() => {
      throw new UserError(`GitHub gives no OIDC token: ${asked.host} can't be reached`);
    });
    if (!answer.ok) throw new UserError(`GitHub gives no OIDC token: HTTP ${String(answer.status)}`);
    return ((await answer.json()) as { value: string }).value;
  };
}
