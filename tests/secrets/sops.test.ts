import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { parse } from "yaml";
import { InputError } from "../../components/files";
import {
  ageRecipient,
  encryptIfChanged,
  isChanged,
  newDigestKey,
  sopsConfig,
  SopsError,
  type Encrypted,
  type SopsOptions,
} from "../../components/secrets/sops";
import { toYaml } from "../../components/yaml";

const path = "k8s/prod/10-secret-db.enc.yaml";
const secret = (password: string) =>
  toYaml({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "calcom-db", namespace: "calcom" },
    type: "Opaque",
    stringData: { POSTGRES_USER: "calcom", POSTGRES_PASSWORD: password },
  });
const canary = "canary-7f3a";

let identity: string;
let options: SopsOptions;
before(async () => {
  identity = await generateIdentity();
  const recipients = [await identityToRecipient(identity)];
  options = { rules: [{ pathRegex: "k8s/.*\\.enc\\.ya?ml$", recipients }], digestKey: newDigestKey() };
});

describe("sopsConfig", () => {
  it("is the repository's .sops.yaml", () => {
    const recipient = `age1${"q".repeat(58)}`;
    assert.equal(
      sopsConfig([{ pathRegex: "k8s/.*\\.enc\\.ya?ml$", recipients: [recipient] }]),
      [
        "creation_rules:",
        "- path_regex: k8s/.*\\.enc\\.ya?ml$",
        "  encrypted_regex: ^(data|stringData)$",
        "  age:",
        `  - ${recipient}`,
        "",
      ].join("\n"),
    );
  });

  it("takes public age keys only, and never repeats a private one", () => {
    assert.equal(ageRecipient(options.rules[0]!.recipients[0]!), options.rules[0]!.recipients[0]!);
    assert.throws(() => ageRecipient("age1your-public-key-here..."), /is no age public key/);
    assert.throws(
      () => ageRecipient(identity),
      (error) => error instanceof InputError && !error.message.includes(identity.slice(20)),
    );
  });
});

describe("encryptIfChanged without sops", () => {
  const document = { path, plaintext: secret(canary) };
  const temporary = process.env.TMPDIR;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(temporary ?? tmpdir(), "handoff-test-"));
    process.env.TMPDIR = folder;
    process.env.SOPS_AGE_KEY = identity;
  });
  afterEach(() => {
    Reflect.deleteProperty(process.env, "SOPS_AGE_KEY");
    if (temporary === undefined) Reflect.deleteProperty(process.env, "TMPDIR");
    else process.env.TMPDIR = temporary;
    rmSync(folder, { recursive: true });
  });

  /** A program that writes down how it was called and answers with `output`. */
  const standIn = (output: string) => {
    const program = join(folder, "sops");
    const lines = [
      "#!/bin/sh",
      `{ echo "$@"; env; cat .sops.yaml; } > ${folder}/seen`,
      "cat > /dev/null",
      `cat <<'END'\n${output}\nEND`,
    ];
    writeFileSync(program, lines.join("\n"), { mode: 0o755 });
    return program;
  };

  it("says what to do when the program is missing", async () => {
    await assert.rejects(
      encryptIfChanged(undefined, document, { ...options, program: "no-such-sops" }),
      (error) => error instanceof SopsError && /no-such-sops wasn't found\. Install sops/.test(error.message),
    );
  });

  it("hands the plaintext over by stdin alone, and leaves nothing behind", async () => {
    await encryptIfChanged(undefined, document, {
      ...options,
      program: standIn("data: { a: 'ENC[AES256_GCM,' }"),
    });
    const seen = readFileSync(join(folder, "seen"), "utf8");
    assert(seen.includes(`--filename-override ${path}`) && seen.includes("creation_rules"));
    assert(!seen.includes(canary) && !seen.includes(identity));
    assert.deepEqual(readdirSync(folder).sort(), ["seen", "sops"]);
  });

  it("runs nothing when nothing changed", async () => {
    const program = standIn("data: { a: 'ENC[AES256_GCM,' }");
    assert(isChanged(undefined, document, options));
    const first = await encryptIfChanged(undefined, document, { ...options, program });
    assert(!isChanged(first, document, options));
    assert.equal(await encryptIfChanged(first, document, { ...options, program: "no-such-sops" }), first);
  });

  for (const output of ["data: { a: plain }", "data: {}", "kind: Secret"]) {
    it(`doesn't take ${output} for encrypted`, async () => {
      const program = standIn(output);
      await assert.rejects(
        encryptIfChanged(undefined, document, { ...options, program }),
        /sops left values of k8s/,
      );
    });
  }
});

