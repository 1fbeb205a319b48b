import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { writeKeys } from "./keys";
import { inState, paths } from "./paths";
import { port } from "./ports";
import { seedRepositories } from "./repositories";
import { ensureProcess, logFile, runningProcess } from "./supervisor";

/** Names, ids and passwords of the sandbox's pretended accounts; made once per state folder. */
export interface Accounts {
  readonly cloudflareToken: string;
  readonly cloudflareAccountId: string;
  readonly cloudflareZoneId: string;
  readonly zone: string;
  readonly azureSubscriptionId: string;
  readonly azureTenantId: string;
  readonly gitUsername: string;
  readonly gitPassword: string;
  readonly passphrase: string;
}

export function accounts(): Accounts {
  const file = inState("accounts.json");
  if (!existsSync(file)) {
    const made: Accounts = {
      cloudflareToken: randomBytes(20).toString("hex"),
      cloudflareAccountId: randomBytes(16).toString("hex"),
      cloudflareZoneId: randomBytes(16).toString("hex"),
      zone: "example.com",
      azureSubscriptionId: randomUUID(),
      azureTenantId: randomUUID(),
      gitUsername: "git",
      gitPassword: randomBytes(20).toString("hex"),
      passphrase: randomBytes(20).toString("hex"),
    };
    mkdirSync(inState(), { recursive: true, mode: 0o700 });
    writeFileSync(file, JSON.stringify(made, null, 2) + "\n", { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, "utf8")) as Accounts;
}

interface Service {
  readonly name: string;
  /** What it plays, for the table of parts. */
  readonly plays: string;
  /** @default "stand-in" */
  readonly kind?: "real";
  /** Environment variables that name a port, with the port's name. */
  readonly ports?: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

function services(account: Accounts): readonly Service[] {
  const stateFile = (name: string): string => inState("services", `${name}.json`);
  return [
    {
      name: "git",
      plays: "git behind HTTP and SSH",
      kind: "real",
      ports: { PORT: "git-http", SSH_PORT: "git-ssh" },
      env: {
        REPOSITORIES: paths.repositories,
        KEYS: paths.keys,
        GIT_USERNAME: account.gitUsername,
        GIT_PASSWORD: account.gitPassword,
        PUBLIC: "cloudflare,dremio",
      },
    },
    {
      name: "cloudflare",
      plays: "Cloudflare API",
      ports: { PORT: "cloudflare" },
      env: {
        STATE_FILE: stateFile("cloudflare"),
        CLOUDFLARE_API_TOKEN: account.cloudflareToken,
        ACCOUNT_ID: account.cloudflareAccountId,
        ZONE_ID: account.cloudflareZoneId,
        ZONE_NAME: account.zone,
      },
    },
    {
      name: "azure",
      plays: "Azure Resource Manager and Key Vault",
      ports: { PORT: "azure" },
      env: {
        STATE_FILE: stateFile("azure"),
        ARM_SUBSCRIPTION_ID: account.azureSubscriptionId,
        ARM_TENANT_ID: account.azureTenantId,
      },
    },
    { name: "charts", plays: "chart repositories and registry", ports: { PORT: "charts" }, env: {} },
    { name: "external-secrets", plays: "External Secrets controller", env: {} },
    { name: "certificates", plays: "cert-manager and Origin CA issuer", env: {} },
  ];
}

const program = (name: string): string => join(__dirname, "services", `${name}.ts`);
const runs = (name: string): boolean => runningProcess(name) !== undefined;

/** The services with what each one plays, for the table of parts. */
export const servicesUsed = (): readonly { name: string; plays: string; kind: "real" | "stand-in" }[] =>
  services(accounts())
    .filter(({ name }) => existsSync(program(name)))
    .map(({ name, plays, kind }) => ({ name, plays, kind: kind ?? "stand-in" }));

/** Starts the stand-ins of what is outside the cluster, and the two controllers that play a chart's pods. */
export async function startServices(): Promise<void> {
  writeKeys(paths.keys);
  seedRepositories(paths.repositories);
  mkdirSync(inState("services"), { recursive: true });
  const endpoints = {
    KUBECONFIG: paths.kubeconfig,
    CLOUDFLARE_BASE_URL: await cloudflareUrl(),
    AZURE_URL: await azureUrl(),
  };
  const starts = services(accounts())
    .filter(({ name }) => existsSync(program(name)))
    .map(async ({ name, ports, env }) => {
      const chosen: Record<string, string> = {};
      for (const [variable, portName] of Object.entries(ports ?? {})) {
        chosen[variable] = String(await port(portName, runs(name)));
      }
      await startProgram(name, program(name), { ...endpoints, ...env, ...chosen });
    });
  await Promise.all(starts);
  await seedAzure();
}

/** The vault is there already: Azure would keep the name of a deleted one taken, and the next `up` would fail. */
async function seedAzure(): Promise<void> {
  const { azureSubscriptionId, azureTenantId: tenantId } = accounts();
  const group = `/subscriptions/${azureSubscriptionId}/resourceGroups/my-cluster`;
  const vault = `${group}/providers/Microsoft.KeyVault/vaults/my-cluster-secrets`;
  const location = "westeurope";
  const properties = { tenantId, sku: { family: "A", name: "standard" }, enableRbacAuthorization: true };
  await putInAzure(`${group}?api-version=2024-03-01`, { location });
  await putInAzure(`${vault}?api-version=2023-07-01`, { location, properties });
}

async function putInAzure(path: string, body: object): Promise<void> {
  const response = await fetch((await azureUrl()) + path, {
    method: "PUT",
    headers: { authorization: "Bearer sandbox", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`The Azure stand-in refused ${path}: ${await response.text()}`);
}

/** Starts a TypeScript program of the sandbox that says on stdout when it is ready. */
export async function startProgram(
  name: string,
  file: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  await ensureProcess({
    name,
    command: process.execPath,
    args: ["--import", pathToFileURL(require.resolve("tsx")).href, file],
    env,
    ready: () => Promise.resolve(saidReady(name)),
  });
}

function saidReady(name: string): boolean {
  return existsSync(logFile(name)) && /^\{"ready":true/m.test(readFileSync(logFile(name), "utf8"));
}

const loopback = async (name: string, service: string): Promise<string> =>
  `127.0.0.1:${await port(name, runs(service))}`;

export const gitUrl = async (): Promise<string> => `http://${await loopback("git-http", "git")}`;
export const gitSshUrl = async (): Promise<string> => `ssh://git@${await loopback("git-ssh", "git")}`;
export const cloudflareUrl = async (): Promise<string> =>
  `http://${await loopback("cloudflare", "cloudflare")}/client/v4`;
export const azureUrl = async (): Promise<string> => `http://${await loopback("azure", "azure")}`;
export const chartsUrl = async (): Promise<string> => `http://${await loopback("charts", "charts")}`;
