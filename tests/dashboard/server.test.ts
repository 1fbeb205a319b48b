import { strict as assert } from "node:assert";
import { request } from "node:http";
import { type Asset, assets } from "../../tools/dashboard/assets";
import type { Feed } from "../../tools/dashboard/feed";
import { Dashboard } from "../../tools/dashboard/server";
import { FakeCluster } from "../flux/fake-cluster";
import { CANARY, ENCODED, feedOn, METRICS_WELL, SCENE } from "./scene";
import { openStream, until } from "./stream";

describe("the dashboard's server", () => {
  let fake: FakeCluster;
  let feed: Feed;
  let dashboard: Dashboard;
  let port: string;
  let files: Readonly<Record<string, Asset>>;

  before(async () => {
    files = await assets();
  });
  beforeEach(async () => {
    fake = await FakeCluster.start(...SCENE);
    feed = await feedOn(fake);
    dashboard = await Dashboard.start({ feed, assets: files });
    port = new URL(dashboard.url).port;
  });
  afterEach(() => {
    dashboard.stop();
    fake.stop();
  });

  /** @param path below the origin; default the page's own */
  const ask = async (
    path = new URL(dashboard.url).pathname,
    { method = "GET", headers = {} }: { method?: string; headers?: Record<string, string> } = {},
  ): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }> => {
    return await new Promise((resolve, reject) => {
      request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
        let body = "";
        response.on("data", (chunk) => (body += String(chunk)));
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      })
        .on("error", reject)
        .end();
    });
  };

  it("gives the page and its files to whoever has the address, and nothing to others", async () => {
    const { pathname } = new URL(dashboard.url);
    assert.match(pathname, /^\/[\w-]{22}\/$/);
    for (const name of ["", ...Object.keys(files)])
      assert.equal((await ask(pathname + name)).status, 200, name);
    const wrong = `${pathname[1] === "a" ? "b" : "a"}${pathname.slice(2)}`;
    for (const path of [
      "/",
      "/page.css",
      `/${wrong}`,
      `/x${pathname}`,
      pathname.slice(0, -1),
      "//",
      "/%00/",
    ]) {
      const { status, body } = await ask(path);
      assert.equal(status, 404, path);
      assert.doesNotMatch(body, /prod|calcom/);
    }
    for (const name of ["package.json", "constructor", "..%2fserver.ts", "../server.ts"])
      assert.equal((await ask(pathname + name)).status, 404, name);
  });

  it("has another address at each start", async () => {
    const other = await Dashboard.start({ feed, assets: files });
    assert.notEqual(new URL(other.url).pathname, new URL(dashboard.url).pathname);
    other.stop();
  });

  it("refuses other names of this machine, as a page of another origin would use them", async () => {
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, "localhost:8080", "[::1]:1"])
      assert.equal((await ask(undefined, { headers: { host } })).status, 200, host);
    for (const host of [
      "evil.example.com",
      `evil.example.com:${port}`,
      "127.0.0.1.example.com",
      "localhost.example.com",
      "0.0.0.0",
    ])
      assert.equal((await ask(undefined, { headers: { host } })).status, 421, host);
  });

  it("changes nothing, whatever is asked", async () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      const { status, headers } = await ask(undefined, { method });
      assert.deepEqual([status, headers.allow], [405, "GET, HEAD"], method);
    }
    const stream = await openStream(dashboard.url);
    await stream.part("secrets", /calcom/);
    stream.close();
    assert.deepEqual(
      fake.requests.filter((one) => !one.startsWith("GET ")),
      [],
    );
  });

  it("lets nobody frame it, read it from elsewhere, or learn its address", async () => {
    const { headers } = await ask();
    assert.match(String(headers["content-security-policy"]), /default-src 'none';.*frame-ancestors 'none'/);
    assert.doesNotMatch(String(headers["content-security-policy"]), /unsafe|\*|https?:/);
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(headers["access-control-allow-origin"], undefined);
  });

  it("sends the parts that have changed, and only those", async () => {
    const stream = await openStream(dashboard.url);
    await stream.part("applied", /kube-prometheus-stack/);
    await until(() => stream.parts.secrets?.includes("calcom/calcom") === true);
    stream.names.length = 0;
    fake.put(METRICS_WELL);
    await until(
      () => stream.parts.summary?.includes("1 of 20") === false && stream.names.includes("applied"),
    );
    assert.ok(!stream.names.includes("hosts"), stream.names.join());
    assert.ok(!stream.names.includes("secrets"), stream.names.join());
    stream.close();
  });

  it("says that the cluster doesn't answer, keeps what it knew, and goes on", async () => {
    const stream = await openStream(dashboard.url);
    await stream.part("applied", /kube-prometheus-stack/);
    fake.refuseAll = true;
    await stream.part("live", /The cluster doesn.*t answer/);
    assert.match(stream.parts.applied ?? "", /kube-prometheus-stack/);
    assert.match((await ask()).body, /What is shown is of[^]*kube-prometheus-stack/);
    fake.refuseAll = false;
    await stream.part("live", /live/);
    assert.doesNotMatch(stream.parts.live ?? "", /doesn.*t answer/);
    stream.close();
  });

  it("asks the cluster while somebody looks, and else not", async () => {
    await ask();
    assert.deepEqual(fake.requests, []);
    const [one, other] = [await openStream(dashboard.url), await openStream(dashboard.url)];
    await one.part("applied", /calcom/);
    await other.part("applied", /calcom/);
    one.close();
    other.close();
    await new Promise((resolve) => setTimeout(resolve, 400));
    const count = fake.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.equal(fake.requests.length, count);
  });

  it("shows no secret's value, wherever a copy of it lies", async () => {
    const stream = await openStream(dashboard.url);
    await stream.part("secrets", /flux-system\/flux-ssh-auth/);
    await stream.part("hosts", /grafana/);
    const sent = stream.raw() + (await ask()).body;
    stream.close();
    // There are such: in the data, in an annotation, in an output of the stack.
    assert.ok(JSON.stringify([...fake.objects.values()]).includes(ENCODED));
    assert.ok(!sent.includes(CANARY));
    assert.ok(!sent.includes(ENCODED));
    assert.match(sent, /ExternalSecret calcom/);
    assert.match(
      fake.accepted.get("/api/v1/secrets") ?? "",
      /^application\/json;as=PartialObjectMetadataList;/,
    );
    assert.doesNotMatch(sent, /sh\.helm|somebody-elses/);
  });

  it("ends at once, though pages are open", async () => {
    const stream = await openStream(dashboard.url);
    await stream.part("applied", /calcom/);
    dashboard.stop();
    await stream.ended;
    await assert.rejects(ask("/"), /ECONNREFUSED/);
  });

  it("says that a port is taken", async () => {
    await assert.rejects(
      Dashboard.start({ feed, assets: files, port: Number(port) }),
      /port \d+ of 127\.0\.0\.1 is taken\n→ /,
    );
  });
});
