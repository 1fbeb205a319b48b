import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { LookProvider } from "../../components/before-create";
import { OriginCaToken, OriginCaTokenArgs } from "../../components/cloudflare/origin-ca";
import { CloudflareMark } from "../../components/cloudflare/marks";
import { Tunnel } from "../../components/cloudflare/tunnel";
import { TunnelIngressRule, TunnelIngressRuleArgs } from "../../components/cloudflare/tunnel-ingress-rule";
import { byName, failure, run, tree, valueOf } from "../mocks";

const accountId = "0123456789abcdef0123456789abcdef";
const zoneId = "fedcba9876543210fedcba9876543210";
const token = Buffer.from(JSON.stringify({ a: accountId, t: "t-id", s: "c2VjcmV0" })).toString("base64");
const answers = {
  outputs: {
    "cloudflare:index/accountToken:AccountToken": () => ({ value: "canary-value" }),
    "handoff:cloudflare:TunnelMark": () => ({ tunnelSecret: "canary-secret" }),
    "handoff:cloudflare:Mark": () => ({ mark: "0123456789ab", found: [] }),
    "handoff:cloudflare:TokenMark": ({ name }: Record<string, unknown>) => ({
      markedName: `${String(name)} 0123456789ab`,
    }),
  },
  functions: {
    "handoff:cloudflare:tunnelToken": () => ({
      token,
    }),
  },
};

const looks = (): LookProvider => new LookProvider("looks");

/** What all of a program share. */
const shared = () => {
  const provider = looks();
  return { looks: provider, mark: new CloudflareMark("mark", {}, { provider }) };
};

describe("Tunnel", () => {
  it("creates a tunnel that Cloudflare manages, and has its token as a secret", async () => {
    const { result, resources } = await run(
      answers,
      () => new Tunnel("t", { looks: looks(), accountId, tunnelName: "my-cluster" }),
    );
    assert.deepEqual(tree(resources), [
      "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared t-tunnel (t)",
      "handoff:cloudflare:Tunnel t",
      "handoff:cloudflare:TunnelMark t-tunnel-mark (t)",
      "pulumi:providers:handoff looks",
    ]);
    const { inputs, options } = byName(resources, "t-tunnel");
    assert.deepEqual(inputs, {
      accountId,
      name: "my-cluster",
      configSrc: "cloudflare",
      tunnelSecret: { secret: "canary-secret" },
    });
    assert.ok(options.deleteBeforeReplace);
    assert.equal(await valueOf(result.cname), "t-tunnel-id.cfargotunnel.com");
    assert.deepEqual(await valueOf(result.token), { secret: token });
    assert.deepEqual(await valueOf(result.credentials), {
      secret: JSON.stringify({ AccountTag: accountId, TunnelSecret: "c2VjcmV0", TunnelID: "t-id" }),
    });
    assert.deepEqual(byName(resources, "t").outputs, {
      tunnelId: "t-tunnel-id",
      cname: "t-tunnel-id.cfargotunnel.com",
      token: { secret: token },
    });
  });

  it("registers nothing for an existing one", async () => {
    const { result, resources } = await run(
      answers,
      () => new Tunnel("t", { looks: looks(), accountId, tunnelId: "existing", managed: "local" }),
    );
    assert.deepEqual(tree(resources), ["handoff:cloudflare:Tunnel t", "pulumi:providers:handoff looks"]);
    assert.equal(await valueOf(result.cname), "existing.cfargotunnel.com");
  });

  it("looks for an existing one by its name, and registers nothing for it", async () => {
    const asked: unknown[] = [];
    const functions = {
      "handoff:cloudflare:tunnelNamed": () => ({ id: "found" }),
      "handoff:cloudflare:tunnelToken": (args: unknown) => {
        asked.push(args);
        return { token };
      },
    };
    const args = { looks: looks(), accountId, tunnelName: "shared", adopt: true };
    const { result, resources } = await run({ functions }, () => new Tunnel("t", args));
    assert.deepEqual(tree(resources), ["handoff:cloudflare:Tunnel t"]);
    assert.equal(await valueOf(result.cname), "found.cfargotunnel.com");
    assert.deepEqual(result.drain([]), []);
    assert.deepEqual(asked, [{ accountId, tunnelId: "found", existing: true }]);
    const fault = "there is no tunnel shared in account a to use\n→ Correct it.";
    const missing = { functions: { ...functions, "handoff:cloudflare:tunnelNamed": () => ({ fault }) } };
    assert.match(String(await failure(missing, () => new Tunnel("t", args))), /: there is no tunnel shared/);
    await assert.rejects(
      run(answers, () => new Tunnel("t", { looks: looks(), accountId, tunnelId: "a", adopt: true })),
      isResourceError(/adopt is for a tunnelName/),
    );
  });

  it("says that it was deleted at Cloudflare, and what to do, without a stack trace", async () => {
    const fault = "the tunnel my-cluster (t-tunnel-id) was deleted at Cloudflare on 2026-11-28";
    const functions = { "handoff:cloudflare:tunnelToken": () => ({ fault }) };
    const told = async (args: object): Promise<string> => {
      const error = await failure(
        { functions },
        () => new Tunnel("t", { looks: looks(), accountId, ...args }),
      );
      assert.ok(pulumi.RunError.isInstance(error), String(error));
      return error.message;
    };
    assert.match(
      await told({ tunnelName: "my-cluster" }),
      /the tunnel my-cluster .* was deleted at Cloudflare .*\n→ .*`pulumi up --replace 'urn:pulumi:test::handoff::.*::t-tunnel'`/,
    );
    assert.ok((await told({ tunnelId: "t-id" })).endsWith(`${fault}\n→ Correct the tunnel's id.`));
  });

  it("takes exactly one of a name and an id", async () => {
    for (const args of [{}, { tunnelName: "a", tunnelId: "b" }]) {
      await assert.rejects(
        run(answers, () => new Tunnel("t", { looks: looks(), accountId, ...args })),
        isResourceError(/exactly one of tunnelName and tunnelId/),
      );
    }
  });
});

