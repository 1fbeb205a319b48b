import { strict as assert } from "node:assert";
import type { Change, Rule } from "../../tools/preview-comment/danger/change";
import { ANNOTATION, lint } from "../../tools/preview-comment/danger/lint";
import { RULES } from "../../tools/preview-comment/danger/rules";
import type { ChangedObject } from "../../tools/preview-comment/findings";
import { ingress, kustomization, namespace, workload } from "./shop";

type Data = Readonly<Record<string, unknown>>;

const NOTHING: Change = { objects: [], pruned: new Map(), steps: [] };
const pruned = (...names: readonly string[]): Change => ({
  ...NOTHING,
  pruned: new Map(names.map((name) => [name, undefined])),
});
const changed = (name: string, before: Data | undefined, after: Data | undefined): Change => {
  const object: ChangedObject = { name, path: "a.yaml", before, after };
  return { ...NOTHING, objects: [object] };
};
const source = (spec: Data): Data => ({
  apiVersion: "source.toolkit.fluxcd.io/v1",
  kind: "GitRepository",
  metadata: { name: "apps", namespace: "flux-system" },
  spec,
});
const step = (type: string, op: string, before: Data | undefined, after: Data | undefined): Change => ({
  ...NOTHING,
  steps: [
    {
      op,
      urn: `urn:pulumi:prod::handoff::${type}::one`,
      oldState: before && { inputs: before },
      newState: after && { inputs: after },
    },
  ],
});
const together = (...changes: readonly Change[]): Change => ({
  ...NOTHING,
  steps: changes.flatMap(({ steps }) => steps),
});
const ACCESS = "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication";
const ROUTE = "cloudflare:index/zeroTrustTunnelCloudflaredRoute:ZeroTrustTunnelCloudflaredRoute";
const RECORD = "cloudflare:index/dnsRecord:DnsRecord";
const RULE = "handoff:cloudflare:IngressRule";
const application = (...who: readonly string[]): Data => ({
  domain: "a.example.com",
  policies: [{ name: "a", includes: who.map((one) => ({ [one]: {} })) }],
});
const guardedRule = {
  hostname: "a.example.com",
  originRequest: { access: { required: true, teamName: "team", audTag: ["tag"] } },
};
const release = (spec: Data): Data => ({
  apiVersion: "helm.toolkit.fluxcd.io/v2",
  kind: "HelmRelease",
  metadata: { name: "shop", namespace: "shop" },
  spec: { chart: { spec: { chart: "web" } }, ...spec },
});
const H = "HelmRelease shop/shop";
const K = "Kustomization flux-system/shop";
const withDependency = kustomization("shop", {
  dependsOn: [{ name: "db" }, { name: "dns", namespace: "infra" }],
});

/** By rule: what it finds, and what it leaves. */
const CASES: Readonly<
  Record<
    string,
    { readonly finds: readonly (readonly [Change, string])[]; readonly leaves: readonly Change[] }
  >
