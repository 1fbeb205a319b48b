/** A review stack of prod beside its parent, whole and under mocks: what of the two could meet. */
import assert from "node:assert/strict";
import { stringify } from "yaml";
import { app } from "../../manifests/apps/app";
import { defineSystem } from "../../stacks/platform";
import { reviewHosts } from "../../stacks/review-hosts";
import { prod } from "../../stacks/prod";
import type { App } from "../../manifests/app";
import type { Registered } from "../mocks";
import { SHIPPED_PROD, shippedPart } from "./shipped";
import { builtUnderMocks } from "./under-mocks";
import { answers, WholeStack } from "./whole-stack";

describe("a review stack of prod", () => {
  const stack = new WholeStack();
  let parent: Registered[];
  let review: Registered[];
  let outputs: Record<string, unknown>;
  // An app whose host stands in the program.
  const shipped = shippedPart(prod, SHIPPED_PROD);
  const system = defineSystem({
    ...shipped,
    build: (settings, platform) => {
      const built = shipped.build(settings, platform);
      const another = app({
        name: "another",
        image: "ghcr.io/your-org/another:v1.0.0",
        hosts: ["another.example.com"],
        env: { URL: "https://another.example.com/start", MAIL: "you@another.example.com" },
      });
      return { ...built, apps: [...built.apps, another] };
    },
  });

  before(async () => {
    stack.setUp();
    const [raw, env] = stack.settings({
      "handoff:cluster": { name: "my-cluster", context: "prod" },
    });
    parent = (await builtUnderMocks(answers, () => system.run(raw, env, ["prod"]))).resources;
    const { gitPassword, ...settings } = raw;
    const config = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`handoff:${key}`, value]),
    );
    const readFile = (path: string): string =>
      path === "Pulumi.prod.yaml" ? stringify({ config }) : env.readFile(path);
    const template = {
      gitPassword,
      review: { of: "prod" },
      cluster: { name: "review-{number}", context: "review" },
      fluxRepository: { branch: "pr-{number}" },
      appRepository: { branch: "pr-{number}" },
      cloudflare: { tunnel: { name: "review-{number}" } },
      azure: {
        vault: { name: "review-{number}", create: true },
        identity: { oidcIssuer: "https://oidc.example.com/review" },
      },
    };
    const own = { ...env, stack: "pr-7", readFile };
    const built = await builtUnderMocks(answers, () => system.run(template, own, ["prod"]));
    review = built.resources;
    outputs = built.outputs;
  });
  after(() => {
    stack.tearDown();
  });

  const inputs = (all: readonly Registered[], type: string): readonly Readonly<Record<string, unknown>>[] =>
    all.filter((one) => one.type === type).map((one) => one.inputs);

  it("has what the parent has, resource by resource", () => {
    const names = (all: readonly Registered[]): string[] =>
      all.map(({ type, name }) => `${type} ${name}`).sort();
    const added = ["azure-native:keyvault:Vault"];
    assert.deepEqual(
      names(review).filter((name) => !added.some((type) => name.startsWith(type))),
      names(parent),
    );
  });

  it("has hosts of its own, in rules, records, manifests and outputs, from the settings and from the program", () => {
    const rules = inputs(review, "handoff:cloudflare:IngressRule").map(({ hostname }) => hostname);
    assert.deepEqual(rules.sort(), ["another-pr-7.example.com", "cal-pr-7.example.com"]);
    const records = inputs(review, "cloudflare:index/dnsRecord:DnsRecord").map(({ name }) => name);
    assert.deepEqual(records.sort(), rules.sort());
    assert.deepEqual(outputs.urls, ["https://cal-pr-7.example.com", "https://another-pr-7.example.com"]);
    for (const { files } of inputs(review, "handoff:git:GitCommit")) {
      const text = Object.values(files as Record<string, string>).join("\n");
      assert.doesNotMatch(text, /(?<![\w.@-])(cal|another)\.example\.com/);
      if (text.includes("another-pr-7"))
        assert.match(
          text,
          /https:\/\/another-pr-7\.example\.com\/start[^]*you@another\.example\.com|you@another[^]*https:\/\/another-pr-7/,
        );
    }
  });

  it("writes branches of its own, which begin at the parent's without the cluster's folder", () => {
    const places = inputs(review, "handoff:git:GitCommit").map(({ branch, from }) => ({ branch, from }));
    assert.deepEqual(places, [
      { branch: "pr-7", from: { branch: "main" } },
      {
        branch: "pr-7",
        from: { branch: "main", without: ["clusters/my-cluster", "clusters/my-cluster/flux-system"] },
      },
    ]);
    for (const { from } of inputs(parent, "handoff:git:GitCommit")) assert.equal(from, undefined);
  });

  it("shares no tunnel, vault, identity, token or record's name with the parent", () => {
    const names = (all: readonly Registered[]): string[] =>
      [
        inputs(all, "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared").map(
          ({ name }) => name,
        ),
        inputs(all, "azure-native:managedidentity:UserAssignedIdentity").map(
          ({ resourceName }) => resourceName,
        ),
        inputs(all, "azure-native:keyvault:Secret").map(({ vaultName }) => vaultName),
        inputs(all, "handoff:cloudflare:TokenMark").map(({ tokenName, name }) => tokenName ?? name),
        inputs(all, "cloudflare:index/dnsRecord:DnsRecord").map(({ name }) => name),
      ]
        .flat()
        .map(String);
    const theirs = new Set(names(parent));
    assert.ok(names(review).length >= 5);
    assert.deepEqual(
      names(review).filter((name) => theirs.has(name)),
      [],
    );
  });
});

describe("hosts of a review stack", () => {
  const host = (...names: string[]): App => ({
    name: "app",
    kustomizations: [],
    hosts: names.map((name) => ({ name })),
  });
  const zones = ["example.com"];

  it("get the number below the zone, once", () => {
    const rename = reviewHosts(
      [host("a.example.com", "example.com", "x-pr-7.example.com", "*.example.com")],
      {
        number: "7",
        zones,
      },
    );
    assert.deepEqual(rename(["a.example.com", "example.com", "x-pr-7.example.com", "*.example.com"]), [
      "a-pr-7.example.com",
      "pr-7.example.com",
      "x-pr-7.example.com",
      "*.pr-7.example.com",
    ]);
  });

  it("are found as whole names alone", () => {
    const rename = reviewHosts([host("a.example.com")], { number: "7", zones });
    for (const text of [
      ...["b.a.example.com", "you@a.example.com", "a.example.com.au", "aa.example.com", "-a.example.com"],
    ])
      assert.equal(rename(text), text);
    for (const [text, renamed] of [
      ["https://a.example.com/x?y=a.example.com.", "https://a-pr-7.example.com/x?y=a-pr-7.example.com."],
      ["Host(`a.example.com`)", "Host(`a-pr-7.example.com`)"],
      ["a.example.com:443,a.example.com", "a-pr-7.example.com:443,a-pr-7.example.com"],
    ] as const)
      assert.equal(rename(text), renamed);
  });

  it("leave what isn't plain data, and what says nothing of them, as it is", () => {
    const rename = reviewHosts([host("a.example.com")], { number: "7", zones });
    const date = new Date();
    const same = { date, list: [1, { text: "none" }], make: () => "a.example.com" };
    assert.equal(rename(same), same);
    assert.deepEqual(rename({ date, at: { host: "a.example.com" } }), {
      date,
      at: { host: "a-pr-7.example.com" },
    });
  });
});
