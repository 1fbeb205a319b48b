/** Secrets encrypted for keys of Azure Key Vault, by sops itself, against the stand-in of the vault. */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { parse } from "yaml";
import { documentRecipients } from "../../manifests/secrets/sops-recipients";
import type { UserError } from "../../provider/plugin/handler";
import { recipientFaults } from "../../provider/secrets/recipients-check";
import { encrypt } from "../../provider/secrets/sops";
import { sopsFileHandler } from "../../provider/secrets/sops-file-handler";
import { AzureProxy } from "../azure/azure-proxy";
import { TENANT, TestAzure } from "../azure/cloud";
import { testContext } from "../cloudflare/cloud";
import { slow } from "../slow";

const PATH = "k8s/prod/db.enc.yaml";
const PLAINTEXT = "apiVersion: v1\nkind: Secret\nstringData:\n  password: canary\n";
/** All by which somebody may be signed in to Azure here. */
const SIGN_IN =
  /^(ARM_|AZURE_|IDENTITY_|MSI_|ACTIONS_ID_TOKEN|HTTPS?_PROXY$|NO_PROXY$|https?_proxy$|no_proxy$)/;

/** Asks neither the machine's own identity nor anybody's Azure CLI. */
const NOBODY = { AZURE_TOKEN_CREDENTIALS: "EnvironmentCredential" };

