import assert from "node:assert/strict";
import { controllerArgs, type HostedController } from "../../tools/sandbox/flux";
import { type Deployment, wanted } from "../../tools/sandbox/flux-host";
import { withLocalFiles } from "../../tools/sandbox/flux-manifests";

const place = ["--events-addr=http://127.0.0.1:1/", "--health-addr=127.0.0.1:2", "--metrics-addr=0"];
const hosted: HostedController = { name: "kustomize-controller", command: "/bin/k", place, env: {} };
const groups = new Set(["kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io"]);

function deployment(args: readonly string[], replicas?: number): Deployment {
  return {
    metadata: { name: "kustomize-controller", namespace: "flux-system" },
    spec: { replicas, template: { spec: { containers: [{ args }] } } },
  };
}

describe("Flux on this machine", () => {
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
      ...place,
    ]);
  });

  it("keeps the pace that a patch of the installation sets", () => {
    const args = controllerArgs(
      "kustomize-controller",
      ["--concurrent=20", "--requeue-dependency=9s"],
      place,
    );
    assert.deepEqual(args, ["--concurrent=20", "--requeue-dependency=9s", ...place]);
  });

  it("runs a controller while its Deployment and its API are there", () => {
    const run = wanted(hosted, [deployment(["--log-level=debug"])], groups);
    assert.equal(run?.namespace, "flux-system");
    assert.ok(run.args.includes("--log-level=debug"));
    assert.equal(wanted(hosted, [], groups), undefined);
    assert.equal(wanted(hosted, [deployment([], 0)], groups), undefined);
    assert.equal(wanted(hosted, [deployment([])], new Set(["kustomize.toolkit.fluxcd.io"])), undefined);
  });

  it("takes the release's addresses out of a base, of the pinned version only", () => {
    const base = "- https://github.com/fluxcd/a/releases/download/v1.2.3/a.crds.yaml\n- account.yaml\n";
    assert.equal(withLocalFiles(base, "a", "v1.2.3"), "- a.crds.yaml\n- account.yaml\n");
    assert.throws(() => withLocalFiles(base, "a", "v1.2.4"), /another a than v1\.2\.4/);
  });
});
