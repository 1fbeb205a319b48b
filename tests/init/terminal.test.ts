import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stopped } from "../../tools/init/asker";
import { fillIn } from "../../tools/init/flow";
import { Given } from "../../tools/init/given";
import { hostKeys } from "../../tools/init/host-key";
import { terminal } from "../../tools/init/terminal";
import { FakeCluster } from "../flux/fake-cluster";
import { TestHost } from "../git/host";
import { draftOf, SECRETS } from "./answers";
import { DOWN, ENTER, Screen, type Answers } from "./screen";
import { slow } from "../slow";

describe("npm run init, at a terminal", function () {
  let host: TestHost;
  let cluster: FakeCluster;
  let folder: string;
  before(async () => {
    host = await TestHost.start();
    host.add("flux-config", { "README.md": "# Flux\n" });
    cluster = await FakeCluster.start();
    folder = mkdtempSync(join(tmpdir(), "handoff-init-terminal-"));
    writeFileSync(join(folder, "kubeconfig"), cluster.kubeconfig);
  });
  after(() => {
    host.stop();
    cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const typed = async (system: string, args: readonly string[], answers: Answers) => {
    const screen = new Screen(answers);
    const draft = draftOf(system);
    await fillIn(draft, new Given(args, {}), await terminal(screen.input, screen.output));
    return { screen, draft };
  };

  it("asks what isn't given, looks after each part, and asks again what doesn't hold", async () => {
    const url = new URL(host.sshUrl("flux-config"));
    const [key] = await hostKeys(url);
    const given = [
      "--cluster-kubeconfig",
      join(folder, "kubeconfig"),
      "--author-name",
      "Ops",
      "--apps-domain",
      "acme.dev",
    ];
    const repository = (name: string): Answers => [
      ["fluxRepository.url", url.href + ENTER],
      ["fluxRepository.path", ENTER],
      ["fluxRepository.auth.ssh.privateKey", join(host.keys, name) + ENTER],
    ];
    const { screen, draft } = await typed("apps", given, [
      ["cluster.name", `Shop${ENTER}`],
      ["Did you mean shop?", `\u0015shop${ENTER}`],
      ["cluster.context", ENTER],
      ...repository("calcom"),
      ["Compare with what the host publishes", `SHA256:${"A".repeat(43)}${ENTER}`],
      ["none of them is", `\u0015${key?.fingerprint ?? ""}${ENTER}`],
      ["would stop at this", ENTER],
      ...repository("flux-config"),
      ["author.email", `ops@acme.dev${ENTER}`],
    ]);
    assert.deepEqual(screen.unasked, []);
    assert.deepEqual(draft.faults(), []);
    assert.equal(draft.at(["cluster", "name"]), "shop");
    assert.equal(draft.at(["fluxRepository", "path"]), "flux-clusters/shop");
    assert.equal(draft.at(["fluxRepository", "auth", "ssh", "knownHosts"]), `${key?.line ?? ""}\n`);
    assert.match(screen.text, /can be reached, as cluster-admin/);
    assert.match(screen.text, /flux-config\.git can be written to/);
    assert(!screen.shown.includes("PRIVATE KEY"));
  });

  slow("goes on with what doesn't hold when it is told so", async () => {
    const nowhere = JSON.parse(cluster.kubeconfig) as { clusters: { cluster: { server: string } }[] };
    nowhere.clusters[0]!.cluster.server = "http://127.0.0.1:9";
    writeFileSync(join(folder, "nowhere"), JSON.stringify(nowhere));
    const screen = new Screen([
      ["would stop at this", DOWN + ENTER],
      ["fluxRepository.url", "\u0003"],
    ]);
    const given = new Given(
      ["--cluster-name", "shop", "--cluster-context", "c", "--cluster-kubeconfig", join(folder, "nowhere")],
      {},
    );
    const asker = await terminal(screen.input, screen.output);
    await assert.rejects(fillIn(draftOf("apps"), given, asker), Stopped);
    assert.match(screen.text, /127\.0\.0\.1:9/);
  });

  it("stops at Ctrl-C while it looks, and lets what writes come to its end", async () => {
    const screen = new Screen([]);
    const asker = await terminal(screen.input, screen.output);
    const never = new Promise<void>(() => undefined);
    const listeners = process.listenerCount("SIGINT");
    const interrupted = asker.during("Looking", never);
    process.emit("SIGINT");
    await assert.rejects(interrupted, Stopped);
    const writing = async (ends: () => void): Promise<string> => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      ends();
      return "written";
    };
    const done = asker.during(
      "Writing",
      writing(() => undefined),
      "to its end",
    );
    process.emit("SIGINT");
    assert.equal(await done, "written");
    const failing = asker.during(
      "Writing",
      writing(() => {
        throw new Error("killed");
      }),
      "to its end",
    );
    process.emit("SIGINT");
    await assert.rejects(failing, Stopped);
    assert.equal(process.listenerCount("SIGINT"), listeners);
    assert.match(screen.text, /Looking …/);
  });

  it("doesn't show what is secret", async () => {
    const screen = new Screen([["cloudflare.apiToken", SECRETS.token + ENTER]]);
    let got = "";
    const asker = await terminal(screen.input, screen.output);
    const about = { path: ["cloudflare", "apiToken"], about: "Token.", optional: false };
    await asker.ask({ ...about, name: "cloudflare.apiToken", kind: "secret" }, (text) => {
      got = text;
      return undefined;
    });
    assert.equal(got, SECRETS.token);
    assert(!screen.shown.includes("canary"));
  });
});
