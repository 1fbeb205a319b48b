import assert from "node:assert/strict";
import { type HostedRepository, SIGN_IN, TestHost } from "./host";
import { Hand, testContext } from "./remote";
import { slow } from "../slow";

const deployment = (image: string, replicas = 1): string =>
  `kind: Deployment\nspec:\n  replicas: ${String(replicas)}\n  image: ${image}\n`;

/** On the sandbox's git host, whose main takes no pushes. */
describe("a pull request that waits", function () {
  let host: TestHost;
  let repository: HostedRepository;
  let hand: Hand;
  let context: ReturnType<typeof testContext>;
  const extra = () => ({
    url: repository.url,
    auth: SIGN_IN,
    mode: { pullRequest: { branch: "handoff", host: "gitea" } },
  });

  beforeEach(async () => {
    host = await TestHost.start();
    repository = host.add("calcom", { "README.md": "# Repo\n" });
    context = testContext();
    hand = new Hand(repository.url, context, extra());
  });
  afterEach(() => {
    host.stop();
  });

  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const url = new URL(`/api/v1/repos/your-org/calcom/pulls${path}`, repository.url);
    const headers = { authorization: `Bearer ${SIGN_IN.basic.password}` };
    const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
    assert(response.ok, `${method} ${path}: ${String(response.status)}`);
    return response.status === 200 && method === "POST" ? undefined : await response.json();
  };
  const merge = (number: number): Promise<unknown> =>
    ask("POST", `/${String(number)}/merge`, { Do: "merge" });

  it("names the requests of other repositories that come first", async () => {
    const awaits = ["https://git.example.com/your-org/other/pulls/7"];
    const outputs = await hand.up({ files: { "a.yaml": "a: 1\n" }, awaits });
    assert.match(String(outputs.pullRequest), /\/your-org\/calcom\/pulls\/1$/);
    const { body } = (await ask("GET", "/1")) as { body: string };
    assert.equal(
      body,
      `Handed off by the stack handoff/prod.\n\nMerge ${awaits[0]!} first.\n\n- \`a.yaml\`\n`,
    );
  });

  slow("lets others set their fields meanwhile, before and after it is merged", async () => {
    const keep = { "app.yaml": [{ path: ["spec", "image"] }] };
    await hand.up({ files: { "app.yaml": deployment("app:1") }, keep });
    await merge(1);
    await hand.up({ files: { "app.yaml": deployment("app:1") }, keep });
    repository.remote.commit({ "app.yaml": deployment("app:2") }, "Bump");

    const inputs = { files: { "app.yaml": deployment("app:1", 3) }, keep };
    assert.equal((await hand.up(inputs)).merged, false);
    assert.equal((await hand.up(inputs)).merged, false);
    repository.remote.commit({ "app.yaml": deployment("app:3") }, "Bump again");
    assert.equal((await hand.up(inputs)).merged, false);
    await merge(2);
    repository.remote.commit({ "app.yaml": deployment("app:4", 3) }, "Bump the third time");
    assert.equal((await hand.up(inputs)).merged, true);
    assert.equal(repository.remote.read("app.yaml"), deployment("app:4", 3));
  });

  it("to remove the files is told of when they are wanted again", async () => {
    const inputs = { files: { "a.yaml": "a: 1\n" } };
    await hand.up(inputs);
    await merge(1);
    await hand.up(inputs);
    await hand.destroy();
    const address = `${new URL(repository.url).origin}/your-org/calcom/pulls/2`;
    assert(context.messages.includes(`the files stay in the repository until ${address} is merged`));

    const again = await new Hand(repository.url, context, extra()).up(inputs);
    assert.equal(again.merged, true);
    assert(context.messages.includes(`main is as it should be without it: close ${address}`));
  });

  it("is left when the hand-off is taken back, and told of", async () => {
    await hand.up({ files: { "a.yaml": "a: 1\n" } });
    await hand.destroy();
    assert.match(context.messages.at(-1) ?? "", /^main is as it should be without it: close .*\/pulls\/1$/);
    assert.deepEqual(repository.remote.files(), ["README.md"]);
  });
});
