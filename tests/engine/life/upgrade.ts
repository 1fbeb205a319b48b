/** A stack of an earlier version of the program: what the present one makes of it. */
import { strict as assert } from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";
import type { KubeObject } from "../observed";
import type { Sandbox } from "../sandbox";
import { earlierState, type Exported, helpers, RECORD_COMMENT, tailOf, TOKEN_NAME } from "./earlier-state";
import { assertAllReady, startJson } from "./first-start";

/** What shows it when something is made anew, or changed. */
const kinds: readonly (readonly [kind: string, namespace: string])[] = [
  ["gitrepositories.source.toolkit.fluxcd.io", "flux-system"],
  ["kustomizations.kustomize.toolkit.fluxcd.io", "flux-system"],
  ["deployments", "flux-system"],
  ["deployments", "calcom"],
  ["secrets", "flux-system"],
  ["secrets", "calcom"],
];

interface Step {
  readonly op: string;
  readonly urn: string;
}

export function upgrade(sandbox: Sandbox): void {
  describe("a stack of an earlier version", () => {
    let before: Awaited<ReturnType<typeof world>>;

    /** All that the stack made, wherever it is: by what each calls it. */
    async function world() {
      const objects = (await Promise.all(kinds.map((kind) => sandbox.get(...kind)))).flat();
      const { tunnels, records, tokens } = await sandbox.cloudflare();
      return {
        heads: sandbox.heads(),
        objects: Object.fromEntries(objects.map((object) => [nameOf(object), identityOf(object)])),
        tunnels,
        // The comment gets a mark.
        records: records.map(({ id, name, type, content, proxied }) => ({
          id,
          name,
          type,
          content,
          proxied,
        })),
        tokens: tokens.map(({ id, value }) => ({ id, value })),
        vault: await sandbox.vault(),
      };
    }

    it("is one whose state has neither our later names nor our later resources", async () => {
      const { CLOUDFLARE_API_TOKEN: apiToken = "" } = sandbox.env;
      const file = path.join(sandbox.state, "earlier.json");
      const exported = await sandbox.pulumi(["stack", "export", "--show-secrets"]);
      const now = JSON.parse(exported.stdout) as Exported;
      fs.writeFileSync(file, JSON.stringify(earlierState(now, apiToken)), { mode: 0o600 });
      const { status, output } = await sandbox.pulumi(["stack", "import", "--file", file]);
      fs.rmSync(file);
      assert.equal(status, 0, output);
      await renameToken(sandbox);
      await unmarkRecord(sandbox);
      before = await world();
    });

    it("has nothing of its user's replaced or removed: only helpers are made", async () => {
      const { status, stdout, output } = await sandbox.pulumi(["preview", "--json"]);
      assert.equal(status, 0, output);
      const { steps } = JSON.parse(stdout) as { steps: readonly Step[] };
      const planned = (op: string): string[] =>
        steps
          .filter((step) => step.op === op)
          .map(({ urn }) => tailOf(urn))
          .sort();
      assert.deepEqual([...new Set(steps.map(({ op }) => op))].sort(), ["create", "same", "update"]);
      assert.deepEqual(planned("create"), [...helpers].sort());
      assert.deepEqual(planned("update"), [
        "handoff:azure:KeyVaultSecrets$azure-native:keyvault:Secret::key-vault-calcom-cfapi-token", // may change, until it is known
        "handoff:cloudflare:OriginCaToken$cloudflare:index/accountToken:AccountToken::origin-ca-token", // its name gets a mark
        "handoff:cloudflare:TunnelIngressRule$cloudflare:index/dnsRecord:DnsRecord::calcom-record", // its comment gets one
        "handoff:flux:FluxBootstrap$handoff:flux:FluxInstall::flux-install", // looks which cluster it is
        "handoff:flux:FluxHandoff$handoff:git:GitCommit::handoff-commit", // learns which folder the root reads
        "pulumi:providers:cloudflare::cloudflare",
        "pulumi:providers:kubernetes::cluster",
      ]);
    });

    it("is taken over without a commit, and without a change in cluster, cloud and vault", async () => {
      const report = await startJson(sandbox);
      assert.deepEqual(report.commits, []);
      assertAllReady(sandbox, report);
      assert.deepEqual(await world(), before);
    });

    it("is one of the present version from then on", async () => {
      const { status, output } = await sandbox.pulumi(["preview", "--diff", "--expect-no-changes"]);
      assert.equal(status, 0, output);
    });
  });
}

function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
}

function identityOf({ metadata, spec, data }: KubeObject): object {
  return { uid: metadata.uid, spec, data };
}

/** Names the stack's API token as the earlier version did. */
async function renameToken(sandbox: Sandbox): Promise<void> {
  const [token, ...others] = (await sandbox.cloudflare()).tokens;
  assert.ok(token !== undefined && others.length === 0);
  const path = `accounts/${sandbox.env.CLOUDFLARE_ACCOUNT_ID ?? ""}/tokens/${token.id}`;
  await change(sandbox, "PUT", path, { name: TOKEN_NAME, policies: token.policies });
}

/** Takes the mark from the record's comment. */
async function unmarkRecord(sandbox: Sandbox): Promise<void> {
  const [record, ...others] = (await sandbox.cloudflare()).records;
  assert.ok(record !== undefined && others.length === 0);
  const path = `zones/${sandbox.env.CLOUDFLARE_ZONE_ID ?? ""}/dns_records/${record.id}`;
  await change(sandbox, "PATCH", path, { comment: RECORD_COMMENT });
}

async function change({ env }: Sandbox, method: string, path: string, body: object): Promise<void> {
  const answer = await fetch(`${env.CLOUDFLARE_BASE_URL ?? ""}/${path}`, {
    method,
    headers: { authorization: `Bearer ${env.CLOUDFLARE_API_TOKEN ?? ""}` },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.text());
}
