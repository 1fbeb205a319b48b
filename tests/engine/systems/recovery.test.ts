/** Parts of prod that are lost, one after another, each brought back by the commands of docs/recovery.md. */
import { strict as assert } from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";
import { utils } from "ssh2";
import { tail } from "../commands";
import { useSandbox } from "../sandbox";
import { isReady } from "../observed";

const FLUX = "your-org/flux-config";
const APP = "your-org/calcom";

describe("a part that is lost", function () {
  this.timeout(1_200_000);
  const sandbox = useSandbox();

  /** Everything is Ready, and a further run has nothing to do. */
  const isWhole = async (): Promise<void> => {
    const found = await sandbox.get("kustomizations.kustomize.toolkit.fluxcd.io", "flux-system");
    assert.equal(found.length, 9);
    assert.deepEqual(
      found.filter((one) => !isReady(one)).map(({ metadata }) => metadata.name),
      [],
    );
    await sandbox.up({}, "--expect-no-changes");
  };
  const failing = async (...args: string[]): Promise<string> => {
    const { status, output } = await sandbox.tryUp({}, ...args);
    assert.notEqual(status, 0, tail(output));
    return output.replaceAll(/\s+/g, " ");
  };
  /** Resource Manager, as somebody who may do everything. */
  const azure = async (method: string, place: string, body?: object): Promise<void> => {
    const { ARM_RESOURCE_MANAGER_URL: url = "", ARM_SUBSCRIPTION_ID: id = "" } = sandbox.env;
    const response = await fetch(`${url}/subscriptions/${id}/${place}?api-version=2024-11-01`, {
      method,
      headers: { authorization: "Bearer sandbox", "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    assert.ok(response.ok, await response.text());
  };
  const VAULT = "resourceGroups/my-cluster/providers/Microsoft.KeyVault/vaults/my-cluster-secrets";
  const vaultOf = (more: object = {}): object => ({
    location: "westeurope",
    properties: {
      tenantId: sandbox.env.ARM_TENANT_ID,
      sku: { family: "A", name: "standard" },
      enableRbacAuthorization: true,
      ...more,
    },
  });

  before(async () => {
    await sandbox.start();
    await sandbox.up();
  });

  it("the cluster, is made again by one `up`, from the same commits and with the same secrets", async () => {
    const [heads, values] = [sandbox.heads(), await sandbox.secret("calcom", "calcom-secret")];
    await sandbox.succeeds("stop");
    fs.rmSync(path.join(sandbox.state, "etcd"), { recursive: true });
    await sandbox.succeeds("start", "--no-up");
    const preview = await sandbox.pulumi(["preview"]);
    assert.match(preview.output, /Flux doesn't run in the cluster: `up` applies its components again/);
    await sandbox.up();
    assert.deepEqual(sandbox.heads(), heads);
    assert.deepEqual(await sandbox.secret("calcom", "calcom-secret"), values);
    await isWhole();
  });

  for (const repository of [FLUX, APP] as const) {
    it(`${repository}, empty again, stops \`up\`, and comes back by a refresh, while what runs goes on`, async () => {
      const [before, uid] = [sandbox.files(repository), await podsOf("calcom")];
      const own = sandbox.git(repository, "show", "--name-only", "--format=", "main").trim().split("\n");
      sandbox.git(repository, "update-ref", "-d", "refs/heads/main");
      assert.match(await failing(), /main of \S+ isn't there any more[^]*`pulumi up --refresh`/);
      await sandbox.up({}, "--refresh");
      assert.equal(sandbox.commits(repository).length, 1);
      const after = sandbox.files(repository);
      for (const file of own.filter((one) => one !== "clusters/my-cluster/kustomization.yaml"))
        assert.equal(after[file], before[file], file);
      assert.deepEqual(await podsOf("calcom"), uid);
      await isWhole();
    });
  }
  const podsOf = async (namespace: string): Promise<readonly string[]> =>
    (await sandbox.get("pods", namespace)).map(({ metadata }) => metadata.uid).sort();

  it("the newest commits of a repository, stop `up`, and come back by a refresh", async () => {
    const before = sandbox.head(APP);
    sandbox.edit(APP, "README.md", () => "theirs\n", "Say whose it is");
    const tree = sandbox.git(APP, "mktree", "--missing").trim(); // of nothing
    const earlier = sandbox.git(
      APP,
      "-c",
      "user.name=x",
      "-c",
      "user.email=x@example.com",
      "commit-tree",
      "-m",
      "Earlier",
      tree,
    );
    sandbox.git(APP, "update-ref", "refs/heads/main", earlier.trim());
    assert.match(
      await failing(),
      /main was rewritten: commit \w{12} of the last hand-off is no longer in it/,
    );
    await sandbox.up({}, "--refresh");
    assert.notEqual(sandbox.head(APP), before);
    await isWhole();
  });

  it("the vault, deleted, is said to be kept, and comes back with its secrets", async () => {
    const before = await sandbox.vault();
    await azure("DELETE", VAULT);
    assert.match(
      await failing(),
      /there is no key vault my-cluster-secrets .* az keyvault recover --name my-cluster-secrets/,
    );
    await azure("PUT", VAULT, vaultOf({ createMode: "recover" }));
    await sandbox.up({}, "--refresh");
    assert.deepEqual(await sandbox.vault(), before);
    await isWhole();
  });

  it("the vault, purged and made anew, gets the same values", async () => {
    const before = await sandbox.vault();
    await azure("DELETE", VAULT);
    await azure(
      "POST",
      "providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/my-cluster-secrets/purge",
    );
    await azure("PUT", VAULT, vaultOf());
    await sandbox.up({}, "--refresh");
    assert.deepEqual(await sandbox.vault(), before);
    await isWhole();
  });

  it("a deploy key, leaked, is replaced without a commit and without a gap", async () => {
    const heads = sandbox.heads();
    const pair = utils.generateKeyPairSync("ecdsa", { bits: 384, comment: "another" });
    const keys = path.join(sandbox.state, "keys");
    fs.writeFileSync(path.join(keys, "another"), pair.private, { mode: 0o600 });
    fs.writeFileSync(path.join(keys, "another.pub"), `${pair.public}\n`);
    const access = path.join(keys, "access.json");
    const known = JSON.parse(fs.readFileSync(access, "utf8")) as Record<string, object>;
    fs.writeFileSync(access, JSON.stringify({ ...known, another: { repository: FLUX, write: true } }));
    sandbox.settle([
      ["handoff:fluxRepository", "auth", "ssh", "privateKey", "file"],
      path.join(keys, "another"),
    ]);
    await sandbox.up();
    const { "flux-config": _, ...others } = known;
    fs.writeFileSync(access, JSON.stringify({ ...others, another: { repository: FLUX, write: true } }));
    assert.equal((await sandbox.secret("flux-system", "flux-system")).identity, pair.private);
    assert.deepEqual(sandbox.heads(), heads);
    await isWhole();
  });

  it("the token of the Origin CA issuer, revoked at Cloudflare, is made anew, and is the only one", async () => {
    const { CLOUDFLARE_BASE_URL: base = "", CLOUDFLARE_ACCOUNT_ID: account = "" } = sandbox.env;
    const [before] = (await sandbox.cloudflare()).tokens;
    const headers = { authorization: `Bearer ${sandbox.env.CLOUDFLARE_API_TOKEN ?? ""}` };
    const id = String((before as { readonly id?: string } | undefined)?.id);
    await fetch(`${base}/accounts/${account}/tokens/${id}`, { method: "DELETE", headers });
    const { "api-token": former } = await sandbox.secret("calcom", "cfapi-token");
    await sandbox.up({}, "--refresh");
    assert.equal((await sandbox.cloudflare()).tokens.length, 1);
    assert.notEqual((await sandbox.secret("calcom", "cfapi-token"))["api-token"], former);
    await isWhole();
  });

  it("the state, without a copy, is made again with the values that the vault has", async () => {
    const [app, values] = [sandbox.head(APP), await sandbox.secret("calcom", "calcom-secret")];
    const secretUrl = (name: string): string =>
      `${sandbox.env.ARM_RESOURCE_MANAGER_URL ?? ""}/keyvault/my-cluster-secrets/secrets/${name}?api-version=7.5`;
    const headers = { authorization: "Bearer sandbox" };
    const [tunnel] = (await sandbox.cloudflare()).tunnels.filter(({ deleted_at }) => deleted_at === null);
    for (const folder of ["backend", "stack"])
      fs.rmSync(path.join(sandbox.state, folder), { recursive: true });
    await sandbox.succeeds("start", "--no-up");
    await sandbox.readEnvironment();
    sandbox.settle([
      ["handoff:fluxRepository", "auth", "ssh", "privateKey", "file"],
      path.join(sandbox.state, "keys", "another"),
    ]);
    const preview = await sandbox.pulumi(["preview"]);
    assert.notEqual(preview.status, 0);
    assert.match(
      preview.output,
      /the account has a tunnel my-cluster \(\S+, of .*, which this stack didn't make/,
    );
    assert.match(
      preview.output,
      /the key vault my-cluster-secrets has a secret calcom-postgres-password already/,
    );

    const names = ["postgresPassword", "nextauthSecret", "calendsoEncryptionKey"];
    const inVault = (name: string): string =>
      `calcom-${name.replaceAll(/[A-Z]/g, (one) => `-${one.toLowerCase()}`)}`;
    sandbox.settle(
      [["handoff:cloudflare", "tunnel", "name"], undefined],
      [["handoff:cloudflare", "tunnel", "id"], tunnel?.id],
      [["handoff:cloudflare", "adopt"], ["cal.example.com"]],
      ...names.map((name) => [["handoff:credentials", name], { config: name }] as const),
    );
    for (const name of names) {
      const { value } = (await (await fetch(secretUrl(inVault(name)), { headers })).json()) as {
        value: string;
      };
      const set = await sandbox.pulumi(["config", "set", "--secret", `handoff:${name}`], { input: value });
      assert.equal(set.status, 0, set.output);
    }
    for (const name of Object.keys(await sandbox.vault()))
      await fetch(secretUrl(name), { method: "DELETE", headers });
    const identities = "resourceGroups/my-cluster/providers/Microsoft.ManagedIdentity/userAssignedIdentities";
    await azure("DELETE", `${identities}/my-cluster-external-secrets`);
    await sandbox.up();
    assert.equal(sandbox.head(APP), app);
    assert.deepEqual(await sandbox.secret("calcom", "calcom-secret"), values);
    await isWhole();
  });
});