> = {
  "namespace-deleted": {
    finds: [[pruned("Namespace shop"), "Namespace shop"]],
    leaves: [pruned("ConfigMap shop/Namespace"), changed("Namespace shop", undefined, namespace("shop"))],
  },
  "definition-deleted": {
    finds: [[pruned("CustomResourceDefinition a.example.org"), "CustomResourceDefinition a.example.org"]],
    leaves: [pruned("CustomResource a")],
  },
  "data-pruned": {
    finds: [
      [pruned("StatefulSet shop/db"), "StatefulSet shop/db"],
      [pruned("PersistentVolumeClaim shop/data"), "PersistentVolumeClaim shop/data"],
    ],
    leaves: [pruned("Deployment shop/web")],
  },
  "kustomization-renamed": {
    finds: [
      [
        {
          ...NOTHING,
          objects: [
            { name: K, path: "a", before: kustomization("shop"), after: undefined },
            {
              name: "Kustomization flux-system/store",
              path: "b",
              after: kustomization("store", { path: "./apps/shop" }),
            },
          ],
        },
        K,
      ],
    ],
    leaves: [
      changed(K, kustomization("shop"), undefined),
      {
        ...NOTHING,
        objects: [
          { name: K, path: "a", before: kustomization("shop"), after: undefined },
          { name: "Kustomization flux-system/store", path: "b", after: kustomization("store") },
        ],
      },
    ],
  },
  "release-remade": {
    finds: [
      [changed(H, release({}), release({ releaseName: "web" })), H],
      [changed(H, release({}), release({ targetNamespace: "web" })), H],
      [changed(H, release({}), release({ storageNamespace: "flux-system" })), H],
      [changed(H, release({}), release({ chart: { spec: { chart: "./charts/other" } } })), H],
    ],
    leaves: [
      changed(
        H,
        release({}),
        release({ releaseName: "shop", targetNamespace: "shop", storageNamespace: "shop" }),
      ),
      changed(
        H,
        release({}),
        release({ chart: { spec: { chart: "charts/web", version: "2" } }, values: {} }),
      ),
      changed(H, undefined, release({ releaseName: "web" })),
      changed(H, release({}), undefined),
    ],
  },
  "prune-on": {
    finds: [[changed(K, kustomization("shop", { prune: false }), kustomization("shop")), K]],
    leaves: [
      changed(K, undefined, kustomization("shop")),
      changed(K, kustomization("shop"), kustomization("shop", { prune: false })),
    ],
  },
  "order-dropped": {
    finds: [[changed(K, withDependency, kustomization("shop", { dependsOn: [{ name: "db" }] })), K]],
    leaves: [changed(K, kustomization("shop"), withDependency), changed(K, withDependency, undefined)],
  },
  "source-moved": {
    finds: [
      [
        changed("GitRepository flux-system/apps", source({ url: "ssh://a" }), source({ url: "ssh://b" })),
        "GitRepository flux-system/apps",
      ],
    ],
    leaves: [
      changed(
        "GitRepository flux-system/apps",
        source({ url: "ssh://a" }),
        source({ url: "ssh://a", interval: "1m" }),
      ),
      changed("GitRepository flux-system/apps", undefined, source({ url: "ssh://a" })),
    ],
  },
  "host-public": {
    finds: [
      [changed("Ingress shop/web", ingress("a.example.com"), ingress("b.example.com")), "Ingress shop/web"],
      [
        step("handoff:cloudflare:IngressRule", "create", undefined, { hostname: "a.example.com" }),
        "IngressRule one",
      ],
      [step("cloudflare:index/dnsRecord:DnsRecord", "update", { name: "a" }, { name: "b" }), "DnsRecord one"],
      [step(ROUTE, "create", undefined, { network: "10.0.0.0/8" }), "ZeroTrustTunnelCloudflaredRoute one"],
    ],
    leaves: [
      changed("Ingress shop/web", ingress("a.example.com"), ingress("a.example.com")),
      step(
        "handoff:cloudflare:IngressRule",
        "update",
        { hostname: "a", service: "x" },
        { hostname: "a", service: "y" },
      ),
    ],
  },
  "guard-dropped": {
    finds: [
      [step(ACCESS, "delete", application("email"), undefined), "ZeroTrustAccessApplication one"],
      [
        together(
          step(ACCESS, "delete", application("email"), undefined),
          step(RECORD, "delete", { name: "b.example.com" }, undefined),
        ),
        "ZeroTrustAccessApplication one",
      ],
      [
        step(ACCESS, "update", application("email"), { ...application("email"), domain: "b.example.com" }),
        "ZeroTrustAccessApplication one",
      ],
      [
        step(ACCESS, "update", application("email"), application("email", "everyone")),
        "ZeroTrustAccessApplication one",
      ],
      [step(RULE, "update", guardedRule, { hostname: "a.example.com" }), "IngressRule one"],
    ],
    leaves: [
      step(ACCESS, "create", undefined, application("everyone")),
      step(ACCESS, "update", application("everyone"), application("everyone", "email")),
      step(ACCESS, "update", application("email"), application("group")),
      // Another resource guards it, and a host that goes needs no guard.
      together(
        step(ACCESS, "delete", application("email"), undefined),
        step(ACCESS, "create", undefined, application("email")),
      ),
      together(
        step(ACCESS, "delete", application("email"), undefined),
        step(RECORD, "delete", { name: "a.example.com" }, undefined),
      ),
      step(RULE, "update", guardedRule, { ...guardedRule, service: "http://b" }),
      step(RULE, "update", guardedRule, {
        ...guardedRule,
        originRequest: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
      }),
      step(RULE, "delete", guardedRule, undefined),
    ],
  },
  "secret-rotated": {
    finds: [
      [
        step("random:index/randomPassword:RandomPassword", "replace", { length: 1 }, { length: 2 }),
        "RandomPassword one",
      ],
      [step("handoff:secrets:KeyPair", "replace", { kind: "ageKey" }, { kind: "sshKey" }), "KeyPair one"],
    ],
    leaves: [step("random:index/randomPassword:RandomPassword", "create", undefined, { length: 2 })],
  },
  "image-unpinned": {
    finds: [
      ...["web", "web:latest", "example.org:5000/web"].map((image): readonly [Change, string] => [
        changed(
          "Deployment shop/web",
          workload("Deployment", "web", "web:1"),
          workload("Deployment", "web", image),
        ),
        "Deployment shop/web",
      ]),
    ],
    leaves: [
      ...["web:2", `web@sha256:${"0".repeat(64)}`, "example.org:5000/web:2"].map((image) =>
        changed(
          "Deployment shop/web",
          workload("Deployment", "web", "web:1"),
          workload("Deployment", "web", image),
        ),
      ),
      changed(
        "Deployment shop/web",
        workload("Deployment", "web", "web"),
        workload("Deployment", "web", "web"),
      ),
    ],
  },
};

describe("the lint for danger", () => {
  it("has cases for every rule", () => {
    assert.deepEqual(RULES.map(({ id }) => id).sort(), Object.keys(CASES).sort());
  });

  for (const { id, reason, find } of RULES) {
    it(id, () => {
      assert.ok(reason.length > 20);
      for (const [change, object] of CASES[id]?.finds ?? [])
        assert.deepEqual(
          find(change).map((one) => one.object),
          [object],
        );
      for (const change of CASES[id]?.leaves ?? []) assert.deepEqual(find(change), []);
    });
  }

  it("knows what is accepted, by the object's annotation and by the settings, and shows it still", () => {
    const rule = (id: string): Rule => RULES.find((one) => one.id === id) as Rule;
    const annotated = kustomization("shop", {}, { [ANNOTATION]: "order-dropped, prune-on" });
    const change = changed(K, kustomization("shop", { prune: false }), annotated);
    const accepted = (accept: readonly string[], of = change): (string | undefined)[] =>
      lint(of, accept, [rule("prune-on"), rule("data-pruned")]).map(({ acceptedBy }) => acceptedBy);
    assert.deepEqual(accepted([]), [`the annotation ${ANNOTATION}`]);
    assert.deepEqual(accepted([`data-pruned StatefulSet shop/db`], pruned("StatefulSet shop/db")), [
      "the setting accept",
    ]);
    assert.deepEqual(accepted([`namespace-deleted StatefulSet shop/db`], pruned("StatefulSet shop/db")), [
      undefined,
    ]);
  });
});
