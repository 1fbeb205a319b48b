/** The token of the Origin CA under the real engine: proven before it is passed on, and replaced before it ends. */
import { strict as assert } from "node:assert";
import { ACCOUNT, TestCloudflare, ZONE } from "../cloudflare/cloud";
import type { TokenOfTest } from "./origin-ca-token";
import { useCloudflare } from "./cloudflare-stack";
import type { TestStack } from "./stack";

const DAY = 24 * 3600 * 1000;
const FURTHER = "d".repeat(32);
const FOREIGN = "e".repeat(32);

interface Kept {
  readonly tokens: readonly {
    readonly id: string;
    readonly name: string;
    readonly expires_on?: string;
    readonly condition?: object;
  }[];
  readonly certificates: readonly {
    readonly hostnames: readonly string[];
    readonly requested_validity: number;
    readonly revoked_at?: string;
  }[];
}

describe("the Origin CA token under the engine", function () {
  this.timeout(600_000);
  const cloud = new TestCloudflare();
  let stack: TestStack;

  useCloudflare("origin-ca-token", {
    cloud,
    account: {
      furtherZones: { [FURTHER]: "example.org", [FOREIGN]: "example.net" },
      furtherAccounts: { [FOREIGN]: "f".repeat(32) },
    },
    begin: async (made) => {
      stack = made;
      await set({});
    },
  });

  const set = (changes: Partial<TokenOfTest>): Promise<void> =>
    stack.set(["origin-ca", JSON.stringify({ accountId: ACCOUNT, zoneId: ZONE, ...changes })]);
  const kept = async () => (await cloud.state()) as Kept;
  const valid = async () => (await kept()).certificates.filter(({ revoked_at }) => revoked_at === undefined);
  const destroy = () => stack.pulumi("destroy", "--yes", "--skip-preview");
  /** The one token that there is, which is that of the stack and has left nothing signed. */
  async function whole() {
    const [one, ...more] = (await kept()).tokens;
    assert.ok(one);
    assert.deepEqual(more, []);
    assert.deepEqual(await valid(), []);
    const { value } = (await stack.outputs()) as { value: string };
    const { id } = await verified(value);
    assert.equal(id, one.id);
    assert.match(await stack.pulumi("preview", "--expect-no-changes"), /unchanged/);
    return one;
  }
  async function verified(value: string): Promise<{ id?: string }> {
    const headers = { authorization: `Bearer ${value}` };
    const response = await fetch(`${cloud.baseUrl}/accounts/${ACCOUNT}/tokens/verify`, { headers });
    return ((await response.json()) as { result: { id?: string } | null }).result ?? {};
  }
  /** Makes the token so many days older, in the state that the stack has of it. */
  async function age(days: number): Promise<void> {
    const text = await stack.pulumi("stack", "export", "--show-secrets");
    const times = ["since", "expiresOn"].map((name) => {
      const [, time] = new RegExp(`"${name}": "(\\S+?)"`).exec(text) ?? [];
      assert.ok(time);
      return time;
    });
    const earlier = (time: string): string => {
      const shifted = new Date(Date.parse(time) - days * DAY).toISOString();
      return time.includes(".") ? shifted : shifted.replace(/\.\d+Z$/, "Z");
    };
    await stack.restore(times.reduce((state, time) => state.replaceAll(time, earlier(time)), text));
  }

  it("is passed on once it had a certificate signed for each zone, which is revoked", async () => {
    await set({ furtherZoneIds: [FURTHER] });
    await stack.up();
    await whole();
    const [certificate, ...more] = (await kept()).certificates;
    assert.deepEqual(more, []);
    assert.equal(certificate?.requested_validity, 7);
    assert.match(
      [...certificate.hostnames].sort().join(),
      /^handoff-\w+\.example\.com,handoff-\w+\.example\.org$/,
    );
  });

  it("is another one with an end, which is replaced in the last third, as a preview says", async () => {
    const { id } = await whole();
    await set({ furtherZoneIds: [FURTHER], days: 60 });
    assert.match(await stack.up(), /taker replaced[^]*origin-ca-token delet/);
    const first = await whole();
    assert.notEqual(first.id, id);
    await set({ furtherZoneIds: [FURTHER], days: 90 });
    await stack.up();
    const ending = await whole();
    assert.equal(ending.id, first.id);
    const left = Date.parse(ending.expires_on ?? "") - Date.now();
    assert.ok(left > 89 * DAY && left <= 90 * DAY, ending.expires_on);
    await age(59);
    assert.doesNotMatch(await stack.pulumi("preview"), /replace/);
    await age(2);
    assert.match(await stack.pulumi("preview"), /origin-ca-token is 61 days old, of 60d at most/);
    const told = await stack.up();
    assert.match(told, /taker replaced[^]*origin-ca-token delet/);
    const next = await whole();
    assert.notEqual(next.id, ending.id);
    assert.ok(Date.parse(next.expires_on ?? "") - Date.now() > 89 * DAY);
  });

  it("stays what it was when the next one has nothing signed, and the same command goes on then", async () => {
    const { id } = await whole();
    const rotated = { furtherZoneIds: [FURTHER], days: 90, rotation: 2 };
    await set(rotated);
    await cloud.fault({ status: 400, method: "POST", path: "/certificates", times: 1000 });
    await assert.rejects(
      stack.up(),
      /new API token my-cluster Origin CA-2 \w+ has no certificate signed[^]*a former one stays good/,
    );
    await cloud.fault(null);
    const { value } = (await stack.outputs()) as { value: string };
    assert.equal((await verified(value)).id, id);
    await stack.up();
    assert.notEqual((await whole()).id, id);
  });

  it("leaves no certificate when a run ends between the signing and the revocation, at a destroy neither", async () => {
    for (const ends of [() => stack.up().then(whole), destroy]) {
      await destroy();
      await set({});
      await cloud.fault({ status: 400, method: "DELETE", path: "/certificates", times: 1000 });
      await assert.rejects(stack.up());
      await cloud.fault(null);
      assert.equal((await valid()).length, 1);
      await ends();
      assert.deepEqual(await valid(), []);
    }
    assert.deepEqual((await kept()).tokens, []);
  });

  it("is another one again without an end", async () => {
    await set({ days: 90 });
    await stack.up();
    const { id, expires_on } = await whole();
    assert.ok(expires_on);
    await set({});
    await stack.up();
    const endless = await whole();
    assert.notEqual(endless.id, id);
    assert.equal(endless.expires_on, undefined);
    await destroy();
    assert.deepEqual((await kept()).tokens, []);
  });

  it("is good for the networks that are given, and says that it can't be proven from elsewhere", async () => {
    await set({ addresses: ["127.0.0.0/8"] });
    assert.doesNotMatch(await stack.up(), /isn't proven/);
    await whole();
    await set({ addresses: ["203.0.113.0/24"], rotation: 2 });
    assert.match(await stack.up(), /Origin CA-2 \w+ isn't proven: it is good for 203\.0\.113\.0\/24 alone/);
    const { tokens } = await kept();
    assert.deepEqual(
      tokens.map(({ condition }) => condition),
      [{ request_ip: { in: ["203.0.113.0/24"] } }],
    );
    assert.match(await stack.pulumi("preview", "--expect-no-changes"), /unchanged/);
    await destroy();
  });

  it("isn't made for a zone of another account, which a preview names", async () => {
    await set({ furtherZoneIds: [FOREIGN] });
    for (const run of [() => stack.pulumi("preview"), () => stack.up()])
      await assert.rejects(
        run(),
        /zone example\.net belongs to account f{32}, not 0123[^]*originCaToken\.value/,
      );
    assert.deepEqual((await kept()).tokens, []);
  });
});
