import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { apps } from "../../stacks/apps";
import { assertGolden } from "../golden";
import { byName, type MockAnswers, type Registered } from "../mocks";
import { configuration, merge, readFixture } from "../settings/fixture";
import { builtUnderMocks, dump, fluxManifests } from "./under-mocks";

const answers: MockAnswers = {
  outputs: {
    "random:index/randomBytes:RandomBytes": () => ({ base64: "canary-bytes", hex: "canary-hex" }),
    "handoff:git:GitCommit": () => ({ commit: "c0ffee", revision: "main@sha1:c0ffee", changed: [] }),
    "handoff:flux:FluxReady": () => ({ ready: true, reconciled: {} }),
  },
  functions: {
    "handoff:index:preflight": () => ({ faults: [] }),
    "handoff:flux:bootstrapped": () => ({}),
  },
};

describe("stacks/apps", () => {
  let folder: string;
  before(() => {
    folder = fluxManifests();
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  async function outcome(config: Readonly<Record<string, unknown>> = {}) {
    const { document } = readFixture("apps", "minimal.yaml");
    // By HTTPS: the key of the fixtures is none that Flux's Secret could be made of.
    const basic = { basic: { username: "git", password: { env: "GIT_TOKEN" } }, ssh: null };
    const fluxRepository = { url: "https://git.example.com/your-org/cluster.git", auth: basic };
    const over = {
      "handoff:flux": { manifests: folder },
      "handoff:fluxRepository": fluxRepository,
      ...config,
    };
    const { raw, env } = configuration(merge(document, { config: over }) as typeof document);
    const settings = { ...raw, system: "apps" };
    return await builtUnderMocks(answers, () => apps.run(settings, env, ["apps"]));
  }

  async function resources(config?: Readonly<Record<string, unknown>>): Promise<Registered[]> {
    return (await outcome(config)).resources;
  }

  it("registers just these resources", async () => {
    const token = { "handoff:vault": { adminToken: { env: "PULL_REQUEST_TOKEN" } } };
    assertGolden(join(__dirname, "golden", "apps"), { "resources.yaml": dump(await resources(token)) });
  });

  it("tells on its page the waves of apps.yaml", async () => {
    const { outputs, resources: found } = await outcome();
    const { files } = byName(found, "handoff-commit").inputs as { files: Readonly<Record<string, string>> };
    const text = files["flux-clusters/my-cluster/apps/apps.yaml"] ?? "";
    const byWave = text.split(/^# Wave /m).slice(1);
    const written = byWave.map((wave) =>
      [...wave.matchAll(/^ {2}name: (\S+)/gm)].map(([, name]) => name).sort(),
    );
    const rows = [...String(outputs.readme).matchAll(/^\| (\d+) \| (\S+) \|/gm)];
    const told = written.map((_, index) =>
      rows.filter(([, wave]) => wave === String(index + 1)).map(([, , name]) => name),
    );
    assert.deepEqual(told, written);
    assert.equal(rows.length, written.flat().length);
    assert.deepEqual(told.at(-1), ["clickhouse", "clickstack", "grafana"]);
  });

  it("puts the token of Vault into the cluster only, as a secret", async () => {
    const found = await resources({ "handoff:vault": { adminToken: { env: "PULL_REQUEST_TOKEN" } } });
    assert.deepEqual(byName(found, "vault-admin").inputs.stringData, {
      secret: { vault_token: "canary-pull-request" },
    });
    const plain = JSON.stringify(found, (_key, value: unknown) =>
      value !== null && typeof value === "object" && "secret" in value ? "(secret)" : value,
    );
    assert.doesNotMatch(plain, /canary/);
  });

  it("makes no Secret for a token that somebody else puts there", async () => {
    const found = await resources();
    assert.ok(!found.some(({ name }) => name === "vault-admin"));
  });

  it("writes and follows the cluster's folder alone over shared bases", async () => {
    const commitOf = async (bases: string) =>
      byName(await resources({ "handoff:apps": { bases } }), "handoff-commit").inputs.files as object;
    const [own, shared] = [Object.keys(await commitOf("own")), Object.keys(await commitOf("shared"))];
    assert.ok(own.some((path) => path.startsWith("flux-apps/")));
    assert.deepEqual(
      shared.filter((path) => !path.startsWith("flux-clusters/my-cluster/")),
      [],
    );
    assert.deepEqual(
      own.filter((path) => !path.startsWith("flux-apps/")),
      shared,
    );
  });

  it("puts a cluster's patches into its wrapper, not into the base", async () => {
    const patch = "- {op: replace, path: /spec/values/server/dataStorage/size, value: 50Gi}\n";
    const patches = { vault: [{ target: { kind: "HelmRelease", name: "vault" }, patch }] };
    const files = (found: readonly Registered[]) =>
      byName(found, "handoff-commit").inputs.files as Readonly<Record<string, string>>;
    const [before, after] = [
      files(await resources()),
      files(await resources({ "handoff:apps": { patches } })),
    ];
    const changed = Object.keys(after).filter((path) => after[path] !== before[path]);
    assert.deepEqual(changed, ["flux-clusters/my-cluster/apps/vault/kustomization.yaml"]);
    assert.match(after[changed[0] ?? ""] ?? "", /value: 50Gi/);
  });

  it("fills what this stack makes itself past Vault, which only tofu-controller writes", async () => {
    const provider = { type: "slack", address: { env: "GIT_TOKEN" } };
    const found = await resources({ "handoff:notifications": { provider, receiver: true } });
    const { data, namespace } = byName(found, "flux-system-notifications-provider").inputs;
    assert.deepEqual([namespace, data], ["flux-system", { secret: { address: "canary-git-token" } }]);
    assert.ok(found.some(({ name }) => name === "flux-system-notifications-receiver"));
    const files = byName(found, "handoff-commit").inputs.files as Readonly<Record<string, string>>;
    const own = "flux-clusters/my-cluster/apps/notifications/";
    assert.match(files[`${own}secret-provider.yaml`] ?? "", /address: REPLACE_ME/);
    assert.ok(!(`${own}externalsecret-provider.yaml` in files));
  });
});
