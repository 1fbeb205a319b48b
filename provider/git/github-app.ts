import { createPrivateKey, createSign, type KeyObject } from "node:crypto";
import { GitError } from "./failure";
import { hostFetch, rateLimit, refusal, webOrigin, type HostAccess } from "./host-api";
import type { GitHubApp } from "../../manifests/git/auth";

/** A token of an installation, and what it may do: `{ contents: "write" }`. */
export interface Installation {
  readonly token: string;
  readonly permissions?: Readonly<Record<string, string>>;
}

export async function installationToken(url: string, app: GitHubApp, access: HostAccess): Promise<string> {
  return (await installation(url, app, access)).token;
}

/** Signs in as an installation, for an hour. It is done once an operation, and the token kept nowhere. */
export async function installation(url: string, app: GitHubApp, access: HostAccess): Promise<Installation> {
  const api = app.apiUrl ?? githubApi(url);
  const send = await hostFetch(access);
  const response = await send(
    `${api}/app/installations/${encodeURIComponent(app.installationId)}/access_tokens`,
    {
      method: "POST",
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${appToken(app)}`,
        "user-agent": "handoff",
      },
    },
  );
  if (response.status === 201) return (await response.json()) as Installation;
  const advice =
    rateLimit(response) ??
    (response.status === 401
      ? "GitHub doesn't accept the App's key. Check `auth.githubApp.appId` and `privateKey`, and this machine's clock"
      : response.status === 404
        ? "the App has no such installation. Check `auth.githubApp.installationId`"
        : "check that the installation isn't suspended and may write to the repository's contents");
  throw new GitError({
    kind: "refused",
    message: `signing in as a GitHub App at ${api} failed: ${await refusal(response)}\n→ ${advice}.`,
  });
}

/** Address of the API of the GitHub that serves a repository. */
export function githubApi(url: string): string {
  return new URL(url).hostname === "github.com" ? "https://api.github.com" : `${webOrigin(url)}/api/v3`;
}

/** A JSON web token as GitHub asks: RS256, at most ten minutes, begun a minute ago since clocks differ. */
function appToken({ appId, privateKey }: GitHubApp): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat: now - 60, exp: now + 540, iss: appId })}`;
  let key: KeyObject;
  try {
    key = createPrivateKey(privateKey);
  } catch {
    throw new GitError({
      kind: "refused",
      message: "the GitHub App's private key can't be read\n→ Give the PEM file that GitHub made, as it is.",
    });
  }
  return `${text}.${createSign("RSA-SHA256").update(text).sign(key, "base64url")}`;
}