describe("encryptIfChanged with sops", function () {
  before(function () {
    if (spawnSync("sops", ["--version", "--disable-version-check"]).error) {
      console.log("      skipped: there is no sops on PATH (https://getsops.io)");
      this.skip();
    }
  });

  const decrypt = (ciphertext: string) => {
    const args = ["decrypt", "--filename-override", path];
    const env = { ...process.env, SOPS_AGE_KEY: identity };
    const { status, stdout, stderr } = spawnSync("sops", args, { input: ciphertext, env, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    return parse(stdout) as unknown;
  };
  const encrypt = (previous: Encrypted | undefined, plaintext: string, change: Partial<SopsOptions> = {}) =>
    encryptIfChanged(previous, { path, plaintext }, { ...options, ...change });

  it("encrypts values and nothing else, for the recipient", async () => {
    const { ciphertext, digest } = await encrypt(undefined, secret(canary));
    const document = parse(ciphertext) as {
      metadata: unknown;
      stringData: Record<string, string>;
      sops: Sops;
    };
    assert.deepEqual(document.metadata, { name: "calcom-db", namespace: "calcom" });
    for (const value of Object.values(document.stringData)) assert.match(value, /^ENC\[AES256_GCM,/);
    assert.deepEqual(
      document.sops.age.map(({ recipient }) => recipient),
      options.rules[0]!.recipients,
    );
    assert.equal(document.sops.encrypted_regex, "^(data|stringData)$");
    assert(!ciphertext.includes(canary) && !digest.includes(canary));
    assert.deepEqual(decrypt(ciphertext), parse(secret(canary)));
  });

  it("keeps the ciphertext byte for byte while the plaintext stays, without the private key", async () => {
    const first = await encrypt(undefined, secret(canary));
    assert.deepEqual(await encrypt(first, secret(canary)), first);
    assert.notEqual((await encrypt(undefined, secret(canary))).ciphertext, first.ciphertext);
  });

  it("encrypts anew when the plaintext, the recipients or the key of the digest changes", async () => {
    const first = await encrypt(undefined, secret(canary));
    const second = await encrypt(first, secret("another"));
    assert.deepEqual(decrypt(second.ciphertext), parse(secret("another")));
    const other = await identityToRecipient(await generateIdentity());
    const rules = [{ ...options.rules[0]!, recipients: [...options.rules[0]!.recipients, other] }];
    const third = await encrypt(second, secret("another"), { rules });
    assert(third.ciphertext.includes(other));
    assert.notEqual(
      (await encrypt(third, secret("another"), { rules, digestKey: newDigestKey() })).digest,
      third.digest,
    );
  });

  it("passes on why sops refused", async () => {
    const rules = [{ ...options.rules[0]!, pathRegex: "elsewhere/" }];
    await assert.rejects(
      encrypt(undefined, secret(canary), { rules }),
      /sops ended with status \d+: .*no matching creation rules/,
    );
  });

  it("refuses a document without anything to encrypt", async () => {
    const plaintext = toYaml({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } });
    await assert.rejects(encrypt(undefined, plaintext), /found no data or stringData/);
  });
});

interface Sops {
  age: { recipient: string }[];
  encrypted_regex: string;
}
