import { strict as assert } from "node:assert";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { Cluster } from "../../provider/kubernetes/cluster";
import { environmentProxy } from "../../provider/kubernetes/environment-proxy";
import { FakeCluster } from "../flux/fake-cluster";

const PROXY = "http://proxy.example.com:3128";

describe("the proxy of the environment", () => {
  const of = (server: string, noProxy = "", env = {}): string | undefined =>
    environmentProxy(server, { HTTPS_PROXY: PROXY, NO_PROXY: noProxy, ...env });

  it("is the one of the server's scheme, in either case, with or without its own", () => {
    assert.equal(of("https://api.example.com:6443"), PROXY);
    assert.equal(of("http://api.example.com"), undefined);
    const env = { https_proxy: "proxy:1", http_proxy: PROXY };
    assert.equal(environmentProxy("https://api.example.com", env), "http://proxy:1");
    assert.equal(environmentProxy("http://api.example.com", env), PROXY);
    assert.equal(environmentProxy("https://api.example.com", {}), undefined);
    assert.equal(environmentProxy("api.example.com", env), undefined);
  });

  it("isn't taken for this machine, nor for what NO_PROXY names", () => {
    for (const here of [
      "https://localhost:6443",
      "https://127.0.0.1:6443",
      "https://127.1.2.3",
      "https://[::1]:6443",
    ])
      assert.equal(of(here), undefined, here);
    const cases: readonly (readonly [server: string, entry: string, spared: boolean])[] = [
      ["https://10.1.2.3:6443", "10.0.0.0/8", true],
      ["https://11.1.2.3:6443", "10.0.0.0/8, 192.168.0.0/16", false],
      ["https://10.1.2.3:6443", " 10.1.2.3 ", true],
      ["https://[fd00::1]:6443", "fd00::/8", true],
      ["https://api.example.com:6443", "example.com", true],
      ["https://example.com:6443", ".example.com", false],
      ["https://api.example.com:6443", ".example.com", true],
      ["https://API.Example.com:6443", "*.EXAMPLE.com", true],
      ["https://api.example.com:6443", "api.example.com:6443", true],
      ["https://api.example.com:6443", "api.example.com:443", false],
      ["https://badexample.com", "example.com", false],
      ["https://api.example.com", "*", true],
      ["https://api.example.com", "10.0.0.0/99,,/,[", false],
    ];
    for (const [server, entry, spared] of cases)
      assert.equal(of(server, entry), spared ? undefined : PROXY, `${server} by ${entry}`);
  });

  it("leads to the cluster, as for kubectl", async () => {
    const cluster = await FakeCluster.start({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "found" },
    });
    const port = Number(
      new URL(
        /server: (\S+)/.exec(cluster.kubeconfig)?.[1] ??
          /"server":"([^"]+)"/.exec(cluster.kubeconfig)?.[1] ??
          "",
      ).port,
    );
    const asked: string[] = [];
    const proxy = createServer().on("connect", ({ url = "" }, client) => {
      asked.push(url);
      const server = connect(port, "127.0.0.1", () => client.write("HTTP/1.1 200 OK\r\n\r\n"));
      server.pipe(client).pipe(server);
      for (const end of [server, client]) end.on("error", () => undefined);
    });
    await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
    const { HTTP_PROXY, NO_PROXY } = process.env;
    process.env.HTTP_PROXY = `127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
    delete process.env.NO_PROXY;
    try {
      const kubeconfig = cluster.kubeconfig.replace(/127\.0\.0\.1|localhost/, "cluster.example.com");
      const found = await (await Cluster.connect({ kubeconfig }, 1)).list("v1", "Namespace");
      assert.deepEqual(
        found.map(({ metadata }) => metadata?.name),
        ["found"],
      );
      assert.ok(
        asked.length > 0 && asked.every((one) => one === `cluster.example.com:${String(port)}`),
        asked.join(),
      );
    } finally {
      for (const [name, value] of Object.entries({ HTTP_PROXY, NO_PROXY }))
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      proxy.close();
      proxy.closeAllConnections();
      cluster.stop();
    }
  });
});
