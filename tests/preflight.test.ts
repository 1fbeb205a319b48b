import assert from "node:assert/strict";
import { preflightHandler } from "../components/preflight-handler";
import { UNKNOWN } from "../provider/handler";
import { type HostedRepository, SIGN_IN, TestHost } from "./git/host";

describe("the preflight of repositories", function () {
  this.timeout(30_000);
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
    return (await preflightHandler({ repositories })).faults as string[];
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