describe("TunnelIngressRule", () => {
  const args: Omit<TunnelIngressRuleArgs, "looks" | "mark"> = {
    accountId,
    zoneId,
    tunnelId: "t-id",
    hostname: "cal.example.com",
    service: "https://ingress:443",
    originRequest: { originServerName: "cal.example.com" },
    apiToken: "canary-api",
  };

  it("makes the rule, then the proxied record", async () => {
    const { result, resources } = await run(
      answers,
      () => new TunnelIngressRule("calcom", { ...shared(), ...args }),
    );
    assert.deepEqual(tree(resources), [
      "cloudflare:index/dnsRecord:DnsRecord calcom-record (calcom)",
      "handoff:cloudflare:IngressRule calcom-rule (calcom)",
      "handoff:cloudflare:Mark mark",
      "handoff:cloudflare:RecordMark calcom-record-mark (calcom)",
      "handoff:cloudflare:TunnelIngressRule calcom",
      "pulumi:providers:handoff looks",
    ]);
    assert.deepEqual(byName(resources, "calcom-rule").inputs, {
      accountId,
      tunnelId: "t-id",
      hostname: "cal.example.com",
      service: "https://ingress:443",
      originRequest: { originServerName: "cal.example.com" },
      apiToken: { secret: "canary-api" },
    });
    const record = byName(resources, "calcom-record");
    assert.deepEqual(record.inputs, {
      zoneId,
      name: "cal.example.com",
      type: "CNAME",
      content: "t-id.cfargotunnel.com",
      proxied: true,
      ttl: 1,
      comment: "Pulumi stack handoff/test 0123456789ab",
    });
    assert.deepEqual(record.options.dependencies, ["calcom-record-mark", "mark"]);
    assert.deepEqual(byName(resources, "calcom-record-mark").options.dependencies, ["calcom-rule", "mark"]);
    assert.equal(result.url, "https://cal.example.com");
    assert.deepEqual(byName(resources, "calcom").outputs, {
      hostname: "cal.example.com",
      url: "https://cal.example.com",
    });
  });

  it("makes the record only for a locally managed tunnel, the rule only for a further path", async () => {
    const local = await run(
      answers,
      () => new TunnelIngressRule("a", { ...shared(), ...args, managed: "local" }),
    );
    assert.deepEqual(
      local.resources.map(({ name }) => name),
      ["a", "looks", "mark", "a-record-mark", "a-record"],
    );
    const path = await run(
      answers,
      () => new TunnelIngressRule("a", { ...shared(), ...args, path: "/api", record: false }),
    );
    assert.deepEqual(
      path.resources.map(({ name }) => name),
      ["a", "looks", "mark", "a-rule"],
    );
  });

  it("names all that is wrong with a rule", async () => {
    const wrong = { ...args, hostname: "cal.example.com:443", service: "https://ingress:443/app" };
    await assert.rejects(
      run(answers, () => new TunnelIngressRule("calcom", { ...shared(), ...wrong })),
      isResourceError(
        /^hostname "cal.example.com:443" has a port: .*\nservice "https:\/\/ingress:443\/app" has a path/,
      ),
    );
  });
});

