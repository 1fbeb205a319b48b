/**
 * The state of a stack as the program of commit 066afa5 left it, made of what the present one leaves. The difference was
 * taken from a stack that the earlier program made in a sandbox; positions in the source and times are left out.
 */
import { strict as assert } from "node:assert";

type Json = Record<string, unknown>;

interface Resource extends Json {
  readonly urn: string;
  readonly inputs?: Json;
  dependencies?: readonly string[];
  propertyDependencies?: Record<string, readonly string[]>;
}

/** What `pulumi stack export --show-secrets` writes. */
export interface Exported {
  readonly deployment: { readonly resources: readonly Resource[] };
}

/** What was otherwise in a resource: paths that it hadn't, that lay elsewhere, and that had another value. */
interface Difference {
  readonly absent?: readonly string[];
  readonly moved?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** How an export marks a secret. */
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

const CREDENTIALS = "handoff:secrets:Credentials";
const BYTES = `${CREDENTIALS}$random:index/randomBytes:RandomBytes`;
const PASSWORD = `${CREDENTIALS}$random:index/randomPassword:RandomPassword`;

/** Resources that had another name: now → then. */
const names: Readonly<Record<string, string>> = {
  [`${CREDENTIALS}::values`]: `${CREDENTIALS}::calcom`,
  [`${BYTES}::calcom-nextauth-secret`]: `${BYTES}::calcom-next-auth-secret`,
  [`${BYTES}::calcom-calendso-encryption-key`]: `${BYTES}::calcom-encryption-key`,
  [`${PASSWORD}::calcom-postgres-password`]: `${PASSWORD}::calcom-database-password`,
};

/** Resources that it didn't make: each only looks, marks what another one makes, or acts on a later change. */
export const helpers: readonly string[] = [
  "pulumi:providers:handoff::cloudflare-looks",
  "handoff:cloudflare:Mark::cloudflare-mark",
  "handoff:cloudflare:RecordWatch::cloudflare-records",
  "handoff:cloudflare:Tunnel$handoff:cloudflare:TunnelMark::tunnel-tunnel-mark",
  "handoff:cloudflare:Tunnel$handoff:cloudflare:TunnelDrain::tunnel-drain",
  "handoff:cloudflare:OriginCaToken$handoff:cloudflare:TokenMark::origin-ca-token-mark",
  "handoff:cloudflare:OriginCaToken$handoff:cloudflare:TokenProof::origin-ca-token-proof",
  "handoff:cloudflare:OriginCaToken$handoff:cloudflare:TokenSweep::origin-ca-token-sweep",
  "handoff:cloudflare:TunnelIngressRule$handoff:cloudflare:RecordMark::calcom-record-mark",
  "handoff:kubernetes:SecretRollout::secrets",
];

/** The API token of Origin CA, as it was named without a mark. */
export const TOKEN_NAME = "my-cluster Origin CA (example.com)";
/** The record's comment, which had no mark either. */
export const RECORD_COMMENT = "Pulumi stack handoff/sandbox";

const inBoth = (name: string, value: unknown): Json => ({
  [`inputs ${name}`]: value,
  [`outputs ${name}`]: value,
});
const unused = { ...inBoth("credentials", "{}"), ...inBoth("signing", "{}"), ...inBoth("sops", "{}") };
const ofCommit = ["hideDiff", "inputs cluster", "inputs subject", "inputs protect root", "outputs mark"];

/** By resource, under its name then. */
const differences = (apiToken: string): Readonly<Record<string, Difference>> => ({
  "pulumi:pulumi:Stack::handoff-sandbox": { absent: ["outputs apps"] },
  "pulumi:providers:handoff::default": { values: unused },
  "pulumi:providers:kubernetes::cluster": {
    absent: ["inputs clusterIdentifier", "outputs clusterIdentifier"],
  },
  "pulumi:providers:cloudflare::cloudflare": {
    values: inBoth("apiToken", { ...SECRET, plaintext: JSON.stringify(apiToken) }),
  },
  [`${CREDENTIALS}::calcom`]: {
    moved: {
      "outputs values calcom-postgres-password": "outputs values databasePassword",
      "outputs values calcom-nextauth-secret": "outputs values nextAuthSecret",
      "outputs values calcom-calendso-encryption-key": "outputs values encryptionKey",
    },
  },
  "handoff:cloudflare:OriginCaToken$cloudflare:index/accountToken:AccountToken::origin-ca-token": {
    values: inBoth("name", TOKEN_NAME),
  },
  "handoff:cloudflare:Tunnel$cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared::tunnel-tunnel":
    { absent: ["ignoreChanges", "resourceHooks", "inputs tunnelSecret", "outputs tunnelSecret"] },
  "handoff:cloudflare:TunnelIngressRule$cloudflare:index/dnsRecord:DnsRecord::calcom-record": {
    absent: ["resourceHooks"],
    values: inBoth("comment", RECORD_COMMENT),
  },
  "handoff:flux:FluxBootstrap$handoff:flux:FluxInstall::flux-install": {
    absent: [
      ...["inputs secrets", "inputs overlay", "outputs secrets", "outputs overlay"],
      ...["outputs found", "outputs lost", "outputs namespace"],
    ],
  },
  "handoff:flux:FluxBootstrap$kubernetes:core/v1:Secret::flux-auth": {
    absent: ["replacementTrigger", "retainOnDelete"],
  },
  "kubernetes:core/v1:Secret::flux-ssh-auth": { absent: ["replacementTrigger"] },
  "handoff:flux:FluxHandoff$handoff:git:GitCommit::handoff-calcom-app-commit": { absent: ofCommit },
  "handoff:flux:FluxHandoff$handoff:git:GitCommit::handoff-commit": { absent: ofCommit },
  "handoff:flux:FluxHandoff$handoff:flux:FluxReady::handoff-ready": {
    absent: ["outputs followed", "outputs suspended"],
  },
});

/** `type::name` of a URN. */
export const tailOf = (urn: string): string => urn.split("::").slice(2).join("::");

/** @param apiToken the provider's, which it had as an input */
export function earlierState(now: Exported, apiToken: string): Exported {
  const renamed = JSON.parse(
    JSON.stringify(now, (_, value: unknown) =>
      typeof value === "string" && value.startsWith("urn:pulumi:") ? earlierUrn(value) : value,
    ),
  ) as Exported;
  const all = renamed.deployment.resources;
  const left = all.filter(({ urn }) => !helpers.includes(tailOf(urn)));
  assert.equal(all.length - left.length, helpers.length);
  const known = new Set(left.map(({ urn }) => urn));
  const there = (urns: readonly string[]): string[] => urns.filter((urn) => known.has(urn));
  for (const [tail, difference] of Object.entries(differences(apiToken))) {
    const resource = left.find(({ urn }) => tailOf(urn) === tail);
    assert.ok(resource !== undefined, tail);
    apply(resource, difference);
  }
  for (const resource of left) {
    const { inputs = {}, dependencies, propertyDependencies } = resource;
    if (dependencies !== undefined) resource.dependencies = there(dependencies);
    if (propertyDependencies === undefined) continue;
    const byInput = Object.entries(propertyDependencies).filter(([name]) => name in inputs);
    resource.propertyDependencies = Object.fromEntries(byInput.map(([name, urns]) => [name, there(urns)]));
  }
  return { ...renamed, deployment: { ...renamed.deployment, resources: left } };
}

function earlierUrn(urn: string): string {
  const tail = tailOf(urn);
  return urn.slice(0, urn.length - tail.length) + (names[tail] ?? tail);
}

function apply(resource: Resource, { absent = [], moved = {}, values = {} }: Difference): void {
  const place = (path: string): [holder: Json, name: string] => {
    const names = path.split(" ");
    const name = names.pop() ?? "";
    return [names.reduce<Json>((at, each) => (at[each] ?? {}) as Json, resource), name];
  };
  const take = (path: string): unknown => {
    const [holder, name] = place(path);
    const value = holder[name];
    Reflect.deleteProperty(holder, name);
    return value;
  };
  const put = (path: string, value: unknown): void => {
    const [holder, name] = place(path);
    holder[name] = value;
  };
  absent.forEach(take);
  for (const [from, to] of Object.entries(moved)) put(to, take(from));
  for (const [path, value] of Object.entries(values)) put(path, value);
}
