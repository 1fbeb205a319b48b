import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import { parse } from "yaml";
import { homelab } from "../../stacks/homelab";
import { parseSettings } from "../../stacks/settings";
import type { Environment } from "../../stacks/settings/references";
import { schemaFile } from "../../stacks/settings/json-schema";
import { configuration, fixtures, merge, readFixture, type Document } from "./fixture";

const settings = (document: unknown, variables: Environment["variables"] = {}) => {
  const { raw, env } = configuration(document as Document);
  return parseSettings(
    raw,
    { ...env, stack: "homelab", variables: { ...env.variables, ...variables } },
    ["homelab"],
    homelab,
  );
};

const pulumiFile = readFileSync(join(__dirname, "..", "..", "Pulumi.homelab.yaml"), "utf8");

describe("settings of the homelab", () => {
  const minimal = readFixture("homelab", "minimal.yaml").document;

  // Each is a patch of minimal.yaml with one fault; its first line is the message.
  for (const name of fixtures("homelab/invalid")) {
    it(`refuse ${name}`, () => {
      const { text, document } = readFixture("homelab/invalid", name);
      assert.throws(
        () => settings(merge(minimal, document)),
        (error) => {
          assert.ok(error instanceof RunError);
          const [head, ...faults] = error.message.split("\n");
          assert.equal(head, "Pulumi.homelab.yaml has 1 fault:");
          assert.deepEqual(faults, [`  ${text.split("\n")[0]!.replace(/^# /, "")}`]);
          assert.doesNotMatch(faults.join("\n"), /canary/);
          return true;
        },
      );
    });
  }

  it("have defaults", () => {
    const { homelab: lab, rotate } = settings(minimal);
    assert.deepEqual([lab.parked, lab.images.stalwart], [[], "stalwartlabs/stalwart:v0.16.17"]);
    const { maxAge, ...numbers } = rotate;
    assert.deepEqual([maxAge, new Set(Object.values(numbers))], [{}, new Set([1])]);
  });

  it("take a host in a further zone", () => {
    const further = {
      config: {
        "handoff:cloudflare": { zones: [{ zone: "example.org", zoneId: "0".repeat(32) }] },
        "handoff:homelab": { authentikHost: "auth.example.org" },
      },
    };
    assert.equal(settings(merge(minimal, further)).homelab.authentikHost, "auth.example.org");
  });
});

describe("Pulumi.homelab.yaml", () => {
  it("is valid, given its environment", () => {
    const names = [...pulumiFile.matchAll(/\{ env: (\w+) \}/g)].map(([, name = ""]) => name);
    const variables = {
      ...Object.fromEntries(names.map((name) => [name, "text"])),
      KUBECONFIG: "/home/you/kubeconfig",
      GIT_KNOWN_HOSTS: "github.com ssh-ed25519 AAAAC3Nza",
    };
    assert.deepEqual(settings(parse(pulumiFile), variables).homelab.parked, []);
  });

  it("has a comment for each key that it leaves out", () => {
    const schema = JSON.parse(readFileSync(schemaFile("homelab"), "utf8")) as {
      properties: { config: { properties: object } };
    };
    for (const key of Object.keys(schema.properties.config.properties)) {
      assert.match(pulumiFile, new RegExp(`^  (# )?${key}:`, "m"));
    }
  });
});
