import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cloudOf, endpointsOf } from "../../manifests/secrets/azure-cloud";
import { isAzureKey } from "../../manifests/secrets/sops-config";
import { oidcToken } from "../azure/credential";

type Environment = Readonly<Record<string, string | undefined>>;

/** By these the user says how programs with Azure's own SDK sign in. */
const OWN = [
  ...["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"],
  ...["AZURE_FEDERATED_TOKEN_FILE", "AZURE_TOKEN_CREDENTIALS"],
];

/**
 * The environment that sops runs in: the user's, without the SOPS_* variables (key groups, a keyservice, …) that would
 * override the rules, but not where gpg is. For keys of Azure Key Vault sops signs in by Azure's SDK, which knows nothing
 * of the ARM_* variables of the provider azure-native: what pipelines give by these is given by its names, in the order of
 * `azureSignIn`, unless the user did so already. With none of them it finds `az login` by itself.
 * @param folder for a token of OIDC, which Azure's SDK reads from a file; only this user may look into it
 * @throws UserError when GitHub gives no token
 */
export async function sopsEnvironment(
  recipients: readonly string[],
  folder: string,
  env: Environment = process.env,
): Promise<NodeJS.ProcessEnv> {
  const own = Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith("SOPS_") || name === "SOPS_GPG_EXEC"),
  );
  const keys = recipients.filter(isAzureKey);
  if (keys.length === 0 || OWN.some((name) => isSet(env[name]))) return own;
  const cloud = keys.map(cloudOf).find((found) => found !== undefined);
  return {
    ...{ AZURE_AUTHORITY_HOST: endpointsOf(cloud).authority, ...own },
    ...(await azureVariables(env, folder)),
  };
}

async function azureVariables(env: Environment, folder: string): Promise<NodeJS.ProcessEnv> {
  if (env.ARM_USE_DEFAULT_AZURE_CREDENTIAL === "true") return {};
  const who = { AZURE_CLIENT_ID: env.ARM_CLIENT_ID, AZURE_TENANT_ID: env.ARM_TENANT_ID };
  if (isSet(env.ARM_CLIENT_CERTIFICATE_PATH)) {
    return {
      ...who,
      AZURE_CLIENT_CERTIFICATE_PATH: env.ARM_CLIENT_CERTIFICATE_PATH,
      AZURE_CLIENT_CERTIFICATE_PASSWORD: env.ARM_CLIENT_CERTIFICATE_PASSWORD,
    };
  }
  if (isSet(env.ARM_CLIENT_SECRET)) return { ...who, AZURE_CLIENT_SECRET: env.ARM_CLIENT_SECRET };
  if (env.ARM_USE_OIDC === "true") {
    const file = join(folder, "oidc-token");
    await writeFile(file, await oidcToken(env)(), { mode: 0o600 });
    return { ...who, AZURE_FEDERATED_TOKEN_FILE: file };
  }
  // Without an id it is the machine's only one.
  if (env.ARM_USE_MSI === "true")
    return isSet(env.ARM_CLIENT_ID) ? { AZURE_CLIENT_ID: env.ARM_CLIENT_ID } : {};
  return {};
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== "";
}
