import assert from "node:assert/strict";
import { cloudflareFaults } from "../../provider/cloudflare/preflight";
import { ACCOUNT, TestCloudflare, testContext, TOKEN, ZONE } from "./cloud";

describe("the preflight of Cloudflare, of a zone's type", () => {
  const cloud = new TestCloudflare();
  afterEach(() => cloud.stop());
  const faults = async (): Promise<readonly string[]> =>
    await cloudflareFaults(
      {
        ...{ accountId: ACCOUNT, apiToken: TOKEN, baseUrl: cloud.baseUrl },
        zones: [{ zoneId: ZONE, zone: "example.com" }],
      },
      testContext(),
    );

  for (const [zoneType, told] of [
    ["secondary", /is a secondary one: it takes its records from another DNS.*\n→ Use a zone whose primary/],
    ["internal", /is an internal one: .*own resolvers alone\n→ Use a zone/],
  ] as const) {
    it(`refuses a zone in which no record is made for visitors: one that is ${zoneType}`, async () => {
      await cloud.start({ zoneType });
      assert.match((await faults()).join("\n"), told);
    });
  }
});
