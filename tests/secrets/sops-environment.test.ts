import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../provider/plugin/handler";
import { sopsEnvironment } from "../../provider/secrets/sops-environment";

const key = (vaults: string) => `https://my-vault.${vaults}/keys/sops/${"0".repeat(32)}`;
const KEY = key("vault.azure.net");
const AGE = `age1${"q".repeat(58)}`;
const WHO = { ARM_CLIENT_ID: "app", ARM_TENANT_ID: "tenant" };
const PUBLIC = { AZURE_AUTHORITY_HOST: "https://login.microsoftonline.com" };

describe("what sops finds in its environment", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "environment-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  /** What it finds beside what was given. */
  const added = async (env: Record<string, string>, recipients: readonly string[] = [KEY]) => {
    const found = await sopsEnvironment(recipients, folder, env);
    return Object.fromEntries(
      Object.entries(found).filter(([name, value]) => value !== undefined && env[name] !== value),
    );
  };

  it("is the user's without what would override the rules", async () => {
    const env = {
      PATH: "/bin",
      SOPS_AGE_RECIPIENTS: AGE,
      SOPS_GPG_EXEC: "gpg2",
      ARM_CLIENT_SECRET: "canary",
    };
    assert.deepEqual(await sopsEnvironment([AGE], folder, env), {
      ...{ PATH: "/bin", SOPS_GPG_EXEC: "gpg2", ARM_CLIENT_SECRET: "canary" },
    });
  });

  it("has the sign-in of the provider azure-native by the names of Azure's SDK, in its order", async () => {
    const who = { ...PUBLIC, AZURE_CLIENT_ID: "app", AZURE_TENANT_ID: "tenant" };
    const certificate = { ARM_CLIENT_CERTIFICATE_PATH: "c.pem", ARM_CLIENT_CERTIFICATE_PASSWORD: "canary" };
    const byCertificate = {
      ...who,
      ...{ AZURE_CLIENT_CERTIFICATE_PATH: "c.pem", AZURE_CLIENT_CERTIFICATE_PASSWORD: "canary" },
    };
    const secret = { ARM_CLIENT_SECRET: "canary" };
    const oidc = { ARM_USE_OIDC: "true", ARM_OIDC_TOKEN: "canary-token" };
    const all = { ...WHO, ...certificate, ...secret, ...oidc };
    assert.deepEqual(await added({ ...all, ARM_USE_DEFAULT_AZURE_CREDENTIAL: "true" }), PUBLIC);
    assert.deepEqual(await added(all), byCertificate);
    assert.deepEqual(await added({ ...WHO, ...secret, ...oidc }), { ...who, AZURE_CLIENT_SECRET: "canary" });
    const file = join(folder, "oidc-token");
    assert.deepEqual(await added({ ...WHO, ...oidc }), { ...who, AZURE_FEDERATED_TOKEN_FILE: file });
    assert.equal(readFileSync(file, "utf8"), "canary-token");
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(await added({ ...WHO, ARM_USE_MSI: "true" }), { ...PUBLIC, AZURE_CLIENT_ID: "app" });
    assert.deepEqual(await added({ ARM_CLIENT_SECRET: "", ...WHO }), PUBLIC);
  });

  it("is left as it is where the user says something to Azure's SDK", async () => {
    const arm = { ...WHO, ARM_CLIENT_SECRET: "canary" };
    for (const name of ["AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_TOKEN_CREDENTIALS"])
      assert.deepEqual(await added({ ...arm, [name]: "own" }), {});
    assert.deepEqual(await added(arm, [AGE]), {});
  });

  it("says where the cloud of the keys signs in, unless the user does", async () => {
    for (const [vaults, authority] of [
      ["vault.azure.cn", "https://login.chinacloudapi.cn"],
      ["vault.usgovcloudapi.net", "https://login.microsoftonline.us"],
    ] as const)
      assert.deepEqual(await added({}, [AGE, key(vaults)]), { AZURE_AUTHORITY_HOST: authority });
    assert.deepEqual(await added({ AZURE_AUTHORITY_HOST: "https://login.example.com" }), {});
  });

  it("needs a token where the pipeline is to prove itself", async () => {
    await assert.rejects(added({ ...WHO, ARM_USE_OIDC: "true" }), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /id-token: write/);
      return true;
    });
  });
});
