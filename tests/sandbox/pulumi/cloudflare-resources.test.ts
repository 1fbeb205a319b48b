import { strict as assert } from "node:assert";
import { functions, resources } from "../../../tools/sandbox/pulumi/cloudflare";
import { configFromApi, configToApi, RESOURCES } from "../../../tools/sandbox/pulumi/cloudflare-resources";
import { faults } from "./context";

const type = (name: string) => Object.entries(RESOURCES).find(([token]) => token.endsWith(`:${name}`))![1];

describe("cloudflare resources", () => {
  it("spells a tunnel's configuration as the API does, and back", () => {
    const config = {
      ingresses: [
        {
          hostname: "a.example.com",
          service: "https://b:443",
          originRequest: {
            noTlsVerify: true,
            matchSnItoHost: true,
            access: { audTags: ["x"], teamName: "t" },
          },
        },
        { service: "http_status:404" },
      ],
    };
    const wire = configToApi(config) as { ingress: object[] };
    assert.deepEqual(wire.ingress[0], {
      hostname: "a.example.com",
      service: "https://b:443",
      originRequest: { noTLSVerify: true, matchSNItoHost: true, access: { audTag: ["x"], teamName: "t" } },
    });
    const answer = {
      "warp-routing": { enabled: false },
      ingress: [wire.ingress[0], { service: "http_status:404", originRequest: {} }],
    };
    assert.deepEqual(configFromApi(answer), config);
  });

  it("spells an application's policies as the API does, and tells of them what was asked for", () => {
    const application = type("ZeroTrustAccessApplication");
    const policies = [
      {
        name: "a",
        decision: "non_identity",
        precedence: 1,
        includes: [{ serviceToken: { tokenId: "t" } }, { emailDomain: { domain: "example.com" } }],
      },
    ];
    const inputs = { accountId: "acc", domain: "a.example.com", sessionDuration: "24h", policies };
    const wire = {
      name: "a",
      decision: "non_identity",
      precedence: 1,
      include: [{ service_token: { token_id: "t" } }, { email_domain: { domain: "example.com" } }],
    };
    assert.deepEqual(application.body(inputs), {
      domain: "a.example.com",
      session_duration: "24h",
      policies: [wire],
    });
    const answer = {
      ...{ id: "i", aud: "tag", domain: "a.example.com", session_duration: "24h" },
      policies: [{ ...wire, id: "p", exclude: [], require: [] }],
    };
    const outputs = application.outputs(answer, inputs);
    assert.deepEqual([outputs.aud, outputs.policies], ["tag", policies]);
    assert.equal(application.item(inputs, "i"), "/accounts/acc/access/apps/i");
    assert.equal(type("ZeroTrustTunnelCloudflaredRoute").collection(inputs), "/accounts/acc/teamnet/routes");
  });

  it("sends a token's resources as an object and keeps its value from creation", () => {
    const token = type("AccountToken");
    const inputs = {
      accountId: "acc",
      name: "origin-ca",
      policies: [
        { effect: "allow", permissionGroups: [{ id: "g" }], resources: '{"com.cloudflare.zone":"*"}' },
      ],
      condition: { requestIp: { ins: ["10.0.0.0/8"] } },
    };
    assert.deepEqual(token.body(inputs), {
      name: "origin-ca",
      policies: [
        { effect: "allow", permission_groups: [{ id: "g" }], resources: { "com.cloudflare.zone": "*" } },
      ],
      condition: { request_ip: { in: ["10.0.0.0/8"], not_in: undefined } },
    });
    assert.equal(token.item(inputs, "t1"), "/accounts/acc/tokens/t1");
    const result = { id: "t1", name: "origin-ca", status: "active", issued_on: "now", policies: [] };
    assert.equal(token.outputs({ ...result, value: "v" }, inputs).value, "v");
    assert.equal(token.outputs(result, inputs, { value: "v" }).value, "v");
    assert.equal(token.outputs(result, inputs).issuedOn, "now");
    assert.equal(token.gone?.({ status: "expired" }), true);
    assert.deepEqual(token.secrets, ["value"]);
  });

  it("keeps what the API doesn't tell of a tunnel", () => {
    const tunnel = type("ZeroTrustTunnelCloudflared");
    const inputs = { accountId: "acc", name: "t", tunnelSecret: "s" };
    assert.deepEqual(tunnel.body(inputs), { name: "t", tunnel_secret: "s" });
    const outputs = tunnel.outputs({ id: "1", name: "t", conns_active_at: null, metadata: {} }, inputs);
    assert.deepEqual(outputs, {
      ...{ name: "t", connsActiveAt: null, metadata: "{}", configSrc: "local", tunnelSecret: "s" },
    });
    assert.deepEqual(tunnel.replaceOn, ["accountId", "configSrc"]);
  });

  it("refuses what it doesn't know", async () => {
    const record = resources["cloudflare:index/dnsRecord:DnsRecord"];
    const found = await faults(record, {
      name: "a",
      type: "CNAME",
      zoneId: "z",
      includeShadowMetadata: true,
    });
    assert.match(
      found[0] ?? "",
      /^includeShadowMetadata: the stand-in for DnsRecord doesn't know this input/,
    );
    assert.equal(found[1], "ttl: DnsRecord needs this input");
    const getZones = functions["cloudflare:index/getZones:getZones"]!;
    assert.throws(() => getZones({ colour: "red" }), /getZones doesn't know 'colour'; it knows account/);
  });
});
