import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { preflightHandler } from "../provider/preflight-handler";
import { testContext } from "./git/remote";
import { UNKNOWN } from "../provider/plugin/handler";
import { type HostedRepository, SIGN_IN, TestHost } from "./git/host";

describe("the preflight of repositories", function () {
  let host: TestHost;
  let repository: HostedRepository;

  beforeEach(async () => {
    host = await TestHost.start();
    repository = host.add("calcom", { "README.md": "# Repo\n" });
  });
  afterEach(() => {
    host.stop();
  });

  const request = { branch: "handoff", host: "gitea" };
  const faults = async (change: object, { url } = repository): Promise<string[]> => {
    const repositories = [{ url, branch: "main", auth: SIGN_IN, ...change }];
    return (await preflightHandler({ repositories }, testContext())).faults as string[];
  };
  const wrong = { basic: { username: "git", password: "wrong" } };

  it("finds nothing wrong, and changes nothing", async () => {
    for (const change of [{}, { mode: { push: true } }, { mode: { pullRequest: request } }]) {
      assert.deepEqual(await faults({ ...change, fluxAuth: { bearer: { token: UNKNOWN } } }), []);
    }
    assert.deepEqual(repository.remote.refs(), ["refs/heads/main"]);
    assert.deepEqual(await faults({}, host.add("empty", {})), []);
  });

  it("signs in to the host's API for pull requests", async () => {
    const [fault = "", ...more] = await faults({ mode: { pullRequest: { ...request, token: "wrong" } } });
    assert.deepEqual(more, []);
    assert.match(
      fault,
      /^looking for a pull request from handoff to main .* failed: HTTP 401, token is required\n→ Check `mode\.pullRequest\.token`/,
    );
  });

  it("wants something to compare a pull request with", async () => {
    const [fault] = await faults({ mode: { pullRequest: request } }, host.add("empty", {}));
    assert.match(fault ?? "", / is empty: a pull request needs a commit to be compared with\n→ Push a first/);
  });

  it("names the branches that there are, whatever the mode", async () => {
    for (const mode of [{ push: true }, { pullRequest: request }]) {
      const [fault] = await faults({ branch: "prod", mode });
      assert.match(fault ?? "", / has no branch 'prod'; it has main\./);
    }
  });

  it("asks whether the token may see the deploy keys, where Flux is to have one", async () => {
    const key = { host: "gitea", token: SIGN_IN.basic.password };
    assert.deepEqual(await faults({ deployKey: key }), []);
    assert.deepEqual(await faults({ deployKey: { ...key, token: UNKNOWN } }), []);
    const [fault = "", ...more] = await faults({ deployKey: { ...key, token: "just looking" } });
    assert.deepEqual(more, []);
    assert.match(
      fault,
      /^looking for deploy keys at .* failed: HTTP 403, user should be an owner .*\n→ Give the token the right to administer/,
    );
    assert.match(
      (await faults({ deployKey: { ...key, token: "wrong" } }))[0] ?? "",
      /HTTP 401, token is required\n→ Check `token`/,
    );
  });

  describe("by GitHub's API", () => {
    const auth = { bearer: { token: "t0ken" } };
    const byApi = (change: object = {}, of = repository): Promise<string[]> =>
      faults({ mode: { githubApi: {} }, auth, ...change }, of);

    it("asks whether the token may write, and git for nothing", async () => {
      assert.deepEqual(await byApi(), []);
      // The second look is for the hand-off, which wants to know the newest commit.
      assert.deepEqual(host.github.requests.sort(), ["GET", "query Locate", "query Locate"]);
      host.github.permissions.push = false;
      const [fault] = await byApi();
      assert.match(
        fault ?? "",
        /^the token may read .* but not write to it\n→ Give it the permission Contents/,
      );
      assert.deepEqual(repository.requests, []);
    });

    it("asks an App for its own permissions", async () => {
      const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const pem = privateKey.export({ type: "pkcs8", format: "pem" });
      const app = { auth: { githubApp: { appId: "42", installationId: "7", privateKey: pem } } };
      host.github.permissions = { pull: false, push: false };
      assert.deepEqual(await byApi(app), []);
      host.github.contents = "read";
      assert.match((await byApi(app))[0] ?? "", /^the token may read .* but not write to it/);
    });

    it("tells a wrong token, another branch, an empty repository, and a credential of Flux that reads nothing", async () => {
      const told = async (expected: RegExp, change: object, of = repository): Promise<void> => {
        const [fault = "", ...more] = await byApi(change, of);
        assert.deepEqual(more, []);
        assert.match(fault, expected);
      };
      const another = { bearer: { token: "another" } };
      await told(/^signing in to .* HTTP 401, Bad credentials\n→ GitHub doesn't accept the token/, {
        auth: another,
        fluxAuth: another,
      });
      await told(/has no branch 'prod'; it has main\./, { branch: "prod" });
      await told(/ is empty: GitHub's API commits only on top/, {}, host.add("empty", {}));
      await told(/^with `fluxAuth`: reading from .* HTTP 401/, { fluxAuth: another });
    });
  });

  it("signs in as Flux too, where Flux does so by itself", async () => {
    assert.deepEqual(await faults({ fluxAuth: SIGN_IN }), []);
    const [fault = "", ...more] = await faults({ fluxAuth: wrong });
    assert.deepEqual(more, []);
    assert.match(fault, /^with `fluxAuth`: reading from .* failed: Authentication failed/);
    assert.equal(
      (await faults({ auth: wrong, fluxAuth: { basic: { ...wrong.basic, username: "x" } } })).length,
      2,
    );
  });
});
