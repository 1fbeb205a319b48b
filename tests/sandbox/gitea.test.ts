import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { type HostedRepository, TestHost } from "../git/host";

/** What the tests read of a pull request. */
interface Shown {
  readonly number: number;
  readonly state: string;
  readonly merged: boolean;
  readonly html_url: string;
  readonly head: { readonly ref: string };
}

describe("the git host's pull requests and protected branches", function () {
  const TOKEN = "token correct horse";
  let host: TestHost;
  let repository: HostedRepository;

  beforeEach(async () => {
    host = await TestHost.start();
    repository = host.add("calcom", { "README.md": "# Repo\n", "a.yaml": "a: 1\n" });
  });
  afterEach(() => {
    host.stop();
  });

  const ask = async (method: string, path: string, body?: object, authorization = TOKEN) => {
    const url = new URL(`/api/v1/repos/your-org/calcom/${path}`, repository.url);
    const response = await fetch(url, { method, headers: { authorization }, body: JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, body: (text === "" ? undefined : JSON.parse(text)) as unknown };
  };
  /** As Gitea 1.27 says it. */
  const refusal = ({ status, body }: { readonly status: number; readonly body: unknown }) => [
    status,
    (body as { readonly message: string }).message,
  ];
  const open = async (head: string, title = "Change a") =>
    (await ask("POST", "pulls", { title, body: "Why", head, base: "main" })).body as Shown;
  const clone = (): string => repository.remote.clone;
  const git = (...args: string[]): string => repository.remote.git(clone(), ...args);
  /** Pushes a commit to a branch that begins at main. */
  const branch = (name: string, text: string): void => {
    git("checkout", "--quiet", "-B", name, "main");
    execFileSync("sh", ["-c", `printf '%s' "$1" > a.yaml`, "sh", text], { cwd: clone() });
    git("commit", "--quiet", "--all", "--message", `On ${name}`);
    git("push", "--quiet", "origin", name);
  };

  it("takes the password of git as token, and no other", async () => {
    assert.equal((await ask("GET", "pulls")).status, 200);
    for (const wrong of ["", "token no", "Basic Z2l0Om5v"]) {
      assert.equal((await ask("GET", "pulls", undefined, wrong)).status, 401);
    }
    assert.equal((await ask("GET", "../nothing/pulls")).status, 404);
  });

  it("refuses pushes to a protected branch, and merges a request into it", async () => {
    assert.equal((await ask("POST", "branch_protections", { rule_name: "nothing" })).status, 404);
    assert.equal((await ask("POST", "branch_protections", { rule_name: "main" })).status, 201);
    branch("change", "a: 2\n");
    assert.throws(
      () => git("push", "origin", "change:main"),
      /Gitea: Not allowed to push to protected branch main/,
    );

    const request = await open("change");
    assert.deepEqual([request.number, request.state, request.merged], [1, "open", false]);
    const page = await (await fetch(request.html_url)).text();
    assert.match(page, /^Change a\n\n#1, open: change into main\n\nWhy\n\ndiff --git /);
    assert.match(page, /^\+a: 2$/m);
    assert.equal((await ask("POST", "pulls/1/merge", { Do: "merge" })).status, 200);
    assert.equal(repository.remote.read("a.yaml"), "a: 2\n");
    assert.equal(repository.remote.log("%an %s")[0], "Reviewer Change a (#1)");
    assert.equal(((await ask("GET", "pulls/1")).body as Shown).merged, true);
    assert.deepEqual(refusal(await ask("POST", "pulls/1/merge")), [405, "The PR is already merged"]);

    assert.equal((await ask("DELETE", "branch_protections/main")).status, 204);
    branch("more", "a: 3\n");
    git("push", "--quiet", "--force", "origin", "more:main");
  });

  it("squashes, and refuses what conflicts", async () => {
    branch("one", "a: 2\n");
    branch("two", "a: 3\n");
    await open("one");
    await open("two");
    assert.equal((await ask("POST", "pulls/1/merge", { Do: "squash" })).status, 200);
    assert.deepEqual(repository.remote.log(), ["Change a (#1)", "Start"]);
    assert.equal((await ask("POST", "pulls/2/merge", { Do: "merge" })).status, 409);
    assert.deepEqual(repository.remote.log(), ["Change a (#1)", "Start"]);
  });

  it("has one open request for a branch, lists by state and page, and closes", async () => {
    for (const name of ["one", "two", "three"]) {
      branch(name, `a: ${name}\n`);
      await open(name);
    }
    assert.equal((await ask("POST", "pulls", { title: "x", head: "one", base: "main" })).status, 409);
    assert.deepEqual(refusal(await ask("POST", "pulls", { title: "x", head: "four", base: "main" })), [
      404,
      'ref "four" does not exist',
    ]);
    assert.equal((await ask("POST", "pulls", { head: "one", base: "main" })).status, 422);
    assert.equal((await ask("PATCH", "pulls/2", { state: "closed" })).status, 201);
    const heads = async (query: string): Promise<string[]> =>
      ((await ask("GET", `pulls?${query}`)).body as Shown[]).map(({ head }) => head.ref);
    assert.deepEqual(await heads("state=open"), ["three", "one"]);
    assert.deepEqual(await heads("state=closed"), ["two"]);
    assert.deepEqual(await heads("state=all&limit=2"), ["three", "two"]);
    assert.deepEqual(await heads("state=all&limit=2&page=2"), ["one"]);
  });
});
