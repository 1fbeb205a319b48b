import assert from "node:assert/strict";
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { utils } from "ssh2";
import { systems } from "../../stacks";
import { fillIn, type Looks } from "../../tools/init/flow";
import { Given } from "../../tools/init/given";
import { init } from "../../tools/init/init";
import { assertGolden } from "../golden";
import { draftOf, optionsOf, samples, SECRETS, secretFiles, VARIABLES } from "./answers";
import { slow } from "../slow";

const SHIPPED = ["apps", "homelab", "prod", "sites"];

describe("npm run init, without a terminal", function () {
  let files: ReturnType<typeof secretFiles>;
  before(() => {
    files = secretFiles();
  });
  after(() => {
    files.remove();
  });

  const filled = async (system: string, more: readonly string[] = [], variables = VARIABLES) => {
    const draft = draftOf(system, variables);
    await fillIn(draft, new Given(["--offline", ...optionsOf(system, files.path), ...more], variables));
    return draft;
  };

  it("writes a file of each sample that has no fault, with its comments and without a secret", async () => {
    const texts: Record<string, string> = {};
    for (const system of SHIPPED) {
      const draft = await filled(system);
      assert.deepEqual(draft.faults(), [], system);
      const ciphertexts = [...draft.secrets.keys()].map((name) => [name, `v1:${name}`] as const);
      texts[`${system}.yaml`] = draft.text({ encryptionsalt: "v1:salt" }, Object.fromEntries(ciphertexts));
    }
    for (const secret of ["canary", ...Object.values(SECRETS)]) {
      assert(!Object.values(texts).some((text) => text.includes(secret)));
    }
    assertGolden(join(__dirname, "golden"), texts);
  });

  it("leaves secrets of the environment there when it is asked to", async () => {
    const variables = { ...VARIABLES, CLOUDFLARE_API_TOKEN: SECRETS.token };
    const options = optionsOf("prod", files.path);
    const at = options.indexOf("--cloudflare-api-token-file");
    const draft = draftOf("prod", variables);
    const args = ["--offline", "--references", ...options.slice(0, at), ...options.slice(at + 2)];
    await fillIn(draft, new Given(args, variables));
    assert.deepEqual(draft.at(["cloudflare", "apiToken"]), { env: "CLOUDFLARE_API_TOKEN" });
    assert.deepEqual(draft.at(["fluxRepository", "auth", "ssh", "knownHosts"]), { env: "GIT_KNOWN_HOSTS" });
    assert(!draft.text().includes(SECRETS.token));
  });

  slow("asks for the passphrase of a key that has one, and of no other", async () => {
    const beside = (name: string): string => join(dirname(files.path("key")), name);
    const key = (passphrase?: string): string => {
      const file = beside(`key-${String(passphrase)}`);
      const pair =
        passphrase === undefined
          ? utils.generateKeyPairSync("ed25519")
          : utils.generateKeyPairSync("ed25519", { passphrase, cipher: "aes256-ctr", rounds: 16 });
      writeFileSync(file, pair.private);
      return file;
    };
    const option = "--flux-repository-auth-ssh-private-key-file";
    const options = optionsOf("prod", files.path);
    const at = options.indexOf(option);
    const others = [...options.slice(0, at), ...options.slice(at + 2)];
    const fill = async (...args: readonly string[]) => {
      const draft = draftOf("prod", VARIABLES);
      await fillIn(draft, new Given(["--offline", ...others, ...args], VARIABLES));
      return draft;
    };
    const encrypted = key("canary-passphrase");
    await assert.rejects(
      fill(option, encrypted),
      /fluxRepository\.auth\.ssh\.passphrase isn't given: Passphrase of the key[^]*--flux-repository-auth-ssh-passphrase-file or the environment variable FLUX_DEPLOY_KEY_PASSPHRASE/,
    );
    writeFileSync(beside("passphrase"), "canary-passphrase");
    const file = ["--flux-repository-auth-ssh-passphrase-file", beside("passphrase")];
    const draft = await fill(option, encrypted, ...file);
    assert.ok([...draft.secrets.values()].includes("canary-passphrase"));
    assert.deepEqual(draft.faults(), []);
    const plain = await fill(option, key());
    assert.equal(plain.at(["fluxRepository", "auth", "ssh", "passphrase"]), undefined);
  });

  it("follows the address and the way of secrets", async () => {
    const recipient = `age1${"q".repeat(58)}`;
    const url = ["--flux-repository-url", "https://git.acme.dev/acme/flux.git"];
    const password = ["--flux-repository-auth-basic-password-file", files.path("token")];
    const sops = ["--secrets", "sops", "--sops-recipient", recipient];
    const options = optionsOf("prod", files.path).filter(
      (arg, index, all) =>
        !/^--(azure|flux-repository)/.test(arg) && !/^--(azure|flux-repository)/.test(all[index - 1] ?? ""),
    );
    const draft = draftOf("prod", VARIABLES);
    await fillIn(draft, new Given(["--offline", ...options, ...url, ...password, ...sops], VARIABLES));
    assert.deepEqual(draft.at(["fluxRepository", "auth"]), {
      basic: { username: "git", password: { config: "fluxRepositoryPassword" } },
    });
    assert.equal(draft.at(["azure"]), undefined);
    assert.deepEqual(draft.at(["sops"]), { recipient });
  });

  it("names all that is missing and all that is wrong at once, and no secret", async () => {
    const args = ["--offline", "--calcom-host", "Cal.example.com/", "--cloudflare-api-token", SECRETS.token];
    const told = await fillIn(draftOf("prod"), new Given([...args, "--autor-email", "x@y.z"], {})).then(
      () => "",
      (error: unknown) => (error as Error).message,
    );
    for (const expected of [
      /fluxRepository\.url isn't given: .*\n +→ --flux-repository-url/,
      /privateKey isn't given: .*\n +→ --flux-repository-auth-ssh-private-key-file or the environment variable FLUX_DEPLOY_KEY/,
      /handoff:calcom\.host: found "Cal\.example\.com\/"; allowed: a lowercase DNS name .*Did you mean cal\.example\.com\?/,
      /--cloudflare-api-token isn't taken: an argument is seen by others\. Give it by --cloudflare-api-token-file/,
      /--autor-email isn't an option for these settings\. Did you mean author-email\?/,
    ]) {
      assert.match(told, expected);
    }
    assert(!told.includes("canary"));
  });

  it("tells which argument is none, and not what it says", () => {
    assert.throws(() => new Given(["--system", "prod", "canary"], {}), {
      message: "argument 3 of 3 isn't an option: each is --name and a value, as in --stack prod",
    });
  });

  it("tells what a look finds in the words of `up`, without the secret that they repeat", async () => {
    const looks: Looks = {
      block: (_draft, block) =>
        Promise.resolve(
          block === "cloudflare"
            ? [{ verdict: "fail", text: `no ${SECRETS.token}`, fix: "give another" }]
            : [],
        ),
      whole: () => Promise.reject(new Error("isn't reached")),
    };
    const given = new Given(optionsOf("prod", files.path), VARIABLES);
    await assert.rejects(fillIn(draftOf("prod", VARIABLES), given, undefined, looks), (error: Error) => {
      assert.equal(error.message, "Nothing was written: 1 fault.\n  no [secret]\n    → give another");
      return true;
    });
  });

  describe("with the CLI", () => {
    let folder: string;
    const { PATH: path, KUBECONFIG: kubeconfig } = process.env;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "handoff-init-cli-"));
      cpSync(join(samples, "Pulumi.apps.yaml"), join(folder, "Pulumi.apps.yaml"));
      writeFileSync(join(folder, "pulumi"), CLI);
      chmodSync(join(folder, "pulumi"), 0o755);
      Object.assign(process.env, {
        ...VARIABLES,
        PATH: `${folder}:${path ?? ""}`,
        CLI_LOG: join(folder, "log"),
        KUBECONFIG: __filename,
      });
    });
    afterEach(() => {
      for (const name of [...Object.keys(VARIABLES), "CLI_LOG"]) Reflect.deleteProperty(process.env, name);
      process.env.PATH = path;
      if (kubeconfig === undefined) Reflect.deleteProperty(process.env, "KUBECONFIG");
      else process.env.KUBECONFIG = kubeconfig;
      rmSync(folder, { recursive: true, force: true });
    });

    const run = (...more: string[]) =>
      init(
        folder,
        new Given(["--system", "apps", "--offline", ...optionsOf("apps", files.path), ...more], {
          ...VARIABLES,
        }),
      );

    it("makes the stack, encrypts by standard input, and never by arguments", async () => {
      const told = await run("--stack", "acme/demo", "--secrets-provider", "passphrase");
      assert.match(told, /^Written: Pulumi\.demo\.yaml, with 1 secret encrypted/);
      const log = readFileSync(join(folder, "log"), "utf8");
      assert.deepEqual(
        log
          .replaceAll(/--cwd \S+/g, "--cwd …")
          .trim()
          .split("\n"),
        [
          "stack select acme/demo --non-interactive --cwd …",
          "stack init acme/demo --secrets-provider passphrase --non-interactive --cwd …",
          "config set --secret --stack acme/demo handoff:fluxRepositoryPrivateKey --non-interactive --cwd …",
          "stack select acme/demo --non-interactive --cwd …",
        ],
      );
      assert.doesNotMatch(told, /was there already/);
      const file = readFileSync(join(folder, "Pulumi.demo.yaml"), "utf8");
      assert.match(
        file,
        /handoff:fluxRepositoryPrivateKey: \{ secure: v1:[0-9a-f]+ \}\nencryptionsalt: v1:salt\n$/,
      );
      for (const text of [told, log, file]) assert(!text.includes("canary"));
    });

    it("takes away the stack that it made when its secrets can't be encrypted, and no other", async () => {
      writeFileSync(join(folder, "log.fails"), "");
      await assert.rejects(run("--stack", "demo"), /`pulumi config set` failed: no/);
      const log = (): string => readFileSync(join(folder, "log"), "utf8");
      assert.match(log(), /^stack rm demo --yes /m);
      writeFileSync(join(folder, "log"), "");
      writeFileSync(join(folder, "log.made"), "");
      await assert.rejects(run("--stack", "demo"), /`pulumi config set` failed: no/);
      assert.doesNotMatch(log(), /stack rm/);
      assert(!existsSync(join(folder, "Pulumi.demo.yaml")));
    });

    it("says that a stack was there already, and keeps by what its file is encrypted", async () => {
      await run("--stack", "demo");
      const path = join(folder, "Pulumi.demo.yaml");
      writeFileSync(path, readFileSync(path, "utf8").replace("v1:salt", "v1:of-its-own"));
      writeFileSync(join(folder, "log.keeps"), "");
      assert.match(await run("--stack", "demo", "--overwrite"), /The stack was there already/);
      assert.match(readFileSync(path, "utf8"), /^encryptionsalt: v1:of-its-own$/m);
    });

    it("leaves an existing file alone, unless told", async () => {
      await assert.rejects(
        run("--stack", "apps"),
        /Pulumi\.apps\.yaml is there already: take another name, or --overwrite/,
      );
      assert.equal(
        readFileSync(join(folder, "Pulumi.apps.yaml"), "utf8"),
        readFileSync(join(samples, "Pulumi.apps.yaml"), "utf8"),
      );
      await run("--stack", "apps", "--overwrite");
      // What it wrote is filled in the next time: nothing has to be answered again but the encrypted.
      await run("--stack", "apps", "--overwrite");
      assert.match(readFileSync(join(folder, "Pulumi.apps.yaml"), "utf8"), /domain: acme\.dev/);
    });
  });

  slow("reads back what it wrote as the program does", async () => {
    const draft = await filled("prod");
    const { raw, env } = draft.read();
    const { settings } = systems.prod!.read(raw, env, Object.keys(systems));
    assert.equal(settings.fluxRepository.path, "clusters/shop");
  });
});

/** Keeps its arguments, and writes what the CLI writes: a salt, and a ciphertext that stands for what it read. */
const CLI = `#!/bin/sh
echo "$*" >> "$CLI_LOG"
case "$1 $2" in
"stack select") [ -e "$CLI_LOG.made" ] || exit 255 ;;
"stack init") touch "$CLI_LOG.made" ;;
"config set")
  for last; do :; done
  file="$last/Pulumi.$(basename "$5").yaml"
  [ -e "$CLI_LOG.fails" ] && { echo "error: no" >&2; exit 255; }
  [ -e "$CLI_LOG.keeps" ] && { cat > /dev/null; exit 0; }
  digest=$(sha256sum | cut -c1-16)
  printf 'encryptionsalt: v1:salt\\nconfig:\\n  %s:\\n    secure: v1:%s\\n' "$6" "$digest" > "$file" ;;
esac
`;
