import assert from "node:assert/strict";
import { join } from "node:path";
import { site } from "../../manifests/catalog/site";
import { sitesSystem } from "../../stacks/sites";
import { assertGolden } from "../golden";
import { byName, type Registered } from "../mocks";
import { CLOUDFLARE, filesOf, runSites } from "./sites-run";
import { dump } from "./under-mocks";

/** Somebody else's sites, in two zones. */
const LIST = [
  site({
    name: "example-com",
    hosts: ["example.com", "www.example.com"],
    image: "registry.example.com/example-com:0000001",
  }),
  site({ name: "docs", hosts: ["docs.example.org"], image: "registry.example.com/docs:0000002" }),
];
const fixture = sitesSystem(LIST);

describe("stacks/sites", () => {
  let found: readonly Registered[];
  before(async () => {
    found = await runSites(fixture);
  });

  it("writes just these files", () => {
    assertGolden(join(__dirname, "golden", "sites"), filesOf(found));
  });

  it("registers just these resources", () => {
    assertGolden(join(__dirname, "golden", "sites-resources"), {
      "resources.yaml": dump(found, { paths: ["files"] }),
    });
  });

  it("marks as secret whatever is one", () => {
    const text = JSON.stringify(found, (_key, value: unknown) =>
      value !== null && typeof value === "object" && "secret" in value ? "(secret)" : value,
    );
    assert.doesNotMatch(text, /canary/);
  });

  it("takes one more site by one more entry: four files, a sync file, an entry, records", async () => {
    const shop = site({
      ...{ name: "shop", hosts: ["shop.example.com", "shop.example.org"] },
      image: "registry.example.com/shop:0000003",
    });
    const more = await runSites(sitesSystem([...LIST, shop]));
    const added = (before: object, after: object): string[] =>
      Object.keys(after).filter((key) => !(key in before));
    assert.deepEqual(added(filesOf(found), filesOf(more)).sort(), [
      "k8s/flux-system/shop-sync.yaml",
      "k8s/shop/deployment.yaml",
      "k8s/shop/ingress.yaml",
      "k8s/shop/namespace.yaml",
      "k8s/shop/service.yaml",
    ]);
    for (const [path, text] of Object.entries(filesOf(found))) assert.equal(filesOf(more)[path], text, path);
    const names = new Set(found.map(({ name }) => name));
    assert.deepEqual(
      more
        .map(({ name }) => name)
        .filter((name) => !names.has(name))
        .sort(),
      [
        "shop-record",
        "shop-record-mark",
        "shop-shop.example.org-record",
        "shop-shop.example.org-record-mark",
      ],
    );
  });

  it("leads hosts through a tunnel, but those that have an address of their own", async () => {
    const apart = site({
      ...{ name: "apart", hosts: ["apart.example.org"], image: "registry.example.com/apart:1" },
      address: "ingress.example.net",
    });
    const { address: _, ...cloudflare } = CLOUDFLARE;
    const service = "https://traefik.kube-system.svc.cluster.local:443";
    const tunnelled = await runSites(sitesSystem([apart]), {
      "handoff:cloudflare": { ...cloudflare, tunnel: { name: "sites", service } },
    });
    const rules = tunnelled.filter(({ type }) => type === "handoff:cloudflare:IngressRule");
    assert.deepEqual(rules.map(({ inputs }) => [inputs.hostname, inputs.service]).sort(), [
      ["analytics.example.com", service],
      ["monitoring.example.com", service],
    ]);
    const { name, type, content, zoneId } = byName(tunnelled, "apart-record").inputs;
    assert.deepEqual(
      [name, type, content, zoneId],
      ["apart.example.org", "CNAME", "ingress.example.net", "00000000000000000000000000000001"],
    );
    assert.ok("k8s/cloudflare/deployment.yaml" in filesOf(tunnelled));
  });

  it("makes no records without Cloudflare", async () => {
    const without = await runSites(fixture, { "handoff:cloudflare": null });
    assert.deepEqual(
      without.filter(({ type }) => type.startsWith("cloudflare:")),
      [],
    );
  });

  it("writes to the vault what a setting gives, and nothing that others keep", async () => {
    const vaultSecrets = (all: readonly Registered[]): string[] =>
      all
        .filter(({ type }) => type === "azure-native:keyvault:Secret")
        .map(({ name }) => name)
        .sort();
    assert.deepEqual(vaultSecrets(found), ["key-vault-grafana-admin-password", "key-vault-umami-app-secret"]);
    const given = await runSites(fixture, {
      "handoff:database": { host: "db.example.com", password: { env: "POSTGRES_PASSWORD" } },
      "handoff:credentials": { stored: ["umamiAppSecret", "grafanaAdminPassword"] },
    });
    assert.deepEqual(vaultSecrets(given), ["key-vault-pg-admin-password", "key-vault-pg-fqdn"]);
  });
});
