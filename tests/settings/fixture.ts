import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Output, isSecret } from "@pulumi/pulumi";
import { parse } from "yaml";
import { Environment } from "../../stacks/settings/references";

export const KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\ncanary-key\n-----END OPENSSH PRIVATE KEY-----\n";

const VARIABLES = {
  HOME: "/home/you",
  KUBECONFIG: "/home/you/kubeconfig:/home/you/another",
  ARM_SUBSCRIPTION_ID: "99999999-8888-7777-6666-555555555555",
  DEPLOY_KEY: KEY,
  PUBLIC_KEY: "ssh-ed25519 AAAAC3Nza you@example.com",
  CLOUDFLARE_API_TOKEN: "canary-cloudflare",
  GIT_TOKEN: "\uFEFFcanary-git-token\r\n",
  GIT_PROXY: "http://user:canary-proxy@proxy.example.com:3128",
  GPG_KEY: "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\ncanary-gpg\n-----END PGP PRIVATE KEY BLOCK-----\n",
  PULL_REQUEST_TOKEN: "canary-pull-request",
  POSTGRES_PASSWORD: "canary-postgres",
  EMPTY: "",
  BLANK: " \r\n",
  // git.example.com at port 2222, as `ssh-keygen -H` hashes it.
  KNOWN_HOSTS: "|1|c2FsdHNhbHRzYWx0c2FsdHNhbHQ=|NIbh1IQ8McM4Ea2WjOzQuEblcqQ= ssh-ed25519 AAAAC3Nza\n",
};

const FILES: Readonly<Record<string, string>> = {
  "/home/you/key": KEY,
  "/home/you/age.txt": "# created\nAGE-SECRET-KEY-1CANARY\n",
  "/home/you/kubeconfig": "apiVersion: v1\nkind: Config\n",
  "/home/you/ca.pem": "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n",
  "/home/you/empty": "\n",
  "/home/you/utf16": Buffer.from("\uFEFFcanary-password\r\n", "utf16le").toString("utf8"),
  "/home/you/known_hosts": "# of others\n*.example.org,!git.example.com ssh-ed25519 AAAAC3Nza\n",
};

export function fixtures(folder: string): readonly string[] {
  return readdirSync(join(__dirname, folder)).sort();
}

export function readFixture(
  folder: string,
  name: string,
): { readonly text: string; readonly document: Document } {
  const text = readFileSync(join(__dirname, folder, name), "utf8");
  return { text, document: parse(text) as Document };
}

export interface Document {
  readonly config?: Readonly<Record<string, unknown>>;
}

/** The configuration as the engine hands it over, and an environment that is the same everywhere. */
export function configuration({ config = {} }: Document): { raw: Record<string, unknown>; env: Environment } {
  const secretKeys = new Set<string>();
  const raw: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(config)) {
    const key = name.replace(/^handoff:/, "");
    const { secure } = (value ?? {}) as { secure?: string };
    if (secure !== undefined) secretKeys.add(key);
    raw[key] = secure ?? value;
  }
  const texts = Object.entries(raw).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const readFile = (path: string): string => {
    const text = FILES[path];
    if (text === undefined) throw Object.assign(new Error(path), { code: "ENOENT" });
    return text;
  };
  const env = {
    stack: "prod",
    variables: VARIABLES,
    secretKeys,
    config: Object.fromEntries(texts) as Record<string, string>,
    readFile,
  };
  return { raw, env };
}

/** RFC 7396: what is `null` in the patch is left out. */
export function merge(target: unknown, patch: unknown): unknown {
  if (!isMapping(patch)) return patch;
  const result: Record<string, unknown> = { ...(isMapping(target) ? target : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = merge(result[key], value);
  }
  return result;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Settings for comparison: outputs as their value, marked when they are secret. */
export async function revealed(value: unknown): Promise<unknown> {
  if (Output.isInstance(value)) {
    const secret = await isSecret(value);
    const plain = await new Promise((resolve) => value.apply(resolve));
    return secret ? { secret: plain } : { public: plain };
  }
  if (Array.isArray(value)) return Promise.all(value.map(revealed));
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).map(async ([key, entry]) => [key, await revealed(entry)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
