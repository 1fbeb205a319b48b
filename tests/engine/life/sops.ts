import { strict as assert } from "node:assert";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { inUrl } from "../expect";
import { base64, type Rule } from "../observed";
import { watchProcesses } from "../processes";
import type { Sandbox, Setting } from "../sandbox";
import { leaks, withTemporaryFolder } from "./leaks";
import { makeTunnel, othersRules, putRules } from "./cloud";
import { assertNothingOfOurs } from "./removal";

export function sopsFromNothing(sandbox: Sandbox): void {
  describe("a hand-off with SOPS, and a tunnel that is there already", () => {
    let identity = "";
    let tunnel = "";
    let settings: readonly Setting[] = [];
    const others = [...othersRules, { service: "http_status:404" }];
    const rules = async (): Promise<readonly Rule[] | undefined> =>
      (await sandbox.cloudflare()).tunnels.find(({ id }) => id === tunnel)?.configuration?.config.ingress;

    before(async () => {
      tunnel = await makeTunnel(sandbox, "shared");
      await putRules(sandbox, tunnel, others);
    });

    /** Hands off by SOPS with a new key, in a file of that name; gives its public half. */
    async function encryptFor(name: string): Promise<string> {
      identity = await generateX25519Identity();
      const file = path.join(sandbox.state, name);
      fs.writeFileSync(file, `${identity}\n`, { mode: 0o600 });
      const recipient = await identityToRecipient(identity);
      settings = [
        [["handoff:secrets"], "sops"],
        [["handoff:sops"], { recipient, identity: { file } }],
        [["handoff:azure"], undefined],
        [["handoff:cloudflare", "tunnel"], { id: tunnel }],
      ];
      sandbox.configure(...settings);
      await sandbox.up();
      return recipient;
    }

    it("brings the secrets into the cluster, and git has ciphertext only", async () => {
      await sandbox.succeeds("run", "--", "sops", "--version", "--disable-version-check"); // obtains it
      const recipient = await encryptFor("age.key");

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
      assert.deepEqual(await sandbox.vault(), {}, "the vault isn't used");
    });

    it("adds its rule to the tunnel", async () => {
      const hosts = (await rules())?.map(({ hostname }) => hostname);
      assert.deepEqual(hosts, ["chat.example.com", "grafana.example.com", "cal.example.com", undefined]);
    });

    it("makes files that sops itself opens", async () => {
      const file = path.join(sandbox.state, "10-secret-db.enc.yaml");
      fs.writeFileSync(file, sandbox.file("your-org/calcom", "k8s/prod/10-secret-db.enc.yaml"));
      const { status, stdout, output } = await sandbox.command(["run", "--", "sops", "decrypt", file], {
        env: { SOPS_AGE_KEY: identity },
      });
      assert.equal(status, 0, output);
      const { POSTGRES_PASSWORD = "" } = await sandbox.secret("calcom", "calcom-db");
      assert.ok(stdout.includes(POSTGRES_PASSWORD));
    });

    it("encrypts nothing again while nothing changes", async () => {
      const heads = sandbox.heads();
      await sandbox.up({}, "--expect-no-changes");
      assert.deepEqual(sandbox.heads(), heads);
    });

    it("is encrypted for another key when the former one is lost, with the same values", async () => {
      const values = await sandbox.secret("calcom", "calcom-secret");
      const former = await identityToRecipient(identity);
      const recipient = await encryptFor("another.key");
      const text = sandbox.file("your-org/calcom", "k8s/prod/11-secret-calcom.enc.yaml");
      assert.ok(text.includes(recipient) && !text.includes(former));
      assert.ok(JSON.stringify(await sandbox.secret("flux-system", "sops-age")).includes(identity));
      assert.deepEqual(await sandbox.secret("calcom", "calcom-secret"), values);
      await sandbox.up({}, "--expect-no-changes");
    });

    it("takes values that are given and rotated, and leaves none in sight", async () => {
      const given = "canary/Db+1=x&y@z:#%é'\"$(id)";
      const generated = await sandbox.secret("calcom", "calcom-secret");
      sandbox.configure(
        ...settings,
        [["handoff:credentials"], { postgresPassword: { env: "CANARY" } }],
        [["handoff:rotate"], { nextauthSecret: 2 }],
      );
      const watch = watchProcesses();
      const events = path.join(sandbox.state, "events.jsonl");
      const env = { CANARY: given, PULUMI_DEBUG_COMMANDS: "true", ...withTemporaryFolder(sandbox) };
      const { output } = await sandbox.up({ env }, "--diff", "--event-log", events);
      const { commands, gitEnvironments } = watch.stop();
      sandbox.configure(...settings);
      const { POSTGRES_PASSWORD } = await sandbox.secret("calcom", "calcom-db");
      const app = await sandbox.secret("calcom", "calcom-secret");
      assert.equal(POSTGRES_PASSWORD, given);
      assert.notEqual(app.NEXTAUTH_SECRET, generated.NEXTAUTH_SECRET);
      const secrets = new Map(
        Object.entries({
          identity,
          given,
          "former NEXTAUTH_SECRET": generated.NEXTAUTH_SECRET ?? "",
          "former DATABASE_URL": generated.DATABASE_URL ?? "",
          NEXTAUTH_SECRET: app.NEXTAUTH_SECRET ?? "",
          DATABASE_URL: app.DATABASE_URL ?? "",
          CALENDSO_ENCRYPTION_KEY: app.CALENDSO_ENCRYPTION_KEY ?? "",
        }),
      );
      const printed = new Map([
        ["the output of `pulumi up --diff`", output],
        ["the engine's event log", fs.readFileSync(events, "utf8")],
        ["the process list", [...commands].join("\n")],
        ["the environment of git and ssh", [...gitEnvironments].join("\n")],
      ]);
      fs.rmSync(events);
      assert.deepEqual(await leaks(sandbox, secrets, printed), []);
    });

    it("goes with `pulumi destroy`; the tunnel and others' rules stay", async () => {
      const { status, output } = await sandbox.command(["run", "--", "destroy"]);
      assert.equal(status, 0, output);
      await assertNothingOfOurs(sandbox, [tunnel]);
      assert.deepEqual(await rules(), others);
    });
  });
}
