import { strict as assert } from "node:assert";
import { parseAllDocuments } from "yaml";
import type { Files } from "../../manifests/files";
import { app } from "../../manifests/apps/app";
import { defineSystem } from "../../stacks/platform";
import { prod } from "../../stacks/prod";
import { byName, type Registered, run } from "../mocks";
import { merge, readFixture } from "../settings/fixture";
import { builtUnderMocks, KEY } from "./under-mocks";
import { answers, WholeStack } from "./whole-stack";

const HOSTS = "git.example.com ssh-ed25519 AAAAC3Nza";
const SSH = "ssh://git@git.example.com/your-org/flux-config.git";
const HTTPS = "https://git.example.com/your-org/flux-config.git";

describe("a deploy key by the settings", () => {
  const stack = new WholeStack();
  before(() => {
    stack.setUp();
  });
  after(() => {
    stack.tearDown();
  });

  const withKey = {
    ...answers,
    outputs: {
      ...answers.outputs,
      "handoff:git:DeployKey": () => ({ privateKey: { ...secretly(KEY) }, publicKey: "ssh", keyId: 1 }),
    },
  };
  const settings = (over: object) => {
    const { config } = readFixture("valid", "minimal.yaml").document;
    const keys = ["handoff:fluxRepository", "handoff:appRepository"];
    const base = Object.fromEntries(keys.map((key) => [key, config?.[key]]));
    return stack.settings(merge(base, over) as Record<string, unknown>);
  };
  const resources = async (over: object, system = prod): Promise<Registered[]> =>
    (await builtUnderMocks(withKey, () => system.run(...settings(over), ["prod"]))).resources;
  const keys = (found: readonly Registered[]) =>
    found
      .filter(({ type }) => type === "handoff:git:DeployKey")
      .map(({ name, inputs }) => ({ name, inputs }));

  /** By a token; Flux by a key. */
  const byToken = {
    url: HTTPS,
    auth: { ssh: null, basic: { username: "git", password: { env: "GIT_TOKEN" } } },
    deployKey: { host: "github", knownHosts: HOSTS },
  };
  const token = { secret: "canary-git-token" };

  it("is of the token that git uses, and Flux's alone", async () => {
    const found = await resources({ "handoff:fluxRepository": byToken });
    assert.deepEqual(keys(found), [
      {
        name: "flux-system",
        inputs: { url: HTTPS, host: "github", token, readOnly: true, rotation: 1, stays: false },
      },
    ]);
    const { stringData } = byName(found, "flux-auth").inputs as {
      stringData: { secret: Record<string, string> };
    };
    assert.deepEqual(Object.keys(stringData.secret).sort(), ["identity", "identity.pub", "known_hosts"]);
    assert.equal(stringData.secret.identity, KEY);
    assert.equal(stringData.secret.known_hosts, `${HOSTS}\n`);
    // The program goes on by its token, at its address; Flux reads over SSH.
    const { url, auth, files } = byName(found, "handoff-commit").inputs as Record<string, unknown> & {
      files: Files;
    };
    assert.equal(url, HTTPS);
    assert.deepEqual(auth, { secret: { basic: { username: "git", password: "canary-git-token" } } });
    const sync = files["clusters/my-cluster/flux-system/gotk-sync.yaml"] ?? "";
    const [source] = parseAllDocuments(sync).map((document) => document.toJS() as { spec: object });
    assert.deepEqual(source?.spec, {
      interval: "1m0s",
      ref: { branch: "main" },
      secretRef: { name: "flux-system" },
      url: SSH,
    });
  });

  it("is made before Flux's Secret, which is there before the commit", async () => {
    const found = await resources({ "handoff:fluxRepository": byToken });
    const names = found.map(({ name }) => name);
    assert.ok(names.indexOf("flux-system") < names.indexOf("flux-auth"));
    assert.ok(byName(found, "flux-auth").options.dependencies.includes("flux-system"));
    assert.equal(byName(found, "flux-system").options.deleteBeforeReplace, false);
  });

  it("says what the settings say: access, rotation, API, the address that Flux reads", async () => {
    const apiUrl = "https://git.example.com/api/v1";
    const url = "ssh://git@git.example.com:2222/your-org/flux-config.git";
    const deployKey = {
      ...{ host: "gitea", apiUrl, url, readOnly: false, rotate: 3 },
      knownHosts: `[git.example.com]:2222 ssh-ed25519 AAAAC3Nza`,
      token: { env: "PULL_REQUEST_TOKEN" },
    };
    const found = await resources({ "handoff:fluxRepository": { ...byToken, deployKey } });
    assert.deepEqual(keys(found)[0]?.inputs, {
      ...{ url: HTTPS, host: "gitea", apiUrl, readOnly: false, rotation: 3, stays: false },
      token: { secret: "canary-pull-request" },
    });
    const { files } = byName(found, "handoff-commit").inputs as { files: Files };
    assert.match(
      files["clusters/my-cluster/flux-system/gotk-sync.yaml"] ?? "",
      / url: ssh:\/\/.*:2222\/your-org\//,
    );
  });

  it("takes the known hosts of a repository's ssh:// address, beside an ssh-agent too", async () => {
    const auth = { ssh: { privateKey: null, agent: true } };
    const deployKey = { host: "gitea", token: { env: "GIT_TOKEN" } };
    const found = await resources({ "handoff:fluxRepository": { auth, deployKey } });
    assert.deepEqual(keys(found)[0]?.inputs, {
      url: SSH,
      host: "gitea",
      token,
      readOnly: true,
      rotation: 1,
      stays: false,
    });
    const { stringData } = byName(found, "flux-auth").inputs as {
      stringData: { secret: Record<string, string> };
    };
    assert.equal(stringData.secret.known_hosts, `${HOSTS}\n`);
  });

  it("stays at the host when Flux does, which was there before", async () => {
    const outputs = { ...withKey.outputs, "handoff:flux:FluxInstall": () => ({ found: true }) };
    const over = {
      "handoff:fluxRepository": byToken,
      "handoff:appRepository": { deployKey: byToken.deployKey },
    };
    const { resources: found } = await builtUnderMocks({ ...withKey, outputs }, () =>
      prod.run(...settings(over), ["prod"]),
    );
    // What reads the app's repository leaves the cluster with the stack.
    assert.deepEqual(Object.fromEntries(keys(found).map(({ name, inputs }) => [name, inputs.stays])), {
      "calcom-app": false,
      "flux-system": true,
    });
    assert.ok(byName(found, "flux-system").options.dependencies.includes("flux-install"));
  });

  it("is of an app's repository as well", async () => {
    const found = await resources({ "handoff:appRepository": { deployKey: byToken.deployKey } });
    assert.deepEqual(
      keys(found).map(({ name }) => name),
      ["calcom-app"],
    );
    const { stringData } = byName(found, "flux-ssh-auth").inputs as {
      stringData: { secret: Record<string, string> };
    };
    assert.equal(stringData.secret.identity, KEY);
    const { files } = byName(found, "handoff-commit").inputs as { files: Files };
    assert.match(
      Object.values(files).join("---\n"),
      / url: ssh:\/\/git@git\.example\.com\/your-org\/calcom\.git\n/,
    );
  });

  it("is asked for in the preflight", async () => {
    let asked: Record<string, unknown> = {};
    const preflight = (args: Record<string, unknown>) => {
      asked = args;
      return { faults: ["looking for deploy keys failed"] };
    };
    const functions = { ...answers.functions, "handoff:index:preflight": preflight };
    const { result, resources: found } = await run({ ...withKey, functions }, () =>
      prod.run(...settings({ "handoff:fluxRepository": byToken }), ["prod"]),
    );
    await assert.rejects(result, { message: "nothing was changed:\nlooking for deploy keys failed" });
    assert.deepEqual(found, []);
    const [repository] = asked.repositories as readonly Record<string, Record<string, unknown>>[];
    assert.equal(repository?.deployKey?.host, "github");
    const { sync } = asked.cluster as { readonly sync: string };
    assert.ok(sync.includes(SSH), "what the cluster's Flux is to read");
  });

  it("is secret, and so is a proxy's password", async () => {
    const over = merge(byToken, { auth: { proxy: { env: "GIT_PROXY" } } });
    const found = await resources({ "handoff:fluxRepository": over });
    const text = JSON.stringify(found, (_key, value: unknown) =>
      value !== null && typeof value === "object" && "secret" in value ? "(secret)" : value,
    );
    assert.doesNotMatch(text, /PRIVATE KEY|canary/);
    assert.equal(keys(found)[0]?.inputs.proxy === undefined, false);
  });

  describe("with image tags that Flux commits", () => {
    const updated = defineSystem({
      ...prod,
      build: (own, platform) => {
        const built = prod.build(own, platform);
        const another = app({
          name: "another",
          image: "ghcr.io/your-org/another:v1.0.0",
          imagePolicy: { semver: ">=1.0.0" },
        });
        return { ...built, apps: [...built.apps, another] };
      },
    });
    const flux = () =>
      stack.flux({ componentsExtra: ["image-reflector-controller", "image-automation-controller"] });
    const outcome = async (readOnly: boolean) => {
      const fluxRepository = { ...byToken, deployKey: { ...byToken.deployKey, readOnly } };
      return await run(withKey, () =>
        updated.run(...settings({ "handoff:fluxRepository": fluxRepository, ...flux() }), ["prod"]),
      );
    };

    it("has to write", async () => {
      const { result, resources: found } = await outcome(true);
      await assert.rejects(result, {
        message:
          "Flux commits new image tags of another, which its deploy key doesn't let it: set handoff:fluxRepository.deployKey.readOnly to false.",
      });
      assert.deepEqual(found, []);
    });

    it("does when the settings say so", async () => {
      const { result, resources: found } = await outcome(false);
      await result;
      assert.equal(keys(found)[0]?.inputs.readOnly, false);
    });
  });
});

/** As the engine gives a secret output. */
function secretly(text: string): object {
  return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: text };
}
