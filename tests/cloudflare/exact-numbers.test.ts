import assert from "node:assert/strict";
import { ingressRuleHandler } from "../../provider/cloudflare/ingress-rule-handler";
import { exactJson, parseExactly } from "../../provider/http/exact-json";
import { ACCOUNT, testContext } from "./cloud";
import { OddServer } from "./odd-server";

describe("numbers of others that JavaScript would round", () => {
  const server = new OddServer();
  before(() => server.start());
  after(() => server.stop());

  it("survive a change of a tunnel's rules digit by digit", async () => {
    const numbers = ["9007199254740993", "-12345678901234567890", "0.12345678901234567890", "1e400", "30"];
    const theirs = `{"hostname":"a.example.com","service":"http://a:80","originRequest":{"x":[${numbers.join(",")}],"y":"9007199254740993 \\" 9007199254740993"}}`;
    let config = `{"ingress":[${theirs},{"service":"http_status:404"}],"warp-routing":{"id":9007199254740993}}`;
    let version = 1;
    server.answer = ({ method, text }) => {
      if (method === "PUT") {
        config = text.slice('{"config":'.length, -1);
        version++;
      }
      const result = `{"version":${String(version)},"source":"cloudflare","config":${config}}`;
      return { body: `{"success":true,"errors":[],"result":${result}}` };
    };
    await ingressRuleHandler().create(testContext(), {
      ...{ accountId: ACCOUNT, tunnelId: "t", apiToken: "canary-token", baseUrl: server.url },
      ...{ hostname: "cal.example.com", service: "https://ingress:443" },
    });
    assert.ok(version > 1);
    assert.ok(config.includes('"cal.example.com"'), config);
    assert.ok(config.includes(theirs), config);
    assert.ok(config.includes('"warp-routing":{"id":9007199254740993}'), config);
  });

  it("are told from texts, and what is no JSON stays none", () => {
    for (const json of [
      '{"a":"9007199254740993","b":9007199254740993}',
      '["\\\\",123456789012345678,"\\"123456789012345678\\""]',
    ])
      assert.equal(exactJson(parseExactly(json)), json);
    for (const text of ["9007199254740993x", "<p>12345678901234567890</p>", '{"a":01234567890123456789}'])
      assert.throws(() => parseExactly(text), SyntaxError, text);
  });
});
