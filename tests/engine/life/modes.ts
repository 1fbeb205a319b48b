import { strict as assert } from "node:assert";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { addedLines, inUrl } from "../expect";
import { base64, type KubeObject, type Sandbox } from "../sandbox";

const configMap = "infrastructure/cloudflare/configmap.yaml";
const checksum = "handoff.dev/config-checksum";

export function modes(sandbox: Sandbox): void {
  describe("secrets by SOPS", () => {
    let identity = "";

    it("reach the cluster, and git has ciphertext only", async () => {
      await sandbox.succeeds("run", "--", "sops", "--version", "--disable-version-check"); // obtains it
      identity = await generateX25519Identity();
      const file = path.join(sandbox.state, "age.key");
      fs.writeFileSync(file, `${identity}\n`, { mode: 0o600 });
      const recipient = await identityToRecipient(identity);
      sandbox.configure(
        [["handoff:secrets"], "sops"],
        [["handoff:sops"], { recipient, identity: { file } }],
        [["handoff:azure"], undefined],
      );
      await sandbox.up();

      const { POSTGRES_PASSWORD = "", ...database } = await sandbox.secret("calcom", "calcom-db");
      assert.deepEqual(database, { POSTGRES_USER: "calcom", POSTGRES_DB: "calcom" });
      const app = await sandbox.secret("calcom", "calcom-secret");
      const url = `postgresql://calcom:${inUrl(POSTGRES_PASSWORD)}@calcom-db:5432/calcom`;
      assert.equal(app.DATABASE_URL, url);
      assert.equal(base64(app.NEXTAUTH_SECRET ?? "").length, 32);
      assert.ok((await sandbox.secret("calcom", "cfapi-token"))["api-token"]);
      assert.ok((await sandbox.secret("cloudflare", "cloudflared-token")).token);
      const { metadata } = await sandbox.object("secret", "calcom", "calcom-db");
      assert.equal(metadata.labels?.["kustomize.toolkit.fluxcd.io/name"], "calcom-app");

      const encrypted = ([name]: [string, string]): boolean => name.endsWith(".enc.yaml");
      const files = (["your-org/calcom", "your-org/flux-config"] as const).flatMap((repository) =>
        Object.entries(sandbox.files(repository))
          .filter(encrypted)
          .map(([name]) => [name, sandbox.file(repository, name)] as const),
      );
      assert.deepEqual(
        files.map(([name]) => name),
        [
          "k8s/prod/10-secret-db.enc.yaml",
          "k8s/prod/11-secret-calcom.enc.yaml",
          "k8s/prod/50-secret-cfapi-token.enc.yaml",
          "infrastructure/cloudflare/secret-cloudflared-token.enc.yaml",
        ],
      );
      for (const [name, text] of files) {
        const [secret] = parseAllDocuments(text).map((each) => each.toJS() as { stringData: object });
        for (const value of Object.values(secret?.stringData ?? {})) {
          assert.match(String(value), /^ENC\[AES256_GCM,/, name);
        }
        assert.ok(text.includes(recipient), name);
        assert.ok(!text.includes(POSTGRES_PASSWORD), name);
      }
      assert.deepEqual(await sandbox.vault(), {}, "the vault isn't used any more");
    });

    it("can be edited with sops itself", async () => {
      const file = path.join(sandbox.state, "10-secret-db.enc.yaml");
      fs.writeFileSync(file, sandbox.file("your-org/calcom", "k8s/prod/10-secret-db.enc.yaml"));
      const { status, stdout, output } = await sandbox.command(["run", "--", "sops", "decrypt", file], {
        env: { SOPS_AGE_KEY: identity },
      });
      assert.equal(status, 0, output);
      const { POSTGRES_PASSWORD = "" } = await sandbox.secret("calcom", "calcom-db");
      assert.ok(stdout.includes(POSTGRES_PASSWORD));
    });

    it("are not encrypted again while nothing changes", async () => {
      const heads = sandbox.heads();
      await sandbox.up({}, "--expect-no-changes");
      assert.deepEqual(sandbox.heads(), heads);
    });
  });

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
