import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster } from "../../provider/kubernetes/cluster";

const CREDENTIAL = { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential" };

describe("a kubeconfig's user", () => {
  let folder: string;
  let server: Server;
  let seen: IncomingHttpHeaders[];
  let accepts: (authorization: string | undefined) => boolean;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "handoff-sign-in-"));
    [seen, accepts] = [[], () => true];
    server = createServer(({ headers, url = "" }, response) => {
      seen.push(headers);
      const found = url.endsWith("/v1")
        ? { resources: [{ name: "namespaces", kind: "Namespace", namespaced: false }] }
        : { items: [{ metadata: { name: "found" } }] };
      const answer = accepts(headers.authorization) ? ([200, found] as const) : ([401, {}] as const);
      response.writeHead(answer[0], { "content-type": "application/json" }).end(JSON.stringify(answer[1]));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  const connect = async (user: object): Promise<Cluster> =>
    await Cluster.connect(
      {
        kubeconfig: JSON.stringify({
          clusters: [
            {
              name: "c",
              cluster: {
                server: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
                "insecure-skip-tls-verify": true,
              },
            },
          ],
          users: [
            { name: "another", user: { "as-groups": ["none"], tokenFile: "/nowhere" } },
            { name: "u", user },
          ],
          contexts: [{ name: "c", context: { cluster: "c", user: "u", namespace: "team" } }],
          "current-context": "c",
        }),
      },
      1,
    );
  const found = async (cluster: Cluster): Promise<unknown> =>
    (await cluster.list("v1", "Namespace")).map(({ metadata }) => metadata?.name);
  /** A plugin that gives another token each time, and keeps what it was told. */
  const plugin = (more: object = {}): object => {
    const credential = JSON.stringify({
      ...CREDENTIAL,
      status: { expirationTimestamp: "2999-01-01T00:00:00Z" },
    });
    const script = `
      const { appendFileSync, readFileSync } = require("node:fs");
      appendFileSync("asked", process.env.KUBERNETES_EXEC_INFO + "\\n");
      const credential = ${credential};
      credential.status.token = "token-" + readFileSync("asked", "utf8").trim().split("\\n").length;
      console.log(JSON.stringify(credential));`;
    writeFileSync(
      join(folder, "plugin.js"),
      script.replaceAll('"asked"', JSON.stringify(join(folder, "asked"))),
    );
    const { apiVersion } = CREDENTIAL;
    return { exec: { apiVersion, command: process.execPath, args: [join(folder, "plugin.js")], ...more } };
  };

  it("acts as whom it names, with the groups and all else that it names", async () => {
    const extra = { "example.com/team": ["a", "b"], scopes: ["x"] };
    const as = { as: "jane", "as-uid": "17", "as-groups": ["admins", "staff"], "as-user-extra": extra };
    assert.deepEqual(await found(await connect({ token: "secret", ...as })), ["found"]);
    for (const headers of seen) {
      assert.equal(headers.authorization, "Bearer secret");
      assert.equal(headers["impersonate-user"], "jane");
      assert.equal(headers["impersonate-uid"], "17");
      assert.equal(headers["impersonate-group"], "admins, staff");
      assert.equal(headers["impersonate-extra-example.com%2fteam"], "a, b");
      assert.equal(headers["impersonate-extra-scopes"], "x");
    }
  });

  it("signs in by the token that its file has just now", async () => {
    const tokenFile = join(folder, "token");
    writeFileSync(tokenFile, "first\n");
    const cluster = await connect({ tokenFile });
    await found(cluster);
    writeFileSync(tokenFile, "second\n");
    await found(cluster);
    assert.deepEqual(
      [...new Set(seen.map(({ authorization }) => authorization))],
      ["Bearer first", "Bearer second"],
    );
    await assert.rejects(
      found(await connect({ tokenFile: join(folder, "none") })),
      /tokenFile can't be read/,
    );
  });

  it("signs in anew by its plugin when a token is refused before its time", async () => {
    const cluster = await connect(plugin());
    await found(cluster);
    accepts = (authorization) => authorization !== "Bearer token-1";
    assert.deepEqual(await found(cluster), ["found"]);
    assert.equal(seen.at(-1)?.authorization, "Bearer token-2");
    const { length } = seen;
    accepts = () => false;
    await assert.rejects(found(cluster), /401/);
    assert.equal(seen.length, length + 2);
  });

  it("has its plugin told how it is asked, and by which cluster when it wants that", async () => {
    const told = (): unknown[] =>
      readFileSync(join(folder, "asked"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown);
    await found(await connect(plugin()));
    await found(await connect(plugin({ provideClusterInfo: true, env: [{ name: "X", value: "y" }] })));
    const address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    assert.deepEqual(told(), [
      { ...CREDENTIAL, spec: { interactive: false } },
      {
        ...CREDENTIAL,
        spec: { interactive: false, cluster: { server: address, "insecure-skip-tls-verify": true } },
      },
    ]);
  });
});
