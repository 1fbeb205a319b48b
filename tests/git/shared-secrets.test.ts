/** Secrets that a colleague shared with others by `sops updatekeys`. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { sopsEdits } from "../../manifests/secrets/sops-config";
import { toYaml } from "../../manifests/yaml";
import { sopsFileHandler } from "../../provider/secrets/sops-file-handler";
import { Hand, TestRemote, testContext } from "./remote";
import { slow } from "../slow";

const PATH = "k8s/prod/10-db.enc.yaml";
const [CLUSTER, ANN] = [`age1${"q".repeat(58)}`, `age1${"p".repeat(58)}`];
const ANNS_PGP = "85D77543B3D624B63CEA9E6DBC17301B491B3F21";
const AZURE = { vault_url: "https://v.vault.azure.net", name: "sops", version: "0".repeat(32) };
const AZURE_KEY = `${AZURE.vault_url}/keys/${AZURE.name}/${AZURE.version}`;

/** A document as sops writes it; who may read it doesn't show in its values nor in their code. */
function encrypted(value: string, age: readonly string[], more = ""): string {
  return [
    "kind: Secret",
    `stringData:\n    password: ENC[AES256_GCM,data:${value},type:str]`,
    `sops:\n    age:\n${age.map((one) => `        - recipient: ${one}\n          enc: ${one}`).join("\n")}`,
    ...(more === "" ? [] : [more]),
    `    mac: ENC[AES256_GCM,data:mac-${value},type:str]\n`,
  ].join("\n");
}

