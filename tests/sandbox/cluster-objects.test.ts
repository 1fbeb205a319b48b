import { strict as assert } from "node:assert";
import { baseObjects, systemObjects } from "../../tools/sandbox/cluster-objects";

describe("objects of the cluster", () => {
  const names = (system: string) => systemObjects(system).map(({ object }) => object.metadata.name);

  it("are what k3s and its bootstrap bring, and a node for what watches the others", () => {
    const k3s = [
      "ingressroutes.traefik.io",
      "middlewares.traefik.io",
      "tlsoptions.traefik.io",
      "tlsstores.traefik.io",
      "helmcharts.helm.cattle.io",
      "helmchartconfigs.helm.cattle.io",
    ];
    assert.deepEqual(names("homelab"), [
      ...k3s,
      "ipaddresspools.metallb.io",
      "l2advertisements.metallb.io",
      "metallb-system",
    ]);
    assert.deepEqual(names("sites"), [...k3s, "observability"]);
    assert.deepEqual(names("prod"), []);
  });

  it("never are those of another twice", () => {
    for (const system of ["apps", "homelab", "prod", "sites"]) {
      const all = [...baseObjects, ...systemObjects(system)].map(
        ({ path, object }) => path + object.metadata.name,
      );
      assert.equal(new Set(all).size, all.length, system);
    }
  });
});
