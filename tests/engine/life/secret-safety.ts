import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { watchProcesses } from "../processes";
import { eventually } from "../commands";
import type { Sandbox } from "../sandbox";
import { leaks, withTemporaryFolder } from "./leaks";

/** Values that no encoder leaves as they are. */
const canaries = {
  postgresPassword: "canary/Db+1=x&y@z:#%é'\"$(id)",
  nextauthSecret: "canary/Auth+2==/x?y&z \\n'\"`",
  calendsoEncryptionKey: "canary/Key+3==/0123456789abcdefg",
} as const;

export function secretSafety(sandbox: Sandbox): void {
  describe("secrets", () => {
    const secrets = new Map<string, string>();
    const places = new Map<string, string>();
    const remember = (values: Readonly<Record<string, string>>, place: string): void => {
      for (const [key, value] of Object.entries(values)) secrets.set(`${place} ${key}`, value);
    };

    /** What the cluster holds now, except what is public: names, addresses, public keys. */
    async function readSecrets(): Promise<void> {
      const publicKeys = ["POSTGRES_USER", "POSTGRES_DB", "EMAIL_FROM", "identity.pub", "known_hosts"];
      const all: [string, string][] = [
        ["calcom", "calcom-db"],
        ["calcom", "calcom-secret"],
        ["calcom", "cfapi-token"],
        ["cloudflare", "cloudflared-token"],
      ];
      for (const [namespace, name] of all) {
        const values = Object.entries(await sandbox.secret(namespace, name));
        remember(Object.fromEntries(values.filter(([key]) => !publicKeys.includes(key))), name);
      }
      const accounts = JSON.parse(
        fs.readFileSync(path.join(sandbox.state, "accounts.json"), "utf8"),
      ) as Record<"cloudflareToken" | "gitPassword" | "passphrase", string>;
      const { cloudflareToken, gitPassword, passphrase } = accounts;
      remember({ cloudflareToken, gitPassword, passphrase }, "account");
      for (const key of ["flux-config", "calcom"]) {
        const lines = fs.readFileSync(path.join(sandbox.state, "keys", key), "utf8").split("\n");
        const secretLines = lines.filter((line) => line !== "" && !line.startsWith("-----"));
        remember(Object.fromEntries(secretLines.map((line, index) => [`line ${index}`, line])), `key ${key}`);
      }
    }

    it("given by environment, file and encrypted setting arrive in vault and cluster", async () => {
      await readSecrets(); // the generated ones, before the canaries replace them
      for (const [name, value] of Object.entries(canaries)) secrets.set(name, value);

      const file = path.join(sandbox.state, "canary");
      fs.writeFileSync(file, canaries.nextauthSecret, { mode: 0o600 });
      sandbox.configure([
        ["handoff:credentials"],
        {
          postgresPassword: { env: "CANARY" },
          nextauthSecret: { file },
          calendsoEncryptionKey: { config: "canary" },
        },
      ]);
      const set = await sandbox.pulumi(["config", "set", "--secret", "handoff:canary"], {
        input: canaries.calendsoEncryptionKey,
      });
      assert.equal(set.status, 0, set.output);
      const env = { CANARY: canaries.postgresPassword, ...withTemporaryFolder(sandbox) };
      const preview = await sandbox.pulumi(["preview", "--diff"], { env });
      assert.equal(preview.status, 0, preview.output);
      places.set("the output of `pulumi preview --diff`", preview.output);

      const watch = watchProcesses();
      const events = path.join(sandbox.state, "events.jsonl");
      const debugging = { ...env, PULUMI_DEBUG_COMMANDS: "true" };
      const { output } = await sandbox.up({ env: debugging }, "--diff", "--event-log", events);
      const seen = watch.stop();
      places.set("the output of `pulumi up --diff`", output);
      places.set("the engine's event log", fs.readFileSync(events, "utf8"));
      fs.rmSync(events);
      places.set("the process list", [...seen.commands].join("\n"));
      places.set("the environment of git and ssh", [...seen.gitEnvironments].join("\n"));
      assert.ok(
        [...seen.commands].some((line) => line.includes("pulumi")),
        "the process list was read",
      );

      const hash = (value: string): string => createHash("sha256").update(value).digest("hex");
      const vault = await sandbox.vault();
      assert.equal(vault["calcom-postgres-password"], hash(canaries.postgresPassword));
      assert.equal(vault["calcom-nextauth-secret"], hash(canaries.nextauthSecret));
      assert.equal(vault["calcom-calendso-encryption-key"], hash(canaries.calendsoEncryptionKey));
      // External Secrets looks once an hour; this is how its users ask for more.
      const now = "external-secrets.io/force-sync=canary";
      const asked = await sandbox.exec("kubectl", [
        "annotate",
        "externalsecrets",
        "--all",
        "-n",
        "calcom",
        now,
      ]);
      assert.equal(asked.status, 0, asked.output);
      await eventually("the canaries are in the cluster", async () => {
        const { POSTGRES_PASSWORD } = await sandbox.secret("calcom", "calcom-db");
        assert.equal(POSTGRES_PASSWORD, canaries.postgresPassword);
        const { NEXTAUTH_SECRET } = await sandbox.secret("calcom", "calcom-secret");
        assert.equal(NEXTAUTH_SECRET, canaries.nextauthSecret);
      });
      await readSecrets();
      const app = await sandbox.secret("calcom", "calcom-secret");
      const password = "canary%2FDb%2B1%3Dx%26y%40z%3A%23%25%C3%A9%27%22%24%28id%29";
      assert.equal(app.DATABASE_URL, `postgresql://calcom:${password}@calcom-db:5432/calcom`);
      assert.equal(app.DATABASE_DIRECT_URL, app.DATABASE_URL);
      assert.equal(app.NEXTAUTH_SECRET, canaries.nextauthSecret);
      assert.equal(app.CALENDSO_ENCRYPTION_KEY, canaries.calendsoEncryptionKey);
    });

    it("generated in their place are secret, too", async () => {
      sandbox.configure();
      const { output } = await sandbox.up();
      places.set("the output of `pulumi up`", output);
      await readSecrets();
    });

    it("occur in no commit, output, process list, state or temporary file", async () => {
      assert.ok(secrets.size > 20, `${secrets.size} secrets are looked for`);
      assert.deepEqual(await leaks(sandbox, secrets, places), []);
    });
  });
}
