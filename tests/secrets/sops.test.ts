import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { parse } from "yaml";
import { InputError } from "../../manifests/files";
import { ageRecipient, sopsConfig } from "../../manifests/secrets/sops-config";
import { encrypt, SopsError, type SopsOptions } from "../../provider/secrets/sops";
import { sopsFileHandler } from "../../provider/secrets/sops-file-handler";
import { toYaml } from "../../manifests/yaml";
import { UNKNOWN, UserError, type Props } from "../../provider/plugin/handler";
import { testContext } from "../git/remote";

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
  options = { rules: [{ pathRegex: "k8s/.*\\.enc\\.ya?ml$", recipients }] };
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

describe("encrypt without sops", () => {
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
      encrypt(document, { ...options, program: "no-such-sops" }),
      (error) => error instanceof SopsError && /no-such-sops wasn't found\. Install sops/.test(error.message),
    );
  });

  it("hands the plaintext over by stdin alone, and leaves nothing behind", async () => {
    await encrypt(document, {
      ...options,
      program: standIn("data: { a: 'ENC[AES256_GCM,' }"),
    });
    const seen = readFileSync(join(folder, "seen"), "utf8");
    assert(seen.includes(`--filename-override ${path}`) && seen.includes("creation_rules"));
    assert(!seen.includes(canary) && !seen.includes(identity));
    assert.deepEqual(readdirSync(folder).sort(), ["seen", "sops"]);
  });

  for (const output of ["data: { a: plain }", "data: {}", "kind: Secret"]) {
    it(`doesn't take ${output} for encrypted`, async () => {
      const program = standIn(output);
      await assert.rejects(encrypt(document, { ...options, program }), /sops left values of k8s/);
    });
  }
});

describe("with sops", function () {
  before(function () {
    if (spawnSync("sops", ["--version", "--disable-version-check"]).error) {
      console.log("      skipped: there is no sops on PATH (https://getsops.io)");
      this.skip();
    }
  });

  const decrypt = (ciphertext: string) => {
    // In JSON, so that Go reads the YAML, as in the cluster.
    const args = ["decrypt", "--filename-override", path, "--output-type", "json"];
    const env = { ...process.env, SOPS_AGE_KEY: identity };
    const { status, stdout, stderr } = spawnSync("sops", args, { input: ciphertext, env, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as unknown;
  };

  it("encrypts values and nothing else, for the recipient", async () => {
    const ciphertext = await encrypt({ path, plaintext: secret(canary) }, options);
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
    assert(!ciphertext.includes(canary));
    assert.deepEqual(decrypt(ciphertext), parse(secret(canary)));
  });

  it("gives each value back as it was, whatever is in it", async () => {
    const odd = [
      "a\r\nb\r\n",
      "\n\nb\n\n",
      " a ",
      "a\tb",
      "a\0b",
      "a\u0085b",
      "a\u2028b",
      "a\u007Fb",
      "\uFEFFa",
      "\uFFFE",
    ];
    const texts = [...odd, "{{ a }}", "${A}", "# a", "yes", "0o17", "12:30", "=", "ENC[AES256_GCM,x]"];
    const stringData = Object.fromEntries(texts.map((text, index) => [`k${String(index)}`, text]));
    const plaintext = toYaml({ apiVersion: "v1", kind: "Secret", metadata: { name: "odd" }, stringData });
    const decrypted = decrypt(await encrypt({ path, plaintext }, options)) as { readonly stringData: object };
    assert.deepEqual(decrypted.stringData, stringData);
  });

  it("passes on why sops refused", async () => {
    const rules = [{ ...options.rules[0]!, pathRegex: "elsewhere/" }];
    await assert.rejects(
      encrypt({ path, plaintext: secret(canary) }, { rules }),
      /sops ended with status \d+: .*no matching creation rules/,
    );
  });

  it("refuses a document without anything to encrypt", async () => {
    const plaintext = toYaml({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } });
    await assert.rejects(encrypt({ path, plaintext }, options), /found no data or stringData/);
  });

  for (const plaintext of [canary, `stringData: [${canary}`, `a: *${canary}`, `data: !!int ${canary}`]) {
    it(`doesn't repeat the text ${plaintext} that isn't a manifest`, async () => {
      await assert.rejects(
        encrypt({ path, plaintext }, options),
        (error) => error instanceof SopsError && !error.message.includes(canary),
      );
    });
  }

  it("is asked by the handler for a path with any characters, and for all recipients", async () => {
    const other = await identityToRecipient(await generateIdentity());
    const odd = "k8s/a+b (1)/secret[x].yaml";
    const recipients = [...options.rules[0]!.recipients, other];
    const news = { path: odd, plaintext: secret(canary), recipients };
    const { id, outputs } = await sopsFileHandler.create(testContext(), news);
    assert.equal(id, odd);
    const first = outputs.ciphertext as string;
    assert.deepEqual(decrypt(first), parse(secret(canary)));
    assert.deepEqual(
      (parse(first) as { sops: Sops }).sops.age.map(({ recipient }) => recipient),
      recipients,
    );

    const changed = { ...news, plaintext: secret("another") };
    const updated = await sopsFileHandler.update(testContext(), id, { inputs: news, outputs }, changed);
    assert.deepEqual(decrypt(updated.outputs.ciphertext as string), parse(secret("another")));
  });
});

describe("handler of handoff:secrets:SopsFile", () => {
  const recipients = [`age1${"q".repeat(58)}`];
  const inputs = { path, plaintext: secret(canary), recipients };
  const olds = { inputs, outputs: { ...inputs, ciphertext: "kept" } };
  const diff = (changes: Props) => sopsFileHandler.diff(testContext(), path, olds, { ...inputs, ...changes });

  it("has nothing to do while nothing changed, so nothing is encrypted", async () => {
    assert.deepEqual(await diff({ recipients: [...recipients] }), { changes: false, detailed: {} });
    assert.deepEqual(await sopsFileHandler.read(testContext(), path, olds), { id: path, ...olds });
  });

  for (const [name, value] of [
    ["plaintext", secret("another")],
    ["plaintext", UNKNOWN],
    ["recipients", [...recipients, `age1${"p".repeat(58)}`]],
    ["path", "k8s/prod/other.enc.yaml"],
  ] as const) {
    it(`encrypts anew for ${value === UNKNOWN ? "unknown" : "changed"} ${name}`, async () => {
      assert.deepEqual(await diff({ [name]: value }), { changes: true, detailed: { [name]: "update" } });
    });
  }

  it("explains without a stack trace, and without the plaintext", async () => {
    const searched = process.env.PATH;
    process.env.PATH = "/nonexistent";
    try {
      await assert.rejects(
        sopsFileHandler.create(testContext(), inputs),
        (error) => error instanceof UserError && error.message.includes("sops wasn't found"),
      );
      for (const change of [{ recipients: [] }, { recipients: ["age1short"] }, { path: "../a.yaml" }]) {
        await assert.rejects(
          sopsFileHandler.update(testContext(), path, olds, { ...inputs, ...change }),
          (error) => error instanceof UserError && !error.message.includes(canary),
        );
      }
    } finally {
      process.env.PATH = searched;
    }
  });
});

interface Sops {
  age: { recipient: string }[];
  encrypted_regex: string;
}
