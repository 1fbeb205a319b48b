import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { assignmentName, KEY_VAULT_SECRETS_USER } from "../../manifests/azure/grant";
import { accounts } from "./accounts";
import { writeKeys } from "./keys";
import { inState, paths } from "./paths";
import { port } from "./ports";
import { seedRepositories } from "./repositories";
import { type OnDemandService, type Service, services } from "./service-list";
import { sandboxSystem } from "./systems";
import { ensureProcess, logFile, runningProcess } from "./supervisor";

const program = (name: string): string => join(__dirname, "services", `${name}.ts`);
const runs = (name: string): boolean => runningProcess(name) !== undefined;

/** Those that always run, and those that are asked for. */
const wanted = (onDemand: readonly OnDemandService[]): readonly Service[] =>
  services(accounts(), sandboxSystem().zones).filter(
    (service) =>
      existsSync(program(service.name)) &&
      (service.onDemand !== true || onDemand.some((name) => name === service.name)),
  );

/** The services with what each one plays, for the table of parts. */
export const servicesUsed = (
  onDemand: readonly OnDemandService[] = [],
): readonly { name: string; plays: string; kind: "real" | "stand-in" }[] =>
  wanted(onDemand).map(({ name, plays, kind }) => ({ name, plays, kind: kind ?? "stand-in" }));

/**
 * Starts the stand-ins of what is outside the cluster, and the controllers that play a chart's pods.
 * @param api what those wait for that sign in to the API server
 * @param onDemand those that not every system needs
 */
export async function startServices(
  api: Promise<unknown>,
  onDemand: readonly OnDemandService[] = [],
): Promise<void> {
  const endpoints = {
    KUBECONFIG: paths.kubeconfig,
    CLOUDFLARE_BASE_URL: await cloudflareUrl(),
    AZURE_URL: await azureUrl(),
    CERT_MANAGER_WEBHOOK: await certManagerWebhook(),
    ...((onDemand.includes("vault") || runs("vault")) && { VAULT_ADDR: await vaultUrl() }),
  };
  writeKeys(paths.keys, sandboxSystem().deployKeys);
  await seedRepositories(paths.repositories);
  mkdirSync(inState("services"), { recursive: true });
  const starts = wanted(onDemand).map(async ({ name, ports, env, signsIn }) => {
    if (signsIn === true) await api;
    const chosen: Record<string, string> = {};
    for (const [variable, portName] of Object.entries(ports ?? {})) {
      chosen[variable] = String(await port(portName, runs(name)));
    }
    await startProgram(name, program(name), { ...endpoints, ...env, ...chosen });
  });
  await Promise.all(starts);
  await seedAzure();
}

/** The documented roles of who deploys: Contributor, Key Vault Secrets Officer, Role Based Access Control Administrator. */
const DEPLOYER = [
  "b24988ac-6180-42a0-ab88-20f7382dd24c",
  "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
  "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
];

/** The vault is there already: Azure would keep the name of a deleted one taken, and the next `up` would fail. */
async function seedAzure(): Promise<void> {
  const { azureSubscriptionId, azureTenantId: tenantId, azureIdentity: principalId } = accounts();
  const group = `/subscriptions/${azureSubscriptionId}/resourceGroups/my-cluster`;
  const vault = `${group}/providers/Microsoft.KeyVault/vaults/my-cluster-secrets`;
  const location = "westeurope";
  const properties = { tenantId, sku: { family: "A", name: "standard" }, enableRbacAuthorization: true };
  await putInAzure(`${group}?api-version=2024-03-01`, { location });
  await putInAzure(`${vault}?api-version=2023-07-01`, { location, properties });
  for (const role of DEPLOYER) {
    // A name of its own for each, the same at every start.
    const name = role.replace(/^.{8}/, principalId.slice(0, 8));
    const roleDefinitionId = `/subscriptions/${azureSubscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${role}`;
    await putInAzure(
      `${group}/providers/Microsoft.Authorization/roleAssignments/${name}?api-version=2022-04-01`,
      {
        properties: { principalId, principalType: "ServicePrincipal", roleDefinitionId },
      },
    );
  }
  await seedNodes(group, vault);
  for (const [name, value] of Object.entries(sandboxSystem().vaultSecrets ?? {})) {
    const path = `${vault}/secrets/${name}?api-version=2023-07-01`;
    // Again and again would be a version each.
    if (!(await isInAzure(path))) await putInAzure(path, { properties: { value } });
  }
}

/** The nodes have an identity that whoever made the cluster lets read the vault: Key Vault Secrets User. */
async function seedNodes(group: string, vault: string): Promise<void> {
  const identity = `${group}-nodes/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes`;
  await putInAzure(`${group}-nodes?api-version=2024-03-01`, { location: "westeurope" });
  const { properties } = await putInAzure<{
    readonly properties: { readonly clientId: string; readonly principalId: string };
  }>(`${identity}?api-version=2023-01-31`, { location: "westeurope" });
  const { clientId, principalId } = properties;
  const [, subscription] = /^(\/subscriptions\/[^/]+)/.exec(group) ?? [];
  const roleDefinitionId = `${subscription ?? ""}/providers/Microsoft.Authorization/roleDefinitions/${KEY_VAULT_SECRETS_USER}`;
  const name = assignmentName(vault, principalId);
  await putInAzure(
    `${vault}/providers/Microsoft.Authorization/roleAssignments/${name}?api-version=2022-04-01`,
    {
      properties: { principalId, principalType: "ServicePrincipal", roleDefinitionId },
    },
  );
  await fetch(`${await azureUrl()}/__principals`, {
    method: "POST",
    body: JSON.stringify({ nodeIdentities: [clientId] }),
  });
}

async function isInAzure(path: string): Promise<boolean> {
  const response = await fetch((await azureUrl()) + path, { headers: { authorization: "Bearer sandbox" } });
  return response.ok;
}

async function putInAzure<T>(path: string, body: object): Promise<T> {
  const response = await fetch((await azureUrl()) + path, {
    method: "PUT",
    headers: { authorization: "Bearer sandbox", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`The Azure stand-in refused ${path}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Starts what runs the controllers of Flux and cert-manager while their Deployments are in the cluster. */
export async function startControllerHost(): Promise<void> {
  await startProgram("flux", join(__dirname, "controller-host.ts"), {
    KUBECONFIG: paths.kubeconfig,
    CERT_MANAGER_WEBHOOK: await certManagerWebhook(),
  });
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
/** Vault's own clients know it as VAULT_ADDR. */
export const vaultUrl = async (): Promise<string> => `http://${await loopback("vault", "vault")}`;
/** Where the API server reaches cert-manager's webhook; by a name, which its certificate has. */
const certManagerWebhook = async (): Promise<string> =>
  `localhost:${await port("cert-manager-webhook", runs("cert-manager-webhook"))}`;
/** Whether the Vault stand-in runs, which not every system asks for. */
export const vaultRuns = (): boolean => runs("vault");
export const chartsUrl = async (): Promise<string> => `http://${await loopback("charts", "charts")}`;
