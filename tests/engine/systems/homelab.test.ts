/**
 * The life of a homelab: one sandbox, the steps in their order, each seen through what a user sees. What its files say
 * field by field is tested under mocks.
 */
import { strict as assert } from "node:assert";
import { eventually } from "../commands";
import { startJson } from "../life/first-start";
import { type Setting, useSandbox } from "../sandbox";

const REPOSITORY = "your-user/homelab";
const LIST = "k3s/flux/apps/kustomization.yaml";
const RECONCILE = "kustomize.toolkit.fluxcd.io/reconcile";

const kustomizations = [
  "apps",
  "authentik-config",
  "cert-manager",
  "cert-manager-config",
  "cloudflared",
  "cnpg-operator",
  "flux-system",
  "kube-prometheus-stack",
  "longhorn-config",
  "longhorn-operator",
  "mcp-proxmox",
  "metallb-config",
  "reloader",
  "stalwart",
  "tailscale-config",
  "tailscale-operator",
  "traefik-config",
  // Of others.
  "whoami",
];

const helmReleases = [
  "authentik",
  "cert-manager",
  "cnpg-operator",
  "kube-prometheus-stack",
  "longhorn-operator",
  "reloader",
  "tailscale-operator",
];

/** The patched Secrets, by namespace, with their keys. */
const patched = {
  "authentik/authentik-credentials": ["bootstrap-password", "secret-key"],
  "cloudflared/cloudflared-tunnel-credentials": ["token"],
  "mcp-proxmox/mcp-proxmox-secrets": ["PROXMOX_TOKEN_ID", "PROXMOX_TOKEN_SECRET", "PROXMOX_URL"],
  "stalwart/stalwart-secrets": ["admin-password", "resend-api-key"],
  "tailscale/operator-oauth": ["client_id", "client_secret"],
};

const ROTATED: Setting = [["handoff:fluxRepository", "deployKey", "rotate"], 2];

interface ShownKey {
  readonly title: string;
  /** Type and base64. */
  readonly key: string;
  readonly read_only: boolean;
}

