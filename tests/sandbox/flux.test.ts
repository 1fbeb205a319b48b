import assert from "node:assert/strict";
import type { Deployment } from "../../tools/sandbox/deployments";
import { controllerArgs, placeOf, wanted } from "../../tools/sandbox/flux";
import { withLocalFiles } from "../../tools/sandbox/flux-manifests";
import { ownState } from "./own-state";

const place = ["--events-addr=http://127.0.0.1:1/", "--health-addr=127.0.0.1:2", "--metrics-addr=0"];
const groups = new Set(["kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io"]);

function deployment(
  args: readonly string[],
  replicas?: number,
  medium?: string,
  env: readonly { readonly name: string; readonly value?: string }[] = [],
): Deployment {
  const container = {
    image: "registry.example.com:5000/fluxcd/kustomize-controller:v1.9.4",
    args,
    env: [{ name: "RUNTIME_NAMESPACE" }, { name: "TUF_ROOT", value: "/tmp/.sigstore" }, ...env],
    volumeMounts: [{ name: "temp", mountPath: "/tmp" }],
  };
  return {
    metadata: { name: "kustomize-controller", namespace: "flux-system" },
    spec: {
      replicas,
      template: { spec: { containers: [container], volumes: [{ name: "temp", emptyDir: { medium } }] } },
    },
  };
}

describe("Flux on this machine", () => {
  const state = ownState();

  it("has the Deployment's arguments with this machine's addresses", () => {
    const inCluster = [
      "--events-addr=http://notification-controller.$(RUNTIME_NAMESPACE).svc.cluster.local./",
      "--watch-all-namespaces=true",
      "--enable-leader-election",
    ];
    assert.deepEqual(controllerArgs("kustomize-controller", inCluster, place), [
      "--watch-all-namespaces=true",
      "--requeue-dependency=2s",
      "--concurrent=10",
      "--min-retry-delay=100ms",
      ...place,
    ]);
  });

  it("keeps the pace that a patch of the installation sets", () => {
    const args = controllerArgs(
      "kustomize-controller",
      ["--concurrent=20", "--requeue-dependency=9s", "--min-retry-delay=1s"],
      place,
    );
    assert.deepEqual(args, ["--concurrent=20", "--requeue-dependency=9s", "--min-retry-delay=1s", ...place]);
  });

  it("sends no events where Flux is installed without who takes them", () => {
    const args = controllerArgs("kustomize-controller", ["--events-addr="], place);
    assert.deepEqual(args.slice(-place.length), ["--events-addr=", ...place.slice(1)]);
  });

  it("runs a controller while its Deployment and its API are there", () => {
    assert.deepEqual(wanted([deployment(["--log-level=debug"])], groups), [
      {
        controller: "kustomize-controller",
        name: "kustomize-controller",
        namespace: "flux-system",
        args: ["--log-level=debug"],
        env: {},
        memory: false,
      },
    ]);
    assert.deepEqual(wanted([], groups), []);
    assert.deepEqual(wanted([deployment([], 0)], groups), []);
    assert.deepEqual(wanted([deployment([])], new Set(["kustomize.toolkit.fluxcd.io"])), []);
  });

  it("runs a further process for a further Deployment of a controller, and nothing for others", () => {
    const shard = { ...deployment([]), metadata: { name: "kustomize-controller-shard1" } };
    const other = deployment([]);
    const [container] = other.spec.template.spec.containers;
    const image = { ...container, image: "ghcr.io/fluxcd/flux-cli:v2.9.4" };
    const foreign = { ...other, spec: { template: { spec: { containers: [image] } } } };
    assert.deepEqual(
      wanted([deployment([]), shard, foreign], groups).map(({ controller, name }) => [controller, name]),
      [
        ["kustomize-controller", "kustomize-controller"],
        ["kustomize-controller", "kustomize-controller-shard1"],
      ],
    );
  });

  it("runs a controller of images when its API is there, with its database in the state", async () => {
    const base = deployment([]);
    const [container] = base.spec.template.spec.containers;
    const image = { ...container, image: "ghcr.io/fluxcd/image-reflector-controller:v1.2.4" };
    const reflector = { ...base, spec: { template: { spec: { containers: [image] } } } };
    const names = (...more: string[]) =>
      wanted([reflector], new Set([...groups, ...more])).map(({ controller }) => controller);
    assert.deepEqual(names(), []);
    assert.deepEqual(names("image.toolkit.fluxcd.io"), ["image-reflector-controller"]);
    const args = await placeOf("image-reflector-controller", "image-reflector-controller");
    assert.ok(
      args.includes(`--storage-path=${state()}/artifacts/image-reflector-controller`),
      args.join(" "),
    );
  });

  it("collects garbage as its Deployment says", () => {
    const [found] = wanted([deployment([], 1, undefined, [{ name: "GOGC", value: "400" }])], groups);
    assert.deepEqual(found?.env, { GOGC: "400" });
  });

  it("has /tmp in memory when its Deployment says so", () => {
    assert.deepEqual(
      wanted([deployment([], 1, "Memory")], groups).map(({ memory }) => memory),
      [true],
    );
  });

  it("takes the release's addresses out of a base, of the pinned version only", () => {
    const base = "- https://github.com/fluxcd/a/releases/download/v1.2.3/a.crds.yaml\n- account.yaml\n";
    assert.equal(withLocalFiles(base, "a", "v1.2.3"), "- a.crds.yaml\n- account.yaml\n");
    assert.throws(() => withLocalFiles(base, "a", "v1.2.4"), /another a than v1\.2\.4/);
  });
});
