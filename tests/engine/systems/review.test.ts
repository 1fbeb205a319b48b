/** A review stack of prod, with an API server and a Flux of its own beside its parent's: made, used and gone. */
import { strict as assert } from "node:assert";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { tail } from "../commands";
import { isReady } from "../observed";
import { Sandbox, useSandbox } from "../sandbox";

const FLUX = "your-org/flux-config";
const APP = "your-org/calcom";
const KUSTOMIZATION = "kustomizations.kustomize.toolkit.fluxcd.io";

describe("a review stack of prod, beside its parent", function () {
  this.timeout(1_800_000);
  const parent = useSandbox("prod", true);
  /** Only its cluster is used: git and the clouds are the parent's. */
  const reviews = new Sandbox("prod");
  let failed = false;
  let untouched: unknown;
  let namespaces: readonly string[];

  afterEach(function () {
    failed ||= this.currentTest?.state === "failed";
  });
  after(async () => {
    await reviews.remove(failed);
  });

  const project = async (...args: string[]): Promise<string> => {
    const { status, output } = await parent.exec(process.execPath, [parent.project.launcher, ...args]);
    assert.equal(status, 0, tail(output));
    return output;
  };
  const write = (stack: string, config: object): void => {
    fs.writeFileSync(path.join(parent.project.folder, `Pulumi.${stack}.yaml`), stringify({ config }));
  };
  const branches = (repository: typeof FLUX | typeof APP): string[] =>
    parent.git(repository, "for-each-ref", "--format=%(refname:short)", "refs/heads").trim().split("\n");
  const cloud = async () => {
    const { records, tunnels } = await parent.cloudflare();
    const live = tunnels.filter(({ deleted_at }) => deleted_at === null);
    return { hosts: records.map(({ name }) => name).sort(), tunnels: live.map(({ name }) => name).sort() };
  };
  /** All that the parent has: commits, clouds, state, and what runs. */
  const parents = async (): Promise<unknown> => ({
    heads: parent.heads(),
    state: JSON.parse((await parent.pulumi(["stack", "export"])).stdout) as unknown,
    pods: (await parent.get("pods", "calcom")).map(({ metadata }) => metadata.uid).sort(),
  });

  before(async () => {
    await parent.start();
    await reviews.start();
    const identity = await generateX25519Identity();
    const file = path.join(parent.state, "age.key");
    fs.writeFileSync(file, `${identity}\n`, { mode: 0o600 });
    const sops = { recipient: await identityToRecipient(identity), identity: { file } };
    parent.settle(
      [["handoff:secrets"], "sops"],
      [["handoff:sops"], sops],
      [["handoff:azure"], undefined],
      // An issuer in the review's cluster would ask that one's Cloudflare.
      [["handoff:cloudflare", "certificates"], "direct"],
    );
    await parent.succeeds("run", "--", "sops", "--version", "--disable-version-check"); // obtains it
    await parent.up();
    for (const name of fs.readdirSync(parent.project.folder))
      if (/^Pulumi\..+\.yaml$/.test(name)) fs.rmSync(path.join(parent.project.folder, name));
    const { config } = parse(fs.readFileSync(parent.configFile, "utf8")) as { readonly config: object };
    write("sandbox", config);
    write("pr", {
      "handoff:review": { of: "sandbox" },
      "handoff:cluster": {
        name: "review-{number}",
        kubeconfig: { file: path.join(reviews.state, "kubeconfig") },
      },
      "handoff:fluxRepository": { branch: "pr-{number}" },
      "handoff:appRepository": { branch: "pr-{number}" },
      "handoff:cloudflare": { tunnel: { name: "review-{number}" } },
      "handoff:sops": sops,
    });
    parent.env = { ...parent.env, STACKS: "sandbox" };
    untouched = await parents();
    namespaces = await reviews.namespaces();
  });

  it("is previewed, and its comment says what it would make under names of its own", async () => {
    await project("review", "preview", "7");
    await project("comment", "--preview", path.join(parent.state, "previews"), "pr-7");
    const comment = await project("comment", path.join(parent.state, "previews"), "pr-7");
    assert.match(comment, /- \*\*pr-7\*\*: \d+ files in 2 repositories · objects: \d+ created/);
    assert.match(comment, /\*\*`pr-7` of `ssh:\/\/[^`]*flux-config\.git`\*\*/);
    assert.match(comment, /cal-pr-7\.example\.com/);
    assert.doesNotMatch(comment, /look twice[^]*(namespace-deleted|data-pruned)/);
    assert.deepEqual(branches(FLUX), ["main"]);
    assert.deepEqual(await parents(), untouched);
  });

  it("runs in its own cluster from branches of its own, Ready", async () => {
    await project("review", "up", "7");
    for (const repository of [FLUX, APP] as const) assert.deepEqual(branches(repository), ["main", "pr-7"]);
    const found = await reviews.get(KUSTOMIZATION, "flux-system");
    assert.deepEqual(
      found.map((one) => [one.metadata.name, isReady(one)]),
      ["calcom-app", "calcom-ns", "cloudflare", "flux-system"].map((name) => [name, true]),
    );
    const [source] = await reviews.get(
      "gitrepositories.source.toolkit.fluxcd.io",
      "flux-system",
      "flux-system",
    );
    assert.match(JSON.stringify(source?.spec), /"branch":"pr-7"/);
    const [ingress] = await reviews.get("ingresses", "calcom");
    assert.match(JSON.stringify(ingress?.spec), /"host":"cal-pr-7\.example\.com"/);
    assert.deepEqual(await cloud(), {
      hosts: ["cal-pr-7.example.com", "cal.example.com"],
      tunnels: ["my-cluster", "review-7"],
    });
    const [own, theirs] = [
      await reviews.secret("calcom", "calcom-db"),
      await parent.secret("calcom", "calcom-db"),
    ];
    assert.notEqual(own.POSTGRES_PASSWORD, theirs.POSTGRES_PASSWORD);
    assert.deepEqual(await parents(), untouched);
    await project("status", "pr-7");
  });

  it("goes with the pull request: nothing is left of it, and the parent has nothing to do", async () => {
    await project("review", "destroy", "7");
    for (const repository of [FLUX, APP] as const) assert.deepEqual(branches(repository), ["main"]);
    assert.deepEqual(await cloud(), { hosts: ["cal.example.com"], tunnels: ["my-cluster"] });
    assert.deepEqual(await reviews.namespaces(), namespaces);
    assert.doesNotMatch((await parent.pulumi(["stack", "ls"])).output, /pr-7/);
    assert.deepEqual(await parents(), untouched);
    await parent.up({}, "--expect-no-changes");
  });
});