describe("the life of a homelab", () => {
  const sandbox = useSandbox("homelab");
  const parking = (...names: string[]): void => {
    // On top of how the sandbox made it: the number that was raised stays.
    sandbox.configure([["handoff:homelab", "parked"], names], ROTATED);
  };
  const listed = (): string => sandbox.file(REPOSITORY, LIST);
  const live = async (kind: string): Promise<string[]> =>
    (await sandbox.get(kind, "flux-system")).map(({ metadata }) => metadata.name).sort();
  const password = async (): Promise<string | undefined> =>
    (await sandbox.secret("stalwart", "stalwart-secrets"))["admin-password"];
  let generated: string | undefined;
  /** The deploy keys that the program has at the git host, by title. */
  const deployKeys = async (): Promise<Readonly<Record<string, ShownKey>>> => {
    const { SANDBOX_GIT_URL = "", SANDBOX_GIT_PASSWORD = "" } = sandbox.env;
    const response = await fetch(`${SANDBOX_GIT_URL}/api/v1/repos/${REPOSITORY}/keys`, {
      headers: { authorization: `token ${SANDBOX_GIT_PASSWORD}` },
    });
    const keys = (await response.json()) as readonly ShownKey[];
    const ours = keys.filter(({ title }) => title.startsWith("handoff/"));
    return Object.fromEntries(ours.map((key) => [key.title, key]));
  };
  const FIRST_KEY = "handoff/sandbox flux-system 1 (read-only)";
  const SECOND_KEY = "handoff/sandbox flux-system 2 (read-only)";

  it("starts with every Kustomization and HelmRelease Ready, by one commit", async () => {
    sandbox.create();
    const report = await startJson(sandbox);
    await sandbox.readEnvironment();
    const names = (kind: string): string[] =>
      report.kustomizations.filter((one) => one.kind === kind).map(({ name }) => name);
    assert.deepEqual(names("Kustomization").sort(), kustomizations);
    assert.deepEqual(names("HelmRelease").sort(), helmReleases);
    assert.deepEqual(
      report.kustomizations.filter(({ ready }) => !ready),
      [],
    );
    assert.deepEqual(sandbox.commits(REPOSITORY), [
      { author: "Handoff", subject: "Hand off Homelab to Flux" },
      { author: "Platform Team", subject: "Start the repository" },
    ]);
  });

  it("leaves what others have: no kustomization.yaml in the cluster's folder, their files as they were", async () => {
    const start = sandbox.git(REPOSITORY, "rev-list", "--max-parents=0", "main").trim();
    const [before, after] = [sandbox.files(REPOSITORY, start), sandbox.files(REPOSITORY)];
    assert.ok(!("k3s/flux/clusters/k3s/kustomization.yaml" in after));
    for (const [path, id] of Object.entries(before)) if (path !== LIST) assert.equal(after[path], id, path);
    assert.match(listed(), / {2}# Kept by hand\.\n {2}- whoami\.yaml\n/);
    // It lies in the folder, and that is enough.
    await sandbox.object("configmap", "flux-system", "cluster-settings");
  });

  it("fills the patched Secrets, whose placeholders are in git", async () => {
    for (const [path, keys] of Object.entries(patched)) {
      const [namespace = "", name = ""] = path.split("/");
      const { metadata } = await sandbox.object("secret", namespace, name);
      assert.equal(metadata.annotations?.[RECONCILE], "disabled", path);
      const values = await sandbox.secret(namespace, name);
      assert.deepEqual(Object.keys(values).sort(), keys, path);
      for (const value of Object.values(values)) {
        assert.doesNotMatch(value, /REPLACE_ME/);
        for (const [file, text] of sandbox.texts("backend")) assert.ok(!text.includes(value), file);
        assert.ok(!sandbox.git(REPOSITORY, "log", "-p").includes(value), path);
      }
    }
    generated = await password();
  });

  it("changes nothing the second time, and makes no commit", async () => {
    const head = sandbox.head(REPOSITORY);
    const { output } = await sandbox.up({}, "--expect-no-changes");
    assert.doesNotMatch(output, /update/i);
    assert.equal(sandbox.head(REPOSITORY), head);
  });

  it("lets Flux read by a deploy key of its own, whose private half is in the cluster's Secret alone", async () => {
    const keys = await deployKeys();
    assert.deepEqual(Object.keys(keys), [FIRST_KEY]);
    assert.equal(keys[FIRST_KEY]?.read_only, true);
    const { identity = "", ...secret } = await sandbox.secret("flux-system", "flux-system");
    assert.equal(secret["identity.pub"]?.trim(), keys[FIRST_KEY].key);
    assert.deepEqual(Object.keys(secret).sort(), ["identity.pub", "known_hosts"]);
    const line = identity.split("\n")[1] ?? "";
    assert.ok(line !== "");
    for (const [file, text] of sandbox.texts("backend")) assert.ok(!text.includes(line), file);
    const { spec } = await sandbox.object("gitrepository", "flux-system", "flux-system");
    assert.match(String(spec.url), /^ssh:\/\//);
  });

  it("rotates it by a number, and Flux reads by the new one", async () => {
    const before = (await deployKeys())[FIRST_KEY]?.key;
    sandbox.configure(ROTATED);
    await sandbox.up();
    const keys = await deployKeys();
    assert.deepEqual(Object.keys(keys), [SECOND_KEY]);
    assert.notEqual(keys[SECOND_KEY]?.key, before);
    const { status, output } = await sandbox.exec("flux", ["reconcile", "source", "git", "flux-system"]);
    assert.equal(status, 0, output);
    const secret = await sandbox.secret("flux-system", "flux-system");
    assert.equal(secret["identity.pub"]?.trim(), keys[SECOND_KEY]?.key);
    await sandbox.up({}, "--expect-no-changes");
  });

  it("keeps the value of a patched Secret while Flux reconciles it", async () => {
    const { status, output } = await sandbox.exec("flux", [
      "reconcile",
      "kustomization",
      "stalwart",
      "--with-source",
    ]);
    assert.equal(status, 0, output);
    assert.equal(await password(), generated);
  });

  it("shows somebody's patch in a refresh, by a digest, and puts the key right; theirs stay", async () => {
    const patch = { stringData: { "admin-password": "canary by hand", others: "theirs" } };
    const { status, output } = await sandbox.exec("kubectl", [
      ...["patch", "secret", "stalwart-secrets", "-n", "stalwart", "--type=merge"],
      ...["-p", JSON.stringify(patch)],
    ]);
    assert.equal(status, 0, output);
    const refreshed = await sandbox.pulumi(["refresh", "--yes", "--skip-preview", "--diff"]);
    assert.equal(refreshed.status, 0, refreshed.output);
    assert.match(refreshed.output, /admin-password.*scrypt:[0-9a-f]+/);
    assert.doesNotMatch(refreshed.output, /canary/);
    await sandbox.up();
    const { others, ...values } = await sandbox.secret("stalwart", "stalwart-secrets");
    assert.equal(others, "theirs");
    assert.equal(values["admin-password"], generated);
    await sandbox.exec("kubectl", [
      ...["patch", "secret", "stalwart-secrets", "-n", "stalwart", "--type=json"],
      ...["-p", '[{"op":"remove","path":"/data/others"}]'],
    ]);
  });

  it("parks a service by one word: Flux prunes it, its files stay, and the Secret leaves the cluster", async () => {
    const files = sandbox.files(REPOSITORY);
    parking("stalwart");
    await sandbox.up();
    const { [LIST]: list, ...others } = sandbox.files(REPOSITORY);
    assert.deepEqual({ ...others, [LIST]: files[LIST] }, files);
    assert.notEqual(list, files[LIST]);
    assert.doesNotMatch(listed(), /stalwart\.yaml/);
    await eventually("stalwart is gone", async () => {
      assert.ok(!(await live("kustomizations")).includes("stalwart"));
      assert.deepEqual(await sandbox.get("deployments", "stalwart"), []);
      assert.deepEqual(await sandbox.get("secrets", "stalwart"), []);
    });
    const { parked, readme } = await sandbox.outputs();
    assert.deepEqual(parked, ["stalwart"]);
    assert.match(String(readme), /## Parked\n\nstalwart/);
  });

  it("refuses to park what others wait for, before anything changes", async () => {
    const head = sandbox.head(REPOSITORY);
    parking("cnpg-operator");
    const { status, output } = await sandbox.tryUp();
    assert.notEqual(status, 0);
    assert.match(output, /stalwart waits for cnpg-operator, which is parked/);
    assert.equal(sandbox.head(REPOSITORY), head);
  });

  it("brings a parked service back, with the same value", async () => {
    parking();
    await sandbox.up();
    assert.match(listed(), / {2}- stalwart\.yaml\n/);
    assert.ok((await live("kustomizations")).includes("stalwart"));
    assert.equal((await sandbox.get("deployments", "stalwart")).length, 1);
    assert.equal(await password(), generated);
  });

  it("lives beside a service that somebody adds by hand to the same list", async () => {
    const text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: by-hand\n  namespace: flux-system\n";
    sandbox.edit(REPOSITORY, "k3s/flux/apps/by-hand.yaml", () => text, "Add by-hand");
    sandbox.edit(REPOSITORY, LIST, (list) => `${list}  - by-hand.yaml\n`, "List by-hand");
    const commits = sandbox.commits(REPOSITORY).length;
    await sandbox.pulumi(["refresh", "--yes", "--skip-preview"]);
    await sandbox.up();
    assert.equal(sandbox.commits(REPOSITORY).length, commits);
    assert.match(listed(), /by-hand\.yaml/);
    await eventually("it is there", async () => {
      await sandbox.object("configmap", "flux-system", "by-hand");
    });
  });

  it("takes away what is ours in a destroy, and leaves the services of others running", async () => {
    const { status, output } = await sandbox.pulumi(["destroy", "--yes", "--skip-preview"]);
    assert.equal(status, 0, output);
    const start = sandbox.git(REPOSITORY, "rev-list", "--max-parents=0", "main").trim();
    const { "k3s/flux/apps/by-hand.yaml": byHand, ...files } = sandbox.files(REPOSITORY);
    assert.ok(byHand !== undefined);
    assert.deepEqual(await deployKeys(), {});
    assert.deepEqual(Object.keys(files), Object.keys(sandbox.files(REPOSITORY, start)));
    assert.equal(listed().replace("  - by-hand.yaml\n", ""), sandbox.file(REPOSITORY, LIST, start));
    await eventually("our namespaces are gone", async () => {
      const ours = [
        ...Object.keys(patched).map((path) => path.split("/")[0] ?? ""),
        "flux-system",
        "longhorn-system",
        "monitoring",
        "reloader",
      ];
      const left = await sandbox.namespaces();
      assert.deepEqual(
        left.filter((name) => ours.includes(name)),
        [],
      );
      assert.ok(left.includes("whoami"));
      assert.ok(left.includes("metallb-system"));
    });
    await sandbox.object("service", "whoami", "whoami");
  });
});
