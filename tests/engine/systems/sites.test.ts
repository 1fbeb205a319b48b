/** The life of the sites, from the first start to destroy and a repository that is bootstrapped. One sandbox, steps in order. */
import { strict as assert } from "node:assert";
import { eventually, tail } from "../commands";
import { addedLines, assertHas, inUrl } from "../expect";
import { startJson } from "../life/first-start";
import { useSandbox } from "../sandbox";
import { newSite } from "./new-site";

const REPOSITORY = "your-org/platform";
const ROOT = "k8s/flux-system/kustomization.yaml";
const SITES = [
  ...["kevinryan-io", "brand-kevinryan-io", "aiimmigrants-com", "specmcp-ai", "sddbook-com"],
  ...["distributedequity-org", "docs-kevinryan-io"],
];
const PASSWORD = "p@ss/word"; // somebody else's, in the vault

describe("the life of the sites", () => {
  const sandbox = useSandbox("sites", true);
  const start = (): string => sandbox.git(REPOSITORY, "rev-list", "--max-parents=0", "main").trim();
  const image = async (site: string): Promise<unknown> => {
    const { spec } = await sandbox.object("deployment", site, site);
    const { template } = spec as { template: { spec: { containers: readonly { image: string }[] } } };
    return template.spec.containers[0]?.image;
  };

  it("ends with every Kustomization and HelmRelease Ready at the commit", async () => {
    sandbox.create();
    const { kustomizations: live, controllers } = await startJson(sandbox);
    await sandbox.readEnvironment();
    assert.deepEqual(
      live.filter(({ ready }) => !ready),
      [],
    );
    const names = (kind: string): string[] =>
      live
        .filter((one) => one.kind === kind)
        .map(({ name }) => name)
        .sort();
    assert.deepEqual(
      names("Kustomization"),
      [
        ...["flux-system", "status-page", ...SITES],
        ...["external-secrets", "external-secrets-store", "umami", "observability"],
      ].sort(),
    );
    assert.deepEqual(names("HelmRelease"), [
      ...["external-secrets", "grafana", "loki", "promtail", "victoria-metrics-k8s-stack"],
    ]);
    const revision = `main@sha1:${sandbox.head(REPOSITORY)}`;
    for (const one of live) if (one.kind === "Kustomization") assert.equal(one.revision, revision, one.name);
    assert.deepEqual(controllers.map(({ name }) => name).sort(), [
      ...["helm-controller", "kustomize-controller", "source-controller"],
    ]);
  });

  it("adds entries to the root's kustomization.yaml, and leaves its lines as they were", () => {
    const added = addedLines(sandbox.file(REPOSITORY, ROOT, start()), sandbox.file(REPOSITORY, ROOT));
    assert.deepEqual(
      added.map((line) => line.replace(/^[ -]*/, "")),
      [
        ...["gotk-components.yaml", "gotk-sync.yaml"],
        ...[...SITES, "external-secrets", "external-secrets-store", "umami", "observability"].map(
          (name) => `${name}-sync.yaml`,
        ),
      ],
    );
  });

  it("makes the Secrets of what others keep in the vault, fit for their places", async () => {
    const { DATABASE_URL: url = "" } = await sandbox.secret("umami", "umami-db");
    assert.equal(
      url,
      `postgresql://psqladmin:${inUrl(PASSWORD)}@psql-sites.postgres.database.azure.com:5432/umami_db?sslmode=require`,
    );
    const { GF_SECURITY_ADMIN_PASSWORD: admin = "", ...grafana } = await sandbox.secret(
      "observability",
      "grafana-db",
    );
    assert.equal(admin.length, 32);
    assert.deepEqual(grafana, {
      GF_DATABASE_TYPE: "postgres",
      GF_DATABASE_HOST: "psql-sites.postgres.database.azure.com:5432",
      GF_DATABASE_NAME: "grafana_db",
      GF_DATABASE_USER: "psqladmin",
      GF_DATABASE_PASSWORD: PASSWORD,
      GF_DATABASE_SSL_MODE: "require",
      "admin-user": "admin",
    });
  });

  it("publishes every host in its zone, and runs what watches on its own node", async () => {
    const { records, tunnels } = await sandbox.cloudflare();
    assert.deepEqual(tunnels, []);
    assert.equal(records.length, 14);
    for (const { type, content, proxied } of records) {
      assert.deepEqual([type, content, proxied], ["A", "203.0.113.10", true]);
    }
    for (const name of ["www.sddbook.com", "docs.kevinryan.io", "monitoring.kevinryan.io"]) {
      assert.ok(
        records.some((record) => record.name === name),
        name,
      );
    }
    const pods = await sandbox.get("pods", "observability", "-l", "app.kubernetes.io/name=grafana");
    assert.equal(pods.length, 1);
    for (const pod of pods) assertHas(pod.spec, { nodeName: "observability" });
  });

  it("changes nothing and commits nothing the second time", async () => {
    const before = sandbox.head(REPOSITORY);
    const { stdout, status, output } = await sandbox.command(["start", "--json"]);
    assert.equal(status, 0, output);
    assert.equal(sandbox.head(REPOSITORY), before, stdout);
    const preview = await sandbox.pulumi(["preview", "--expect-no-changes"]);
    assert.equal(preview.status, 0, tail(preview.output));
  });

  it("keeps the tag that CI bumps", async () => {
    const file = "k8s/specmcp-ai/deployment.yaml";
    sandbox.edit(
      ...([
        REPOSITORY,
        file,
        (text: string) => text.replace(":08a2c8e", ":4d1f00c"),
        "[deploy] specmcp-ai: 4d1f00c",
      ] as const),
    );
    const bumped = sandbox.head(REPOSITORY);
    await sandbox.up();
    assert.equal(sandbox.head(REPOSITORY), bumped);
    await eventually("the new image runs", async () => {
      assert.equal(await image("specmcp-ai"), "kevinryanacr.azurecr.io/specmcp-ai:4d1f00c");
    });
    assert.equal(await image("sddbook-com"), "kevinryanacr.azurecr.io/sddbook-com:08a2c8e");
  });

  newSite(sandbox, SITES);

  let gotk: Readonly<Record<string, string>>;
  it("leaves at destroy what was there before", async () => {
    const names = ["gotk-components.yaml", "gotk-sync.yaml"].map((name) => `k8s/flux-system/${name}`);
    gotk = Object.fromEntries(names.map((name) => [name, sandbox.file(REPOSITORY, name)]));
    const { status, output } = await sandbox.command(["run", "--", "destroy"]);
    assert.equal(status, 0, tail(output));
    assert.deepEqual(sandbox.files(REPOSITORY), sandbox.files(REPOSITORY, start()));
    assert.deepEqual((await sandbox.cloudflare()).records, []);
    assert.deepEqual(Object.keys(await sandbox.vault()).sort(), [
      ...["pg-admin-password", "pg-admin-username", "pg-fqdn"],
    ]);
    await eventually("what was in our namespaces has ended", async () => {
      const left = await sandbox.namespaces();
      const ours = [...SITES, "hello", "flux-system", "external-secrets", "umami", "observability"];
      assert.deepEqual(
        left.filter((name) => ours.includes(name)),
        [],
      );
      assert.ok(left.includes("status-page"));
    });
  });

  it("lives on in a folder that is bootstrapped, without a change of Flux's files", async () => {
    for (const [file, text] of Object.entries(gotk)) sandbox.edit(REPOSITORY, file, () => text, "Bootstrap");
    sandbox.edit(
      ...([
        REPOSITORY,
        ROOT,
        (text: string) => `${text}  - gotk-components.yaml\n  - gotk-sync.yaml\n`,
        "List Flux",
      ] as const),
    );
    const bootstrapped = sandbox.head(REPOSITORY);
    const { kustomizations: live } = await startJson(sandbox);
    assert.deepEqual(
      live.filter(({ ready }) => !ready),
      [],
    );
    const changed = sandbox.git(REPOSITORY, "diff", "--name-only", bootstrapped, "main").trim().split("\n");
    assert.ok(changed.includes(ROOT));
    assert.deepEqual(
      changed.filter((file) => file in gotk),
      [],
    );
    const listed = sandbox.file(REPOSITORY, ROOT).match(/gotk-sync\.yaml/g);
    assert.equal(listed?.length, 1);
  });
});
