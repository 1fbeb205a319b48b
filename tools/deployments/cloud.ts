import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../provider/plugin/handler";
import { pulumi } from "../stack/pulumi";
import { currentSettings, type CurrentSettings } from "./changes";

/** The settings that a stack has. @throws UserError with what the CLI says */
export async function getSettings(stack: string): Promise<CurrentSettings> {
  const printed = await pulumi(["deployment", "settings", "get", "--stack", stack, "--output", "json"]);
  return currentSettings.parse(JSON.parse(printed));
}

/** @param flags of `pulumi deployment settings edit`; secrets are none of them, others may see the arguments of a process */
export async function editSettings(stack: string, flags: readonly string[]): Promise<void> {
  await pulumi(["deployment", "settings", "edit", "--stack", stack, ...flags]);
}

/**
 * Sets secret variables by Pulumi Cloud's API, which merges them into the settings and keeps them encrypted. The CLI takes
 * their values as arguments only. https://www.pulumi.com/docs/deployments/deployments/api/
 * @throws UserError without a sign-in, or when it refuses
 */
export async function setSecrets(
  stack: string,
  secrets: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const { url, token } = signIn(env);
  const environmentVariables = Object.fromEntries(
    Object.entries(secrets).map(([name, secret]) => [name, { secret }]),
  );
  const path = stack.split("/").map(encodeURIComponent).join("/");
  const response = await fetch(`${url}/api/stacks/${path}/deployments/settings`, {
    method: "POST",
    redirect: "error",
    headers: { authorization: `token ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ operationContext: { environmentVariables } }),
  }).catch((error: unknown) => {
    throw new UserError(`${url} can't be reached: ${(error as Error).message}`);
  });
  // Its answer may repeat what it was given.
  if (!response.ok)
    throw new UserError(
      `${url} refused the secrets ${Object.keys(secrets).join(", ")}: ${String(response.status)}`,
    );
}

/** Where the CLI is signed in, and by what. */
function signIn(env: NodeJS.ProcessEnv): { readonly url: string; readonly token: string } {
  const file = join(env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "credentials.json");
  const { current, accessTokens = {} } = readCredentials(file);
  // To the CLI an empty variable, which pipelines make of one that isn't set, is none.
  const given = (name: string) => (env[name] === "" ? undefined : env[name]);
  const url = (given("PULUMI_BACKEND_URL") ?? current ?? "https://api.pulumi.com").replace(/\/$/, "");
  const token = given("PULUMI_ACCESS_TOKEN") ?? accessTokens[url];
  if (token === undefined)
    throw new UserError(`there is no sign-in to ${url}: set PULUMI_ACCESS_TOKEN, or run \`pulumi login\``);
  return { url, token };
}

interface Credentials {
  readonly current?: string;
  readonly accessTokens?: Readonly<Record<string, string>>;
}

function readCredentials(file: string): Credentials {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Credentials;
  } catch {
    return {};
  }
}
