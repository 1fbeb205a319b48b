import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { sumOf } from "../../tools/sandbox/download";
import { explain } from "../../tools/sandbox/go-build";
import { linkCommands, obtain as obtainWith, type Obtained } from "../../tools/sandbox/obtain";
import { type Part, parts } from "../../tools/sandbox/parts";
import { ownState } from "./own-state";

const obtain = (wanted: readonly Part[]): Promise<readonly Obtained[]> =>
  obtainWith(wanted, { write: () => undefined });

describe("parts", () => {
  const state = ownState();
  let server: http.Server;
  let origin = "";
  const files = new Map<string, string>();
  const asked: string[] = [];

  before(async () => {
    server = http.createServer((request, response) => {
      asked.push(request.url ?? "");
      const text = files.get(request.url ?? "");
      response.writeHead(text === undefined ? 404 : 200).end(text);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  function part(name: string, more: Partial<Part> = {}): Part {
    const build = (folder: string): Promise<void> => {
      writeFileSync(join(folder, name), "built");
      chmodSync(join(folder, name), 0o755);
      return Promise.resolve();
    };
    return { name, version: "1", recipe: "r1", seconds: 1, commands: [name], build, ...more };
  }
  const content = (name: string): string =>
    readFileSync(join(state(), "cache/handoff", `${name}-1`, name), "utf8");
  const sum = (text: string): string => createHash("sha256").update(text).digest("hex");

  it("builds a part once", async () => {
    const [first] = await obtain([part("once")]);
    assert.deepEqual([first!.from, first!.cached], ["Go modules", true]);
    await obtain([part("once", { build: () => Promise.reject(new Error("built again")) })]);
  });

  it("builds again by another recipe", async () => {
    await obtain([part("changed")]);
    writeFileSync(join(state(), "cache/handoff/changed-1/changed"), "old");
    await obtain([part("changed", { recipe: "r2" })]);
    assert.equal(content("changed"), "built");
  });

  it("takes the vendor's file when its sum is right", async () => {
    files
      .set("/tool", "from the vendor")
      .set("/sums", `${sum("x")}  other\n${sum("from the vendor")}  tool\n`);
    const download = { url: `${origin}/tool`, checksums: `${origin}/sums`, members: ["vendor"] };
    const [got] = await obtain([part("vendor", { download })]);
    assert.equal(got!.from, `${origin}/tool`);
    assert.equal(content("vendor"), "from the vendor");
  });

  it("refuses a file with another sum, and leaves nothing of it", async () => {
    files.set("/bad", "tampered").set("/bad.sha256", sum("original"));
    const download = { url: `${origin}/bad`, checksums: `${origin}/bad.sha256`, members: ["bad"] };
    await assert.rejects(obtain([part("bad", { download })]), /bad 1 could not be obtained\.\n.*SHA-256/);
    assert.equal(existsSync(join(state(), "cache/handoff/bad-1")), false);
  });

  it("builds what the vendor doesn't have, or when it can't be reached, asking a host once", async () => {
    const absent = { url: `${origin}/absent`, members: ["absent"] };
    const away = (name: string): Part =>
      part(name, { download: { url: "http://127.0.0.1:9/file", members: [name] } });
    const got = await obtain([part("absent", { download: absent }), away("away1"), away("away2")]);
    assert.deepEqual(new Set(got.map(({ from }) => from)), new Set(["Go modules"]));
    assert.equal(asked.filter((url) => url === "/").length, 1);
  });

  it("obtains a part once for two starts at a time", async () => {
    let builds = 0;
    const slow = part("slow", {
      build: async (folder) => {
        builds += 1;
        await new Promise((done) => setTimeout(done, 50));
        await part("slow").build(folder, { folder: String, command: String });
      },
    });
    await Promise.all([obtain([slow]), obtain([slow])]);
    assert.equal(builds, 1);
  });

  it("links the commands into one folder", async () => {
    await obtain([part("linked")]);
    linkCommands([part("linked")], join(state(), "bin"));
    assert.equal(readlinkSync(join(state(), "bin/linked")), join(state(), "cache/handoff/linked-1/linked"));
  });

  it("finds a sum in a vendor's list", () => {
    const a = "a".repeat(64);
    assert.equal(sumOf(`${a}  x.tar.gz\n`, "x.tar.gz"), a);
    assert.equal(sumOf(`${a} *x.tar.gz\n`, "x.tar.gz"), a);
    assert.equal(sumOf(a, "x.tar.gz"), a);
    assert.equal(sumOf(`${a}  y\n`, "x"), undefined);
    assert.equal(sumOf("<html>", "x"), undefined);
  });

  it("says what to do when the module proxy is away", () => {
    assert.match(
      explain(["build", "p"], "dial tcp: lookup proxy: no such host"),
      /can't be reached \(GOPROXY/,
    );
    assert.match(explain(["build", "-o", "p"], "p.go:1: undefined: x"), /^`go build p` failed:\np\.go:1/);
  });

  it("names every part once, what others are made with first", () => {
    const names = parts.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.indexOf("kubectl") < names.indexOf("flux-manifests"));
    assert.ok(names.indexOf("flux-manifests") < names.indexOf("flux"));
  });
});