describe("sops with keys of Azure Key Vault", function () {
  this.timeout(120_000);
  const azure = new TestAzure();
  const proxy = new AzureProxy(azure);
  let environment: NodeJS.ProcessEnv;
  /** Who runs it. */
  let oid: string;

  before(async function () {
    if (spawnSync("sops", ["--version", "--disable-version-check"]).error) {
      console.log("      skipped: there is no sops on PATH (https://getsops.io)");
      this.skip();
    }
    await azure.start();
    await proxy.start();
    await azure.vault();
  });
  after(async () => {
    proxy.stop();
    await azure.stop().catch(() => undefined);
  });
  beforeEach(async () => {
    environment = { ...process.env };
    for (const name of Object.keys(process.env))
      if (SIGN_IN.test(name)) Reflect.deleteProperty(process.env, name);
    oid = randomUUID();
    await azure.assign(oid, "cryptoUser");
    Object.assign(process.env, proxy.environment);
    proxy.signIns.length = 0;
    proxy.unreachable.clear();
  });
  afterEach(() => {
    for (const name of Object.keys(process.env))
      if (!(name in environment)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, environment);
  });

  const asManagedIdentity = (): void => {
    const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = azure.environment(oid);
    Object.assign(process.env, {
      ...{ ARM_USE_MSI: "true", ARM_CLIENT_ID: oid, ARM_TENANT_ID: TENANT },
      ...{ IDENTITY_ENDPOINT, IDENTITY_HEADER },
    });
  };
  const data = (path: string) => `/keyvault/my-vault/keys/${path}`;
  /** The address of a new key's version, as the portal shows it. */
  const newKey = async (name = `k-${randomUUID()}`): Promise<string> => {
    const { key } = await azure.call<{ key: { kid: string } }>("POST", data(`${name}/create`), {
      kty: "RSA",
    });
    return key.kid;
  };
  const encrypted = async (recipients: readonly string[]): Promise<string> =>
    await encrypt({ path: PATH, plaintext: PLAINTEXT }, { rules: [{ pathRegex: ".*", recipients }] });
  /** As a colleague opens it, who has only this. */
  const opened = async (ciphertext: string, env: NodeJS.ProcessEnv): Promise<string> => {
    const folder = mkdtempSync(join(tmpdir(), "colleague-"));
    try {
      writeFileSync(join(folder, "db.yaml"), ciphertext);
      const options = { timeout: 60_000, env: { PATH: process.env.PATH, HOME: folder, ...env } };
      // The proxy is in this process, which must go on meanwhile.
      return await promisify(execFile)("sops", ["decrypt", join(folder, "db.yaml")], options).then(
        ({ stdout }) => stdout,
        (error: unknown) => (error as { stderr: string }).stderr,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const asColleague = () => {
    const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = azure.environment(oid);
    return { ...proxy.environment, IDENTITY_ENDPOINT, IDENTITY_HEADER, AZURE_CLIENT_ID: oid };
  };

  it("encrypts for one beside an age key, and each opens it alone", async () => {
    asManagedIdentity();
    const identity = await generateIdentity();
    const recipients = [await identityToRecipient(identity), await newKey()];
    assert.deepEqual(await recipientFaults({ recipients }), []);
    const ciphertext = await encrypted(recipients);
    assert.ok(!ciphertext.includes("canary"));
    const { sops } = parse(ciphertext) as { sops: Record<string, unknown> };
    assert.deepEqual(documentRecipients(sops), recipients);
    assert.match(await opened(ciphertext, { SOPS_AGE_KEY: identity }), /password: canary/);
    assert.match(await opened(ciphertext, asColleague()), /password: canary/);
    assert.doesNotMatch(await opened(ciphertext, { ...NOBODY }), /canary/);
  });

  it("encrypts for such a key alone", async () => {
    asManagedIdentity();
    const [recipient] = [await newKey()];
    assert.match(await opened(await encrypted([recipient]), asColleague()), /password: canary/);
  });

  it("shuts out whom the settings name no more, by another data key", async () => {
    asManagedIdentity();
    const [former, next] = [await newKey(), await newKey()];
    const identity = await generateIdentity();
    const age = await identityToRecipient(identity);
    const news = (...recipients: string[]) => ({ path: PATH, plaintext: PLAINTEXT, recipients });
    const ctx = testContext();
    const { outputs } = await sopsFileHandler.create(ctx, news(age, former));
    const state = { inputs: news(age, former), outputs };
    assert.equal((await sopsFileHandler.diff(ctx, PATH, state, news(age, next))).changes, true);
    const { ciphertext } = (await sopsFileHandler.update(ctx, PATH, state, news(age, next))).outputs;
    const { sops } = parse(String(ciphertext)) as { sops: Record<string, unknown> };
    assert.deepEqual(documentRecipients(sops), [age, next]);
    await azure.call("PATCH", data(former.split("/keys/")[1] ?? ""), { attributes: { enabled: false } });
    assert.match(await opened(String(ciphertext), asColleague()), /password: canary/);
    assert.match(await opened(String(ciphertext), { SOPS_AGE_KEY: identity }), /password: canary/);
  });

  describe("signs in as the provider azure-native does", () => {
    const secret = "canary-client-secret-of-the-app";
    const proven = async (): Promise<Readonly<Record<string, string>>> => {
      const recipients = [await newKey()];
      assert.deepEqual(await recipientFaults({ recipients }), []);
      const [proof = {}] = proxy.signIns;
      assert.equal(proof.client_id, oid);
      return proof;
    };

    it("by a client secret", async () => {
      Object.assign(process.env, { ARM_CLIENT_ID: oid, ARM_TENANT_ID: TENANT, ARM_CLIENT_SECRET: secret });
      assert.equal((await proven()).client_secret, secret);
    });

    it("by a pipeline's token, which is left nowhere", async () => {
      Object.assign(process.env, { ARM_CLIENT_ID: oid, ARM_TENANT_ID: TENANT, ARM_USE_OIDC: "true" });
      process.env.ARM_OIDC_TOKEN = "canary-token-of-the-pipeline";
      assert.equal((await proven()).client_assertion, "canary-token-of-the-pipeline");
    });

    it("or by what the user says to Azure's own programs", async () => {
      Object.assign(process.env, {
        ...{ ARM_CLIENT_ID: "another", ARM_TENANT_ID: TENANT, ARM_CLIENT_SECRET: "another" },
        ...{ AZURE_CLIENT_ID: oid, AZURE_TENANT_ID: TENANT, AZURE_CLIENT_SECRET: secret },
      });
      assert.equal((await proven()).client_secret, secret);
    });
  });

  describe("that can't be used, says which and what to do:", () => {
    const fault = async (recipient: string): Promise<string> => {
      const faults = (await recipientFaults({ recipients: [await own(), recipient] })) ?? [];
      assert.equal(faults.length, 1, faults.join("\n"));
      const [text = ""] = faults;
      assert.ok(
        text.startsWith(`secrets can't be encrypted for ${recipient} of \`sops.recipients\`: `),
        text,
      );
      return text;
    };
    const own = async () => await identityToRecipient(await generateIdentity());

    it("one that who runs it may not encrypt by", async () => {
      oid = randomUUID();
      await azure.assign(oid, "officer");
      asManagedIdentity();
      assert.match(
        await fault(await newKey()),
        /: Azure refused \/keys\/.*: HTTP 403, .*keys\/encrypt\/action.*\(ForbiddenByRbac\)\n→ .*Key Vault Crypto User/,
      );
    });

    it("one that isn't there, and a version that isn't", async () => {
      asManagedIdentity();
      const version = "0".repeat(32);
      const there = await newKey();
      for (const recipient of [
        `https://my-vault.vault.azure.net/keys/none/${version}`,
        there.replace(/[^/]*$/, version),
      ])
        assert.match(
          await fault(recipient),
          /HTTP 404, .*\(KeyNotFound\)\n→ .*az keyvault key list-versions --id https:\/\/my-vault/,
        );
    });

    it("a disabled one", async () => {
      asManagedIdentity();
      const key = await newKey();
      await azure.call("PATCH", data(key.split("/keys/")[1] ?? ""), { attributes: { enabled: false } });
      assert.match(
        await fault(key),
        /HTTP 403, .*disabled key\. \(KeyDisabled\)\n→ Enable it: az keyvault key set-attributes --id https/,
      );
    });

    it("one that nobody is signed in for", async () => {
      Object.assign(process.env, NOBODY);
      assert.match(await fault(await newKey()), /\n→ Sign in by `az login`, or set the ARM_\* variables/);
    });

    slow("a vault that can't be reached", async () => {
      asManagedIdentity();
      const key = await newKey();
      proxy.unreachable.add("my-vault.vault.azure.net");
      assert.match(await fault(key), /\n→ See whether my-vault\.vault\.azure\.net can be reached from here/);
    });

    it("without a word of what was to be encrypted", async () => {
      asManagedIdentity();
      const recipients = ["https://my-vault.vault.azure.net/keys/none/00000000000000000000000000000000"];
      const inputs = { path: PATH, plaintext: PLAINTEXT, recipients };
      await assert.rejects(sopsFileHandler.create(testContext(), inputs), ({ message }: UserError) => {
        assert.match(message, /KeyNotFound/);
        assert.doesNotMatch(message, /canary/);
        return true;
      });
    });
  });
});
