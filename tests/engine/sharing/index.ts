/** The program of ../sharing.test.ts: hosts, secrets and files of one stack, in places that others use as well. */
import { Provider } from "@pulumi/azure-native/provider";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword";
import { KeyVaultSecrets } from "../../../components/azure/key-vault";
import { lookAtAzure } from "../../../components/azure/mark";
import { LookProvider } from "../../../components/before-create";
import { CloudflareMark } from "../../../components/cloudflare/marks";
import { TunnelIngressRule } from "../../../components/cloudflare/tunnel-ingress-rule";
import { GitCommit } from "../../../components/git/commit";

/** What a stack has of each kind, by name. */
export interface Share {
  /** Label of the host → where its requests go. */
  readonly hosts: Readonly<Record<string, string>>;
  /** Secret → another text makes another value. */
  readonly secrets: Readonly<Record<string, string>>;
  /** File of the stack's folder → text. */
  readonly files: Readonly<Record<string, string>>;
}

/** Where all of them are. */
export interface Places {
  readonly accountId: string;
  readonly zoneId: string;
  readonly tunnelId: string;
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly vaultUrl: string;
  readonly repository: string;
}

const config = new pulumi.Config();
const { accountId, zoneId, tunnelId, subscriptionId, tenantId, vaultUrl, repository } =
  config.requireObject<Places>("places");
const { hosts, secrets, files } = config.requireObject<Share>("share");
const stack = pulumi.getStack();
const looks = new LookProvider("looks");

async function main(): Promise<void> {
  const rules = Object.keys(hosts).map((label) => ({ hostname: `${label}.example.com` }));
  const mark = new CloudflareMark("mark", { shared: { accountId, tunnelId, rules } }, { provider: looks });
  for (const [label, service] of Object.entries(hosts)) {
    const hostname = `${label}.example.com`;
    new TunnelIngressRule(label, { accountId, zoneId, tunnelId, hostname, service, looks, mark });
  }
  const vault = { name: "my-vault", url: vaultUrl, create: false };
  const found = await lookAtAzure({ subscriptionId, tenantId, resourceGroup: "rg", vault }, looks);
  const value = ([name, rotation]: [string, string]) =>
    [name, new RandomPassword(name, { length: 24, keepers: { rotation } }).result] as const;
  new KeyVaultSecrets(
    "vault",
    {
      ...{ subscriptionId, tenantId, vault, looks, found },
      ...{ resourceGroupName: "rg", location: "westeurope" },
      secrets: Object.fromEntries(Object.entries(secrets).map(value)),
    },
    { providers: { "azure-native": new Provider("azure", { subscriptionId, tenantId }) } },
  );
  const entries = Object.keys(files).map((name) => ({
    list: ["resources"],
    entry: `./${stack}/${name}`,
  }));
  new GitCommit("files", {
    url: repository,
    branch: "main",
    auth: config.requireSecret("password").apply((password) => ({ basic: { username: "git", password } })),
    files: Object.fromEntries(Object.entries(files).map(([name, text]) => [`${stack}/${name}`, text])),
    ...(entries.length > 0 && { edits: { "kustomization.yaml": entries } }),
    message: `Hand off ${stack}`,
    author: { name: "Handoff", email: "handoff@example.com" },
  });
}

void main();
