import { strict as assert } from "node:assert";
import { parseAllDocuments } from "yaml";
import { addedLines } from "../expect";
import type { KubeObject } from "../observed";
import type { Sandbox } from "../sandbox";

const configMap = "infrastructure/cloudflare/configmap.yaml";
const checksum = "handoff.dev/config-checksum";

export function localTunnel(sandbox: Sandbox): void {
  describe("a locally managed tunnel", () => {
    let before = "";
    const cloudflared = async (): Promise<KubeObject> =>
      sandbox.object("deployment", "cloudflare", "cloudflared");
    const checksumOf = ({ spec }: KubeObject): string | undefined =>
      (spec.template as KubeObject).metadata.annotations?.[checksum];

    it("has our rule in others' ConfigMap, before the last one", async () => {
      before = sandbox.file("your-org/flux-config", configMap);
      sandbox.configure([
        ["handoff:cloudflare", "tunnel"],
        { name: "my-cluster", managed: "local", configMap },
      ]);
      await sandbox.up();

      const after = sandbox.file("your-org/flux-config", configMap);
      assert.deepEqual(addedLines(before, after), [
        "      - hostname: cal.example.com",
        "        service: https://ingress-nginx-controller.ingress-nginx.svc.cluster.local:443",
        "        originRequest:",
        "          originServerName: cal.example.com",
      ]);
      const { data } = await sandbox.object("configmap", "cloudflare", "cloudflared");
      const rules = (parseAllDocuments(data?.["config.yaml"] ?? "")[0]?.toJS() as { ingress: unknown[] })
        .ingress;
      assert.deepEqual(rules, [
        { hostname: "chat.example.com", service: "http://chat.apps.svc.cluster.local:8065" },
        {
          hostname: "grafana.example.com",
          service: "https://ingress-nginx-controller.ingress-nginx.svc.cluster.local:443",
          originRequest: { originServerName: "grafana.example.com" },
        },
        {
          hostname: "cal.example.com",
          service: "https://ingress-nginx-controller.ingress-nginx.svc.cluster.local:443",
          originRequest: { originServerName: "cal.example.com" },
        },
        { service: "http_status:404" },
      ]);
      assert.match(checksumOf(await cloudflared()) ?? "", /^[0-9a-f]{64}$/);
      const { tunnels } = await sandbox.cloudflare();
      const live = tunnels.filter(({ deleted_at }) => deleted_at === null);
      assert.deepEqual(
        live.map(({ name, config_src }) => ({ name, config_src })),
        [{ name: "my-cluster", config_src: "local" }],
      );
    });

    it("rolls cloudflared's pods when our rule changes", async () => {
      const first = checksumOf(await cloudflared());
      const pods = async (): Promise<readonly string[]> =>
        (await sandbox.get("pods", "cloudflare")).map(({ metadata }) => metadata.uid);
      const old = await pods();
      const service = "https://traefik.traefik.svc.cluster.local:443";
      sandbox.configure([
        ["handoff:cloudflare", "tunnel"],
        { name: "my-cluster", managed: "local", configMap, service },
      ]);
      await sandbox.up();
      assert.notEqual(checksumOf(await cloudflared()), first);
      const now = await pods();
      assert.ok(
        now.every((uid) => !old.includes(uid)),
        "a pod of before still runs",
      );
    });

    it("leaves the file as it was when Cloudflare keeps the rules again", async () => {
      sandbox.configure();
      await sandbox.up();
      assert.equal(sandbox.file("your-org/flux-config", configMap), before);
      assert.equal(checksumOf(await cloudflared()), undefined);
    });
  });
}