describe("a secret in git that a colleague may read by `sops updatekeys`", () => {
  let remote: TestRemote;
  let hand: Hand;
  beforeEach(() => {
    remote = new TestRemote();
    hand = new Hand(remote.url);
  });
  afterEach(() => {
    remote.dispose();
  });
  const inputs = (value: string, recipients = [CLUSTER], files: object = {}) => ({
    files: { [PATH]: encrypted(value, recipients), ...files },
    edits: sopsEdits([PATH], recipients),
  });
  /** As `sops updatekeys` after an edit of .sops.yaml. */
  const share = (value: string): void => {
    const rules = remote.read(".sops.yaml").replace(`- ${CLUSTER}\n`, `- ${CLUSTER}\n    - ${ANN}\n`);
    remote.commit({ [PATH]: encrypted(value, [CLUSTER, ANN]), ".sops.yaml": rules });
  };
  const theirs = (): readonly string[] => [remote.read(PATH), remote.read(".sops.yaml")];

  it("stays so when something else changes, with or without a refresh", async () => {
    await hand.up(inputs("one"));
    share("one");
    const shared = theirs();
    assert.ok(shared.every((text) => text.includes(ANN)));
    await hand.up(inputs("one", [CLUSTER], { "k8s/prod/a.yaml": "a: 1\n" }));
    assert.deepEqual(theirs(), shared);
    await hand.refresh();
    await hand.up(inputs("one", [CLUSTER], { "k8s/prod/a.yaml": "a: 2\n" }));
    assert.deepEqual(theirs(), shared);
    assert.equal(remote.read("k8s/prod/a.yaml"), "a: 2\n");
  });

  for (const refreshed of [false, true]) {
    slow(
      `isn't taken from them by another value${refreshed ? " after a refresh" : ""}: they are named`,
      async () => {
        await hand.up(inputs("one"));
        share("one");
        if (refreshed) await hand.refresh();
        else await hand.up(inputs("one", [CLUSTER], { "k8s/prod/a.yaml": "a: 1\n" }));
        const shared = theirs();
        await assert.rejects(
          hand.up(inputs("two")),
          new RegExp(
            `10-db\\.enc\\.yaml: somebody shared it with ${ANN}, .*\n→ Add them to \`sops\\.recipients\``,
          ),
        );
        assert.deepEqual(theirs(), shared);
        await hand.up(inputs("two", [CLUSTER, ANN]));
        assert.ok(theirs().every((text) => text.includes(ANN)));
        // Who is taken out by the program goes.
        await hand.up(inputs("three"));
        assert.ok(!theirs().some((text) => text.includes(ANN)));
      },
    );
  }

  it("names keys that aren't age's, too, as `sops.recipients` takes them", async () => {
    await hand.up(inputs("one"));
    const more = [
      `    pgp:\n        - fp: ${ANNS_PGP}\n          enc: x`,
      `    azure_kv:\n${Object.entries(AZURE)
        .map(([key, value], i) => `        ${i === 0 ? "-" : " "} ${key}: ${JSON.stringify(value)}`)
        .join("\n")}`,
    ].join("\n");
    remote.commit({ [PATH]: encrypted("one", [CLUSTER], more) });
    await assert.rejects(hand.up(inputs("two")), (error: Error) => {
      assert.ok(
        error.message.includes(`somebody shared it with ${ANNS_PGP}, ${AZURE_KEY}, who`),
        error.message,
      );
      return true;
    });
    const [rule] = sopsEdits([PATH], [CLUSTER, ANNS_PGP, AZURE_KEY])[".sops.yaml"] ?? [];
    const { age, pgp, azure_keyvault } = (rule as unknown as { entry: Record<string, unknown> }).entry;
    assert.deepEqual(
      { age, pgp, azure_keyvault },
      { age: [CLUSTER], pgp: ANNS_PGP, azure_keyvault: AZURE_KEY },
    );
  });

  it("names keys that `sops.recipients` doesn't take, and what to do with them", async () => {
    await hand.up(inputs("one"));
    const ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9";
    remote.commit({ [PATH]: encrypted("one", [CLUSTER, `${ssh} ann@laptop`]) });
    await assert.rejects(hand.up(inputs("two")), (error: Error) => {
      assert.ok(error.message.includes(`shared it with ${ssh}, who`), error.message);
      assert.ok(error.message.includes(` ${ssh} can't be listed there: give who has it a key that can`));
      return true;
    });
  });

  it("is told where keys of several groups are needed for it, which the cluster hasn't, and comes back", async () => {
    await hand.up(inputs("one"));
    const groups = (threshold: string) => {
      const [head = "", rest = ""] = encrypted("one", [CLUSTER, ANN]).split(/^ {4}age:$/m);
      const keys = rest
        .replaceAll(/^ {8}- recipient/gm, "        - age:\n            - recipient")
        .replaceAll(/^ {10}enc/gm, "              enc");
      return `${head}${threshold}    key_groups:${keys}`;
    };
    for (const threshold of ["", "    shamir_threshold: 2\n"]) {
      const split = groups(threshold);
      remote.commit({ [PATH]: split });
      for (const value of ["one", "two"]) {
        await assert.rejects(
          hand.up(inputs(value, [CLUSTER], { "k8s/prod/a.yaml": "a: 1\n" })),
          /10-db\.enc\.yaml: somebody split its key, so that keys of 2 groups together read it: the cluster alone can't/,
        );
      }
      assert.equal(remote.read(PATH), split);
    }
    // One of the groups is enough: nothing is kept from anybody.
    remote.commit({ [PATH]: groups("    shamir_threshold: 1\n") });
    await hand.up(inputs("one", [CLUSTER], { "k8s/prod/a.yaml": "a: 1\n" }));
    assert.match(remote.read(PATH), /key_groups/);
    remote.commit({ [PATH]: groups("") });
    await hand.refresh();
    await hand.up(inputs("one", [CLUSTER], { "k8s/prod/a.yaml": "a: 1\n" }));
    assert.equal(remote.read(PATH), encrypted("one", [CLUSTER]));
  });

  it("is refused as before when somebody changed its value, or took the cluster's key out", async () => {
    await hand.up(inputs("one"));
    for (const changed of [encrypted("theirs", [CLUSTER]), encrypted("one", [ANN])]) {
      remote.commit({ [PATH]: changed });
      await assert.rejects(hand.up(inputs("two")), /10-db\.enc\.yaml/);
      assert.equal(remote.read(PATH), changed);
      remote.commit({ [PATH]: encrypted("one", [CLUSTER]) });
    }
  });

  slow("keeps the rule that they are in, until the one in its place has them", async () => {
    await hand.up(inputs("one"));
    share("one");
    const shared = theirs();
    const more = (recipients: string[]) => ({
      files: { [PATH]: encrypted("one", recipients), "k8s/b.enc.yaml": encrypted("b", recipients) },
      edits: sopsEdits([PATH, "k8s/b.enc.yaml"], recipients),
    });
    await assert.rejects(hand.up(more([CLUSTER])), /\.sops\.yaml: somebody else changed our entry/);
    assert.deepEqual(theirs(), shared);
    await hand.up(more([CLUSTER, ANN]));
    assert.equal(remote.read(".sops.yaml").match(/path_regex/g)?.length, 1);
    assert.ok(remote.read(".sops.yaml").includes(ANN));
  });

  it("goes with the stack", async () => {
    await hand.up(inputs("one"));
    share("one");
    await hand.up(inputs("one", [CLUSTER], { "k8s/prod/a.yaml": "a: 1\n" }));
    await hand.refresh();
    await hand.destroy();
    assert.deepEqual(remote.files(), ["README.md"]);
  });

  describe("with sops itself", () => {
    before(function () {
      if (spawnSync("sops", ["--version", "--disable-version-check"]).error) {
        console.log("      skipped: there is no sops on PATH (https://getsops.io)");
        this.skip();
      }
    });

    it("stays readable for them, and for the cluster, until another value is to be theirs as well", async () => {
      const identities = await Promise.all([generateIdentity(), generateIdentity()]);
      const [cluster = "", ann = ""] = await Promise.all(identities.map((one) => identityToRecipient(one)));
      const inputsOf = async (value: string, recipients: string[], files: object = {}) => {
        const plaintext = toYaml({ apiVersion: "v1", kind: "Secret", stringData: { password: value } });
        const { outputs } = await sopsFileHandler.create(testContext(), {
          path: PATH,
          plaintext,
          recipients,
        });
        return {
          files: { [PATH]: String(outputs.ciphertext), ...files },
          edits: sopsEdits([PATH], recipients),
        };
      };
      const sops = (args: readonly string[], identity = "", input?: string): string => {
        const env = { ...process.env, SOPS_AGE_KEY: identity };
        const { status, stdout, stderr } = spawnSync("sops", args, {
          cwd: folder,
          env,
          input,
          encoding: "utf8",
        });
        assert.equal(status, 0, stderr);
        return stdout;
      };
      const folder = join(remote.folder, "colleague");
      const readBy = (identity = ""): string =>
        sops(["decrypt", "--filename-override", PATH], identity, remote.read(PATH));
      const first = await inputsOf("canary-one", [cluster]);
      await hand.up(first);

      remote.git(remote.folder, "clone", "--quiet", remote.url, "colleague");
      const rules = join(folder, ".sops.yaml");
      writeFileSync(
        rules,
        readFileSync(rules, "utf8").replace(`- ${cluster}\n`, `- ${cluster}\n    - ${ann}\n`),
      );
      sops(["updatekeys", "--yes", PATH], identities[0]);
      remote.git(folder, "commit", "--quiet", "--all", "--message", "Add Ann");
      remote.git(folder, "push", "--quiet");
      const shared = theirs();
      for (const identity of identities) assert.match(readBy(identity), /canary-one/);

      await hand.up({ ...first, files: { ...first.files, "k8s/prod/a.yaml": "a: 1\n" } });
      await hand.refresh();
      assert.deepEqual(theirs(), shared);
      await assert.rejects(
        hand.up(await inputsOf("canary-two", [cluster])),
        new RegExp(`shared it with ${ann}`),
      );
      assert.deepEqual(theirs(), shared);
      await hand.up(await inputsOf("canary-two", [cluster, ann]));
      for (const identity of identities) assert.match(readBy(identity), /canary-two/);
    });
  });
});