describe("OriginCaToken", () => {
  const args: OriginCaTokenArgs = {
    accountId,
    zoneId,
    tokenName: "calcom-origin-ca",
    apiToken: "canary-api",
  };
  const by = { accountId, owner: "account", apiToken: { secret: "canary-api" } };
  const policies = [
    {
      effect: "allow",
      permissionGroups: [{ id: "c03055bc037c4ea9afb9a9f104b7b721" }],
      resources: JSON.stringify({ [`com.cloudflare.api.account.zone.${zoneId}`]: "*" }),
    },
  ];

  it("makes a token of the account for one zone and one permission, under a name that no other has", async () => {
    const { result, resources } = await run(answers, () => new OriginCaToken("origin-ca", args));
    assert.deepEqual(tree(resources), [
      "cloudflare:index/accountToken:AccountToken origin-ca-token (origin-ca)",
      "handoff:cloudflare:OriginCaToken origin-ca",
      "handoff:cloudflare:TokenMark origin-ca-token-mark (origin-ca)",
      "handoff:cloudflare:TokenSweep origin-ca-token-sweep (origin-ca)",
    ]);
    assert.deepEqual(byName(resources, "origin-ca-token-mark").inputs, { ...by, name: "calcom-origin-ca" });
    const name = "calcom-origin-ca 0123456789ab";
    assert.deepEqual(byName(resources, "origin-ca-token").inputs, { accountId, name, policies });
    assert.deepEqual(byName(resources, "origin-ca-token-sweep").inputs, {
      ...by,
      markedName: name,
      tokenId: "origin-ca-token-id",
    });
    assert.deepEqual(await valueOf(result.value), { secret: "canary-value" });
    assert.deepEqual(byName(resources, "origin-ca").outputs, {
      value: { secret: "canary-value" },
      tokenId: "origin-ca-token-id",
    });
  });

  it("is good for further zones, in an order of their own", async () => {
    const [first, second] = ["0".repeat(32), "f".repeat(32)] as const;
    const { resources } = await run(
      answers,
      () => new OriginCaToken("origin-ca", { ...args, zoneId: second, furtherZoneIds: [first, second] }),
    );
    const given = byName(resources, "origin-ca-token").inputs.policies as { readonly resources: string }[];
    assert.deepEqual(
      given.map((policy) => policy.resources),
      [`{"com.cloudflare.api.account.zone.${first}":"*","com.cloudflare.api.account.zone.${second}":"*"}`],
    );
  });

  it("makes one of the user, beside the old one when it rotates", async () => {
    const expiresOn = "2030-01-01T00:00:00Z";
    const { resources } = await run(
      answers,
      () => new OriginCaToken("origin-ca", { ...args, owner: "user", rotation: 2, expiresOn }),
    );
    assert.equal(byName(resources, "origin-ca-token-mark-2").inputs.name, "calcom-origin-ca-2");
    assert.deepEqual(byName(resources, "origin-ca-token-2").inputs, {
      policies,
      name: "calcom-origin-ca-2 0123456789ab",
      expiresOn,
    });
  });

  it("refuses a rotation that counts nothing", async () => {
    await assert.rejects(
      run(answers, () => new OriginCaToken("o", { ...args, rotation: 0 })),
      isResourceError(/whole number from 1/),
    );
  });
});

function isResourceError(message: RegExp) {
  return (error: unknown) => pulumi.ResourceError.isInstance(error) && message.test(error.message);
}
