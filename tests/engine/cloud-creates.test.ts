/** Tunnel and record under the real engine: a create that may have happened ends in one resource, and no orphan. */
import { strict as assert } from "node:assert";
import { ACCOUNT, TestCloudflare, ZONE } from "../cloudflare/cloud";
import type { CloudOfTest } from "./cloud-creates";
import { loseAnswers, useCloudflare } from "./cloudflare-stack";
import type { TestStack } from "./stack";

interface Kept {
  /** The secret by its digest. */
  readonly tunnels: { id: string; name: string; deleted_at: string | null; tunnel_secret: string }[];
  readonly records: { id: string; name: string; content: string; comment: string | null }[];
}

describe("Tunnel and its records under the engine", function () {
  this.timeout(600_000);
  const cloud = new TestCloudflare();
  const hostname = "cal.example.com";
  let stack: TestStack;

  useCloudflare("cloud-creates", {
    cloud,
    begin: async (made) => {
      stack = made;
      await set({});
    },
  });

  const set = (changes: Partial<CloudOfTest>): Promise<void> =>
    stack.set(["cloud", JSON.stringify({ accountId: ACCOUNT, zoneId: ZONE, hostname, ...changes })]);
  const kept = async () => {
    const { tunnels, records } = (await cloud.state()) as Kept;
    return { tunnels: tunnels.filter(({ deleted_at }) => deleted_at === null), records };
  };
  const whole = async (): Promise<void> => {
    const { tunnels, records } = await kept();
    assert.deepEqual(
      tunnels.map(({ name }) => name),
      ["my-cluster"],
    );
    assert.deepEqual(
      records.map(({ name, content }) => [name, content]),
      [[hostname, `${tunnels[0]?.id ?? ""}.cfargotunnel.com`]],
    );
    assert.equal((await cloud.config(tunnels[0]?.id ?? "")).ingress.length, 2);
    assert.match(await stack.pulumi("preview", "--expect-no-changes"), /unchanged/);
  };
  const empty = async () => {
    assert.deepEqual(await kept(), { tunnels: [], records: [] });
  };
  /** The tunnel that connectors reach by the token that they are given. */
  const tunnelOfToken = async (): Promise<unknown> => {
    const { token } = (await stack.outputs()) as { token: string };
    return (JSON.parse(Buffer.from(token, "base64").toString()) as { t: unknown }).t;
  };
  const destroy = (...args: string[]) => stack.pulumi("destroy", "--yes", "--skip-preview", ...args);
  const lost = (path: string, times: number) => loseAnswers(cloud, path, times);

  for (const [what, pathOf] of [
    ["tunnel", "/cfd_tunnel"],
    ["record", "/dns_records"],
  ] as const) {
    // The vendor's plugin asks again when an answer is lost, and is told that the name is taken.
    it(`makes one ${what} in the same run when the answer to its creation is lost`, async () => {
      await lost(pathOf, 1);
      assert.match(await stack.up(), /was made, and its answer was lost: it is made anew/);
      await whole();
      await destroy();
      await empty();
    });

    it(`goes on after a ${what} was made and never recorded, and destroys it as well`, async () => {
      for (const ends of [() => stack.up().then(whole), () => Promise.resolve()]) {
        await lost(pathOf, 1000);
        await assert.rejects(stack.up());
        await cloud.fault(null);
        const { tunnels, records } = await kept();
        assert.equal(what === "tunnel" ? tunnels.length : records.length, 1);
        await ends();
        await destroy();
        await empty();
      }
    });
  }

  it("goes on with a tunnel that was never recorded when its secret is to be another one meanwhile", async () => {
    await lost("/cfd_tunnel", 1000);
    await assert.rejects(stack.up());
    await cloud.fault(null);
    assert.equal((await kept()).tunnels.length, 1);
    await set({ rotation: 2 });
    await stack.pulumi("preview");
    await stack.up();
    await whole();
    await destroy();
    await empty();
    await set({});
  });

  it("is whole again by the command that is advised for a tunnel that somebody deleted", async () => {
    await stack.up();
    const [{ id } = { id: "" }] = (await kept()).tunnels;
    const token = await tunnelOfToken();
    assert.equal(token, id);
    await cloud.call("DELETE", `/cfd_tunnel/${id}`);
    const told = await stack.up().then(String, String);
    assert.match(told, /was deleted at Cloudflare/);
    const [, command = ""] = /`pulumi (up --replace '[^`]+')` makes a new one/.exec(told) ?? [];
    assert.ok(command, told);
    await stack.typed(command, "--yes");
    await whole();
    const [next] = (await kept()).tunnels;
    assert.notEqual(next?.id, id);
    assert.equal(await tunnelOfToken(), next?.id);
    await destroy();
    await empty();
  });

  it("ends a destroy by the commands that are advised, when the zone has moved to another account", async () => {
    await stack.up();
    await cloud.fault({ status: 403, path: `/zones/${ZONE}`, times: 100_000 });
    assert.match(
      await stack.pulumi("refresh", "--yes", "--skip-preview").then(String, String),
      /records can't be deleted/,
    );
    const advised = /^ +pulumi (state delete '[^']+' --yes)/gm;
    for (const [words, found] of [
      [/If the zone has moved to another account/, /DnsRecord::calcom-record/],
      [/whether a killed run left a CNAME record of cal\.example\.com/, /RecordMark::calcom-record-mark/],
    ] as const) {
      const told = await destroy().then(() => "", String);
      assert.match(told, words);
      const commands = [...new Set([...told.matchAll(advised)].map(([, command = ""]) => command))];
      assert.match(commands.join("\n"), found);
      for (const command of commands) await stack.typed(command);
    }
    await destroy();
    await cloud.fault(null);
    const { tunnels, records } = await kept();
    assert.deepEqual([tunnels, records.length], [[], 1]);
    await cloud.call("DELETE", `/../../zones/${ZONE}/dns_records/${records[0]?.id ?? ""}`);
  });

  for (const [what, method, pathOf] of [
    ["record's", "DELETE", "/dns_records/"],
    ["rule's", "PUT", "/configurations"],
    ["tunnel's", "DELETE", "/cfd_tunnel/"],
  ] as const) {
    it(`goes on with the program running after the ${what} deletion failed, and is made again`, async () => {
      await stack.up();
      await cloud.fault({ status: 400, method, path: pathOf, times: 1000 });
      await assert.rejects(destroy());
      await cloud.fault(null);
      const told = await destroy("--run-program");
      assert.doesNotMatch(told, /TypeError|at .*\.ts:\d+/);
      await empty();
    });
  }

  it("goes on with the program running when of the tunnel nothing is left but its mark", async () => {
    await stack.up();
    await destroy("--target", "**::tunnel-tunnel", "--target-dependents");
    const told = await destroy("--run-program");
    assert.doesNotMatch(told, /TypeError|at .*\.ts:\d+/);
    await empty();
  });

  it("names a tunnel and a record of somebody else, in the preview too, and leaves them", async () => {
    const { id } = await cloud.call<{ id: string }>("POST", "/cfd_tunnel", { name: "my-cluster" });
    const told = new RegExp(`has a tunnel my-cluster \\(${id}.*\\n.*cloudflare\\.tunnel\\.id: ${id}`);
    await assert.rejects(stack.pulumi("preview"), told);
    await assert.rejects(stack.up(), told);
    await cloud.call("DELETE", `/cfd_tunnel/${id}`);
    await cloud.record({ name: hostname, type: "A", content: "192.0.2.7", comment: "the old server" });
    const theirs =
      /cal\.example\.com has a record already.*\n.*A → 192\.0\.2\.7.*"the old server"\n.*`cloudflare\.adopt`/;
    await assert.rejects(stack.pulumi("preview"), theirs);
    await assert.rejects(stack.up(), theirs);
    assert.equal((await kept()).records[0]?.content, "192.0.2.7");
  });

  it("takes the place of the record when that is wanted", async () => {
    await set({ adopt: true });
    await stack.up();
    await whole();
    await set({});
    await whole();
  });

  it("keeps the record when its resources get another name", async () => {
    await set({ name: "cal" });
    await stack.up();
    await whole();
  });

  it("gives the tunnel another secret in place, once for each time that the number is raised", async () => {
    await set({ name: "cal" });
    await stack.up();
    const [before] = (await kept()).tunnels;
    await set({ name: "cal", rotation: 2 });
    await stack.up();
    await whole();
    const [after] = (await kept()).tunnels;
    assert.equal(after?.id, before?.id);
    assert.notEqual(after?.tunnel_secret, before?.tunnel_secret);
    await set({ name: "cal" });
    await stack.up();
    await whole();
    assert.deepEqual((await kept()).tunnels, [after]);
  });

  it("makes as many records as there are while another plugin is needed for the first time", async () => {
    await set({ name: "cal", further: 12 });
    await stack.up("--parallel", "2");
    assert.equal((await kept()).records.length, 13);
    await set({ name: "cal" });
    await stack.up();
    await whole();
  });

  it("deletes nothing while somebody's cloudflared is connected, and waits for connections that die away", async () => {
    const [tunnel] = (await kept()).tunnels;
    const id = tunnel?.id ?? "";
    await cloud.connect(id, 4, 5);
    await destroy();
    await empty();
  });
});
