/** Access, private networks and adopted tunnels under the real engine. */
import { strict as assert } from "node:assert";
import { ACCOUNT, TestCloudflare, ZONE } from "../cloudflare/cloud";
import type { CloudOfTest } from "./cloud-creates";
import { loseAnswers, useCloudflare } from "./cloudflare-stack";
import type { TestStack } from "./stack";

interface Kept {
  readonly tunnels: { id: string; name: string; deleted_at: string | null }[];
  readonly applications: { id: string; aud: string; domain: string; policies: { name: string }[] }[];
  readonly routes: { id: string; network: string; tunnel_id: string; deleted_at: string | null }[];
  readonly records: { name: string }[];
}

describe("Access and private networks under the engine", function () {
  this.timeout(600_000);
  const cloud = new TestCloudflare();
  const hostname = "cal.example.com";
  const network = "10.0.0.0/8";
  const access = { emails: ["you@example.com"] };
  let stack: TestStack;

  useCloudflare("cloud-creates", {
    cloud,
    begin: async (made) => {
      stack = made;
      await set({ access, network });
    },
  });

  const set = (changes: Partial<CloudOfTest>): Promise<void> =>
    stack.set(["cloud", JSON.stringify({ accountId: ACCOUNT, zoneId: ZONE, hostname, ...changes })]);
  const isThere = ({ deleted_at }: { deleted_at: string | null }): boolean => deleted_at === null;
  const kept = async (): Promise<Kept> => {
    const state = (await cloud.state()) as Kept;
    return { ...state, tunnels: state.tunnels.filter(isThere), routes: state.routes.filter(isThere) };
  };
  const ruleOf = async (): Promise<unknown> => {
    const [tunnel] = (await kept()).tunnels;
    return (await cloud.config(tunnel?.id ?? "")).ingress.find((rule) => rule.hostname === hostname)
      ?.originRequest;
  };
  const whole = async (): Promise<void> => {
    const { tunnels, applications, routes } = await kept();
    assert.deepEqual(
      applications.map(({ domain }) => domain),
      [hostname],
    );
    assert.deepEqual(
      routes.map((route) => [route.network, route.tunnel_id]),
      [[network, tunnels[0]?.id]],
    );
    assert.deepEqual(await ruleOf(), {
      access: { required: true, teamName: "your-team", audTag: [applications[0]?.aud] },
    });
    assert.match(await stack.pulumi("preview", "--expect-no-changes"), /unchanged/);
  };
  const empty = async (): Promise<void> => {
    const { tunnels, applications, routes, records } = await kept();
    assert.deepEqual({ tunnels, applications, routes, records }, empties);
  };
  const empties = { tunnels: [], applications: [], routes: [], records: [] };
  const destroy = (...args: string[]) => stack.pulumi("destroy", "--yes", "--skip-preview", ...args);
  const lost = (path: string, times: number) => loseAnswers(cloud, path, times);

  for (const [what, pathOf] of [
    ["application", "/access/apps"],
    ["route", "/teamnet/routes"],
  ] as const) {
    it(`makes one ${what} in the same run when the answer to its creation is lost`, async () => {
      await lost(pathOf, 1);
      assert.match(await stack.up(), /was made, and its answer was lost: it is made anew/);
      await whole();
      await destroy();
      await empty();
    });

    it(`goes on after the ${what} was made and never recorded, and destroys it as well`, async () => {
      for (const ends of [() => stack.up().then(whole), () => Promise.resolve()]) {
        await lost(pathOf, 1000);
        await assert.rejects(stack.up());
        await cloud.fault(null);
        const { applications, routes, records } = await kept();
        assert.equal(what === "application" ? applications.length : routes.length, 1);
        // Nothing is published that isn't guarded yet.
        if (what === "application") assert.deepEqual(records, []);
        await ends();
        await destroy();
        await empty();
      }
    });
  }

  it("names an application and a route of somebody else, in the preview too, and leaves them", async () => {
    const theirs = await cloud.call<{ id: string }>("POST", "/access/apps", {
      ...{ name: "Theirs", domain: hostname, type: "self_hosted" },
    });
    const guarded = new RegExp(
      `${hostname} is guarded by Access already.*\\n.*Theirs \\(${theirs.id}, self_hosted\\).*\\n.*cloudflare\\.access`,
    );
    await assert.rejects(stack.pulumi("preview"), guarded);
    await assert.rejects(stack.up(), guarded);
    assert.deepEqual((await kept()).records, []);
    await cloud.call("DELETE", `/access/apps/${theirs.id}`);

    const id = await cloud.tunnel();
    const route = await cloud.call<{ id: string }>("POST", "/teamnet/routes", {
      ...{ network, tunnel_id: id, comment: "the office" },
    });
    const routed =
      /10\.0\.0\.0\/8 has a route already.*\n.*to the tunnel t-.*"the office"\n.*cloudflare\.tunnel\.routes/;
    await assert.rejects(stack.pulumi("preview"), routed);
    await assert.rejects(stack.up(), routed);
    assert.deepEqual(
      (await kept()).routes.map((one) => one.id),
      [route.id],
    );
    await cloud.call("DELETE", `/teamnet/routes/${route.id}`);
    await cloud.call("DELETE", `/cfd_tunnel/${id}`);
    await stack.up();
    await whole();
  });

  it("keeps the application when the host's resources get another name, and lets others in in place", async () => {
    await set({ access, network, name: "cal" });
    await stack.up();
    await whole();
    const [before] = (await kept()).applications;
    await set({ access: { ...access, everyone: true }, network, name: "cal" });
    assert.match(await stack.up(), /~ 1 updated/);
    await whole();
    assert.equal((await kept()).applications[0]?.aud, before?.aud);
  });

  it("takes the enforcement from the rule and then the application, when nobody is named any more", async () => {
    await set({ network, name: "cal" });
    await stack.up();
    assert.deepEqual((await kept()).applications, []);
    assert.equal(await ruleOf(), undefined);
  });

  it("doesn't take a tunnel of its own for an existing one, which would delete it", async () => {
    const [own] = (await kept()).tunnels;
    await set({ network, name: "cal", adoptTunnel: true });
    await assert.rejects(stack.up(), /this stack made the tunnel .*\n *→ .*without `adopt` or `id`/);
    assert.deepEqual(
      (await kept()).tunnels.map(({ id }) => id),
      [own?.id],
    );
    await set({ network, name: "cal" });
    await stack.up();
    await destroy();
    await empty();
  });

  it("uses an existing tunnel by its name, and leaves it", async () => {
    await set({ network, adoptTunnel: true });
    await assert.rejects(stack.up(), /there is no tunnel my-cluster .* to use: .* was deleted on 2.*\n *→ /);
    const { id } = await cloud.call<{ id: string }>("POST", "/cfd_tunnel", {
      ...{ name: "my-cluster", config_src: "cloudflare" },
    });
    await stack.up();
    assert.match(await stack.pulumi("preview", "--expect-no-changes"), /unchanged/);
    assert.equal((await kept()).routes[0]?.tunnel_id, id);
    await destroy();
    const { tunnels, routes, records } = await kept();
    assert.deepEqual([tunnels.map((one) => one.id), routes, records], [[id], [], []]);
  });
});
