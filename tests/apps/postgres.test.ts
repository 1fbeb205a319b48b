import { strict as assert } from "node:assert";
import { postgres } from "../../manifests/catalog/postgres";
import { toYaml } from "../../manifests/yaml";

describe("postgres", () => {
  it("keeps to the patterns that NFS needs", () => {
    const text = toYaml(postgres({ name: "db", namespace: "app", secretName: "db", user: "me" }));
    for (const line of [
      "fsGroup: 999",
      "failureThreshold: 30",
      "failureThreshold: 6",
      "storageClassName: nfs-client",
    ]) {
      assert(text.includes(line), line);
    }
    assert.equal(text.match(/- pg_isready\n +- -U\n +- me\n +- -h\n +- localhost\n/g)?.length, 3);
    assert.equal(text.match(/timeoutSeconds: 5/g)?.length, 3);
    assert.match(text, /---\napiVersion: v1\nkind: Service\n[^]*clusterIP: None\n/);
  });
});
