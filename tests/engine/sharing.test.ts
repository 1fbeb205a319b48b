/**
 * Two stacks and a person share a tunnel, a zone, a vault and a repository, at the same time and while runs are killed:
 * nothing of anyone is lost. `SHARING_MINUTES=60` for an hour of it; the steps that it has no time for are skipped.
 */
import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { SUBSCRIPTION, TENANT, TestAzure } from "../azure/cloud";
import { ACCOUNT, TestCloudflare, TOKEN, ZONE } from "../cloudflare/cloud";
import { type HostedRepository, SIGN_IN, TestHost } from "../git/host";
import { type Clouds, Person, type Random } from "./sharing/person";
import type { Places, Share } from "./sharing";
import { type TestStack, useEngine } from "./stack";

const MINUTES = Number(process.env.SHARING_MINUTES ?? "0");
/** A step takes ten seconds at least. */
const STEPS = MINUTES > 0 ? MINUTES * 6 : 4;
const SEED = Number(process.env.SHARING_SEED ?? (process.env.CI === undefined ? Date.now() % 1e6 : 1));
const NOTHING: Share = { hosts: {}, secrets: {}, files: {} };

describe("two stacks and a person in the same places", function () {
  this.timeout(STEPS * 120_000 + 300_000);
  const cloudflare = new TestCloudflare();
  const azure = new TestAzure();
  const random = randomOf(SEED);
  const stacks: Member[] = [];
  const counts = { steps: 0, edits: 0, killed: 0, warned: 0 };
  let end = Infinity;
  let repository: HostedRepository;
  let tunnelId: string;
  let person: Person;

  useEngine(async (engine) => {
    if (MINUTES > 0) end = Date.now() + MINUTES * 60_000;
    await cloudflare.start();
    await azure.start();
    const host = await TestHost.start();
    engine.ends(() => cloudflare.stop());
    engine.ends(() => azure.stop());
    engine.ends(() => {
      host.stop();
    });
    await azure.vault();
    tunnelId = await cloudflare.tunnel([{ service: "http_status:404" }]);
    repository = host.add("shared", {
      "kustomization.yaml": "# shared by all\nresources:\n- ./start.yaml\n",
    });
    person = new Person(cloudflare, azure, repository, tunnelId, random);
    const places: Places = {
      ...{ accountId: ACCOUNT, zoneId: ZONE, tunnelId, subscriptionId: SUBSCRIPTION, tenantId: TENANT },
      ...{ vaultUrl: `${azure.url}/keyvault/my-vault`, repository: repository.url },
    };
    for (const name of ["one", "two"]) {
      const deployer = randomUUID();
      for (const role of ["contributor", "officer"] as const) await azure.assign(deployer, role);
      const stack = await engine.stack(
        "sharing",
        {
          ...azure.environment(deployer),
          CLOUDFLARE_BASE_URL: cloudflare.baseUrl,
          CLOUDFLARE_API_TOKEN: TOKEN,
        },
        name,
      );
      await stack.set(["places", JSON.stringify(places)]);
      await stack.pulumi("config", "set", "--secret", "password", SIGN_IN.basic.password);
      stacks.push({ name, stack, share: NOTHING });
    }
  });

  const clouds = async (): Promise<Clouds> => {
    const { records } = (await cloudflare.state()) as Pick<Clouds, "records">;
    const { vaults } = (await azure.state()) as { vaults: Readonly<Record<string, Clouds["secrets"]>> };
    return { records, secrets: vaults["my-vault"] ?? {} };
  };
  /** All that a stack asked for is there, and nothing else of it. */
  const holds = async ({ name, share }: Member, { records, secrets }: Clouds): Promise<void> => {
    const { ingress } = await cloudflare.config(tunnelId);
    const of = (host: string | undefined) => host?.startsWith(`${name}-`) === true;
    const hostnames = Object.keys(share.hosts).map((label) => `${label}.example.com`);
    assert.deepEqual(
      Object.fromEntries(
        ingress.filter(({ hostname }) => of(hostname)).map((one) => [one.hostname, one.service]),
      ),
      Object.fromEntries(Object.entries(share.hosts).map(([label, to]) => [`${label}.example.com`, to])),
    );
    const ours = records.filter((record) => of(record.name));
    assert.deepEqual(ours.map((record) => record.name).sort(), hostnames.sort());
    for (const { content } of ours) assert.equal(content, `${tunnelId}.cfargotunnel.com`);
    const kept = Object.entries(secrets).filter(([key, { deleted }]) => of(key) && deleted === undefined);
    assert.deepEqual(kept.map(([key]) => key).sort(), Object.keys(share.secrets).sort());
    const files = repository.remote.files().filter((file) => file.startsWith(`${name}/`));
    assert.deepEqual(
      files.sort(),
      Object.keys(share.files)
        .map((file) => `${name}/${file}`)
        .sort(),
    );
    for (const file of files)
      assert.equal(repository.remote.read(file), share.files[file.slice(name.length + 1)]);
    const list = repository.remote.read("kustomization.yaml").split("\n");
    const entries = list.filter((line) => line.startsWith(`- ./${name}/`));
    assert.deepEqual(entries.sort(), files.map((file) => `- ./${file}`).sort());
  };
  const everything = async (): Promise<void> => {
    const kept = await clouds();
    await person.finds(kept);
    for (const member of stacks) await holds(member, kept);
  };
  /** @returns what it printed */
  const run = async ({ stack }: Member, kill: boolean): Promise<string> => {
    if (kill) await stack.killed(1000 + random(9000));
    if (random(5) === 0) await stack.pulumi("refresh", "--yes", "--skip-preview");
    return await stack.up();
  };

  for (let step = 1; step <= STEPS; step++) {
    it(`keep what is theirs, step ${String(step)} of seed ${String(SEED)}`, async function () {
      if (Date.now() > end) this.skip();
      let busy = true;
      const works = async (): Promise<number> => {
        let edits = 0;
        for (; busy || edits < 2; edits++) {
          await person.edit();
          await sleep(200 + random(2000));
        }
        return edits;
      };
      const kill = step % 3 === 0;
      person.keepsOffRules = kill;
      const edits = works();
      for (const member of stacks) {
        member.share = changed(member, random);
        await member.stack.set(["share", JSON.stringify(member.share)]);
      }
      const runs = await Promise.allSettled(stacks.map((member) => run(member, kill)));
      busy = false;
      counts.edits += await edits;
      for (const one of runs)
        assert.equal(one.status, "fulfilled", String((one as PromiseRejectedResult).reason));
      const printed = runs.map((one) => (one as PromiseFulfilledResult<string>).value).join("\n");
      if (/a change made in the dashboard at that moment may be lost/.test(printed)) {
        counts.warned += 1;
        await person.looksAfterRules();
      }
      if (kill) counts.killed += stacks.length;
      await everything();
      for (const { stack } of stacks) await stack.pulumi("preview", "--expect-no-changes");
      counts.steps += 1;
    });
  }

  it("leave the others' where they were when they go", async () => {
    for (const member of stacks) {
      await member.stack.pulumi("destroy", "--yes", "--skip-preview");
      member.share = NOTHING;
      await everything();
    }
    console.log(
      `      ${String(counts.steps)} steps, ${String(counts.edits)} edits by hand, ${String(counts.killed)} runs killed, warned of a lost rule ${String(counts.warned)} times`,
    );
  });
});

interface Member {
  readonly name: string;
  readonly stack: TestStack;
  share: Share;
}

/** Something is added, something else, and something goes. */
function changed({ name, share }: Member, random: Random): Share {
  const some = (
    texts: Readonly<Record<string, string>>,
    key: (index: number) => string,
    text: () => string,
  ) => {
    const next = { ...texts, [key(random(5))]: text() };
    const keys = Object.keys(next);
    const gone = random(2) === 0 ? keys[random(keys.length)] : undefined;
    return Object.fromEntries(Object.entries(next).filter(([one]) => one !== gone));
  };
  const number = () => String(random(1000));
  return {
    hosts: some(
      share.hosts,
      (i) => `${name}-${String(i)}`,
      () => `http://app-${number()}:80`,
    ),
    secrets: some(share.secrets, (i) => `${name}-${String(i)}`, number),
    files: some(
      share.files,
      (i) => `${String(i)}.yaml`,
      () => `number: ${number()}\n`,
    ),
  };
}

/** Mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): Random {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
