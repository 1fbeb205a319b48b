import { strict as assert } from "node:assert";
import { join } from "node:path";
import { notifications } from "../../manifests/catalog/notifications";
import { assertGolden } from "../golden";
import { placed } from "./placed";

describe("notifications", () => {
  it("tell failures, and take webhooks of all sources", () => {
    const app = notifications({
      provider: { type: "slack", channel: "flux", secretKeys: ["address"] },
      receiver: { type: "github", sources: ["flux-system", "calcom-app"], host: "flux-webhook.example.com" },
    });
    assertGolden(join(__dirname, "golden", "notifications"), placed([app]).files);
    assert.deepEqual(app.hosts, [
      {
        name: "flux-webhook.example.com",
        path: "^/hook/",
        service: "http://webhook-receiver.flux-system.svc.cluster.local",
      },
    ]);
    assert.deepEqual(app.values, { "notifications-receiver-token": { kind: { hex: 32 } } });
  });

  it("are what is asked for, each without the other", () => {
    const files = (app: ReturnType<typeof notifications>) =>
      Object.keys(placed([app]).files).map((path) => path.split("/").at(-1));
    const own = ["00-kustomization-notifications.yaml", "kustomization.yaml", "kustomization.yaml"];
    const told = notifications({ provider: { type: "generic", secretKeys: ["address"] } });
    assert.deepEqual(
      files(told).sort(),
      [...own, "alert.yaml", "externalsecret-provider.yaml", "provider.yaml"].sort(),
    );
    const taken = notifications({ receiver: { type: "generic", sources: ["flux-system"] } });
    assert.deepEqual(files(taken).sort(), [...own, "externalsecret-receiver.yaml", "receiver.yaml"].sort());
    assert.equal(taken.hosts, undefined);
  });
});
