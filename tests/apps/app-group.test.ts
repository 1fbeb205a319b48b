import { strict as assert } from "node:assert";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { appGroup, type AppGroupOptions, type GroupedApp } from "../../manifests/apps/app-group";
import { InputError } from "../../manifests/files";
import { assertGolden } from "../golden";
import { placed } from "./placed";

const apps: readonly GroupedApp[] = [
  { name: "cart", folder: "apps/cart", targetNamespace: "shop", retryInterval: "1m" },
  {
    name: "checkout",
    folder: "./apps/checkout/",
    shared: ["bases/web"],
    dependsOn: [{ name: "cart" }],
    labels: { team: "payments" },
  },
];
const options: AppGroupOptions = {
  name: "shop",
  repository: { url: "https://git.example.com/your-org/shop.git", branch: "prod", secretName: "shop-auth" },
  apps,
};
const many = (count: number): GroupedApp[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `app-${String(index)}`,
    folder: `apps/${String(index)}`,
  }));
const group = (more: Partial<AppGroupOptions> = {}) => appGroup({ ...options, ...more });
const filesOf = (more: Partial<AppGroupOptions> = {}) => placed([group(more)]).files;

/** The artifacts by their generators. */
function artifacts(files: Readonly<Record<string, string>>): Record<string, string[]> {
  const text = files["clusters/my-cluster/shop/generators.yaml"] ?? "";
  return Object.fromEntries(
    parseAllDocuments(text).map((document) => {
      const { metadata, spec } = document.toJS() as {
        metadata: { name: string };
        spec: { artifacts: { name: string }[] };
      };
      return [metadata.name, spec.artifacts.map(({ name }) => name)];
    }),
  );
}

describe("a group of apps of one repository", () => {
  for (const [name, more] of [
    ["artifacts", {}],
    ["whole-source", { cut: "source" }],
    ["flux-repository", { repository: undefined }],
    ["shards", { shards: ["shard1", "shard2"] }],
    ["parts", { parts: 2, apps: [...apps, { name: "stock", folder: "apps/stock" }] }],
  ] as const satisfies readonly (readonly [string, Partial<AppGroupOptions>])[]) {
    it(`has its files: ${name}`, () => {
      assertGolden(join(__dirname, "golden", `app-group-${name}`), filesOf(more));
    });
  }

  it("names what the hand-off follows", () => {
    const names = ({ sources, generators }: ReturnType<typeof group>) => ({ sources, generators });
    assert.deepEqual(names(group()), {
      sources: ["shop"],
      generators: ["shop"],
    });
    assert.deepEqual(names(group({ cut: "source" })).generators, []);
    assert.deepEqual(names(group({ repository: undefined })).sources, []);
    assert.deepEqual(names(group({ shards: ["a", "b"], apps: many(6) })), {
      sources: ["shop-a", "shop-b"],
      generators: ["shop-a", "shop-b"],
    });
  });

  it("cuts many apps in two steps, in which each app stays in its part when others come", () => {
    const before = artifacts(filesOf({ apps: many(1000) }));
    const { shop = [], ...parts } = before;
    assert.equal(shop.length, 32);
    assert.deepEqual(Object.keys(parts), shop);
    assert.equal(Object.values(parts).flat().length, 1000);
    for (const names of Object.values(parts)) assert.ok(names.length > 15 && names.length < 50);
    const { shop: same, ...after } = artifacts(filesOf({ apps: many(990) }));
    assert.deepEqual(same, shop);
    for (const [part, names] of Object.entries(after)) {
      assert.deepEqual(
        names.filter((name) => !parts[part]?.includes(name)),
        [],
      );
    }
  });

  const faults: readonly [string, Partial<AppGroupOptions>, RegExp][] = [
    ["no part", { parts: 0 }, /group shop can't be cut into 0 parts/],
    ["no apps", { apps: [] }, /group shop has no apps/],
    [
      "shards without a repository of its own",
      { repository: undefined, shards: ["a"] },
      /needs its repository/,
    ],
    [
      "a folder outside of the repository",
      { apps: [{ name: "a", folder: "../a" }] },
      /no path in a repository/,
    ],
    [
      "more artifacts than a generator may have",
      { apps: many(1001), parts: 1 },
      /ArtifactGenerator shop has 1001 artifacts; 1 to 1000 are possible/,
    ],
  ];
  for (const [name, more, message] of faults) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => group(more),
        (error) => error instanceof InputError && message.test(error.message),
      );
    });
  }
});
