import assert from "node:assert/strict";
import type { Kube } from "../../tools/sandbox/kube";
import { duration } from "../../tools/sandbox/progress";
import { reconciled } from "../../tools/sandbox/reconciled";
import { asText } from "../../tools/sandbox/report";

const ready = { type: "Ready", status: "True", message: "Applied revision: main@sha1:0123456789" };

/** An API server with these lists only. */
const answering = (lists: Readonly<Record<string, readonly unknown[]>>): Kube =>
  ({
    list: (path: string) => Promise.resolve(lists[path.slice(path.lastIndexOf("/") + 1)]),
  }) as unknown as Kube;

function kustomization(name: string, revision: string, more: Record<string, unknown> = {}, parent?: string) {
  return {
    metadata: {
      name,
      namespace: "flux-system",
      generation: 2,
      labels: parent === undefined ? {} : { "kustomize.toolkit.fluxcd.io/name": parent },
    },
    spec: { sourceRef: { kind: "GitRepository", name: "flux-system" } },
    status: { observedGeneration: 2, conditions: [ready], lastAppliedRevision: revision, ...more },
  };
}
const source = {
  metadata: { name: "flux-system", namespace: "flux-system" },
  spec: {},
  status: { artifact: { revision: "main@sha1:new" } },
};

describe("report", () => {
  it("takes as ready what is so for the current object and commit", async () => {
    const all = await reconciled(
      answering({
        gitrepositories: [source],
        kustomizations: [
          kustomization("good", "main@sha1:new"),
          kustomization("old-commit", "main@sha1:old"),
          kustomization("old-object", "main@sha1:new", { observedGeneration: 1 }),
          kustomization("failed", "main@sha1:new", { conditions: [{ ...ready, status: "False" }] }),
          kustomization("untouched", "", { conditions: undefined }),
        ],
      }),
    );
    assert.deepEqual(
      all.filter((each) => each.ready).map(({ name }) => name),
      ["good"],
    );
  });

  it("shows parts, the tree, outputs and commits", async () => {
    const commit = "main@sha1:0123456789abcdef";
    const kustomizations = await reconciled(
      answering({
        kustomizations: [
          kustomization("flux-system", commit, {}, "flux-system"),
          kustomization("cert-manager", commit, {}, "flux-system"),
        ],
        helmreleases: [
          {
            metadata: {
              name: "cert-manager",
              namespace: "cert-manager",
              generation: 1,
              labels: { "kustomize.toolkit.fluxcd.io/name": "cert-manager" },
            },
            spec: {},
            status: {
              observedGeneration: 1,
              history: [{ chartVersion: "v1.2.3" }],
              conditions: [{ type: "Ready", status: "False", message: "Helm install failed:\nmore" }],
            },
          },
        ],
      }),
    );
    const text = asText({
      parts: [
        { name: "etcd", version: "3.6.7", kind: "real", from: "Go modules" },
        { name: "cloudflare", version: "", kind: "stand-in", from: "Cloudflare API" },
      ],
      outputs: { url: "https://cal.example.com", readme: "# long", waves: ["a"] },
      controllers: [
        {
          name: "kustomize-controller",
          args: ["--concurrent=20", "--log-level=info", "--events-addr=http://127.0.0.1:1/"],
          env: { GOGC: "400" },
          memory: true,
        },
        {
          name: "source-controller",
          args: ["--storage-path=/a", "--storage-adv-addr=b"],
          env: {},
          memory: false,
        },
      ],
      kustomizations,
      commits: [{ repository: "your-org/calcom", commit: "0123456789abcdef", subject: "Hand over calcom" }],
      seconds: { up: 12.34 },
    });
    assert.equal(
      text.slice(0, text.indexOf("\nNext")),
      `
Parts
  etcd        3.6.7  real      Go modules
  cloudflare         stand-in  Cloudflare API

Flux controllers, as their Deployments say
  kustomize-controller  --concurrent=20 GOGC=400 /tmp in memory
  source-controller

Reconciled by Flux
  Kustomization/flux-system     Ready      main@sha1:01234567  Applied revision: main@sha1:0123456789
    Kustomization/cert-manager  Ready      main@sha1:01234567  Applied revision: main@sha1:0123456789
      HelmRelease/cert-manager  NOT READY  v1.2.3              Helm install failed:

Outputs
  url    https://cal.example.com
  waves  ["a"]

Commits of this run
  your-org/calcom 01234567 Hand over calcom

Seconds
  up  12 s
`,
    );
  });

  it("writes durations for people", () => {
    assert.deepEqual([1.234, 42.4, 125].map(duration), ["1.2 s", "42 s", "2 min 5 s"]);
  });
});
