import { strict as assert } from "node:assert";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Snapshot } from "../../tools/dashboard/snapshot";
import { FakeCluster } from "../flux/fake-cluster";
import { hang, type HostedRepository, SIGN_IN, TestHost } from "../git/host";
import { feedOn, METRICS_FAILS, METRICS_WELL, SCENE, sourceAt } from "./scene";
import { until } from "./stream";

describe("the dashboard's feed", () => {
  const folder = mkdtempSync(join(tmpdir(), "handoff-feed-"));
  const before = process.env.XDG_RUNTIME_DIR;
  let host: TestHost;
  let repository: HostedRepository;
  let fake: FakeCluster;

  beforeEach(async () => {
    process.env.XDG_RUNTIME_DIR = folder;
    fake = await FakeCluster.start(...SCENE);
    host = await TestHost.start();
    repository = host.add("app", { "a.yaml": "1\n" });
  });
  afterEach(() => {
    fake.stop();
    host.stop();
    if (before === undefined) delete process.env.XDG_RUNTIME_DIR;
    else process.env.XDG_RUNTIME_DIR = before;
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const looking = async () => {
    const repositories = [{ url: repository.url, branch: "main", auth: SIGN_IN }];
    const feed = await feedOn(fake, { repositories });
    const seen: Snapshot[] = [];
    const leave = feed.subscribe((snapshot) => seen.push(snapshot));
    const subjects = (): readonly string[] | undefined =>
      feed.snapshot.repositories[0]?.commits.map(({ subject }) => subject);
    return { feed, seen, leave, subjects };
  };

  it("reads the commits once, and again when Flux has fetched another one", async () => {
    const { feed, subjects } = await looking();
    await until(() => subjects() !== undefined);
    assert.deepEqual(subjects(), ["Start"]);
    const count = repository.requests.length;
    repository.remote.commit({ "a.yaml": "2\n" }, "Change it");
    fake.put(METRICS_WELL);
    const well = '"HelmRelease monitoring/kube-prometheus-stack","state":"ready"';
    await until(() => JSON.stringify(feed.snapshot.status).includes(well));
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(repository.requests.length, count, "what Flux applied is no reason");
    fake.put(sourceAt("main@sha1:1111111111111111111111111111111111111111"));
    await until(() => subjects()?.length === 2);
    assert.deepEqual(subjects(), ["Change it", "Start"]);
    await feed.stop();
  });

  it("isn't held up by a git host that says nothing, and leaves no credentials when it ends", async () => {
    repository.faults = [hang, hang, hang];
    const { feed, seen } = await looking();
    await until(() => repository.requests.length > 0);
    const state = (): string | undefined => JSON.stringify(feed.snapshot.status?.applied);
    await until(() => state()?.includes(METRICS_FAILS.metadata?.name ?? "-") === true);
    const [was, looks] = [state(), seen.length];
    fake.put(METRICS_WELL);
    await until(() => state() !== was && seen.length > looks);
    assert.notDeepEqual(readdirSync(folder), [], "git is at work");
    const began = Date.now();
    await feed.stop();
    assert.ok(Date.now() - began < 30_000, "git would have given up by itself after a minute");
    assert.deepEqual(readdirSync(folder), []);
  });
});
