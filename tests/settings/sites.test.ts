import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import { parse } from "yaml";
import { parseSettings } from "../../stacks/settings";
import { sites } from "../../stacks/sites";
import { configuration, type Document, fixtures, merge, readFixture, revealed } from "./fixture";

function settingsOf(document: unknown) {
  const { raw, env } = configuration(document as Document);
  return parseSettings(raw, { ...env, stack: "sites" }, ["sites"], sites);
}

function faultsOf(document: unknown): string[] {
  try {
    settingsOf(document);
  } catch (error) {
    assert.ok(error instanceof RunError, String(error));
    return error.message.split("\n");
  }
  return [];
}

describe("settings of sites", () => {
  const minimal = readFixture("sites", "minimal.yaml").document;

  it("takes the smallest stack, with the defaults of the builders", async () => {
    const { umami, observability, database, credentials, rotate, cloudflare } = settingsOf(minimal);
    assert.deepEqual(await revealed({ umami, observability, database, credentials, rotate, cloudflare }), {
      umami: {
        host: "analytics.example.com",
        image: "ghcr.io/umami-software/umami:postgresql-latest",
      },
      observability: { host: "monitoring.example.com", logStorage: "10Gi", metricsStorage: "10Gi" },
      database: {},
      credentials: { stored: [] },
      rotate: { umamiAppSecret: 1, grafanaAdminPassword: 1, maxAge: {} },
      cloudflare: undefined,
    });
  });

  it("takes credentials that others keep, and given ones as secrets", async () => {
    const { credentials } = settingsOf(
      merge(minimal, {
        config: {
          "handoff:credentials": { stored: ["umamiAppSecret"], grafanaAdminPassword: { env: "GIT_TOKEN" } },
        },
      }),
    );
    assert.deepEqual(await revealed(credentials), {
      stored: ["umamiAppSecret"],
      grafanaAdminPassword: { secret: "canary-git-token" },
    });
  });

  // Each is a patch of sites/minimal.yaml with one fault; its first line is the message.
  for (const name of fixtures("sites/invalid")) {
    it(`refuses ${name}`, () => {
      const { text, document } = readFixture("sites/invalid", name);
      const [head, ...faults] = faultsOf(merge(minimal, document));
      assert.equal(head, "Pulumi.sites.yaml has 1 fault:");
      assert.deepEqual(faults, [`  ${text.split("\n")[0]!.replace(/^# /, "")}`]);
      assert.doesNotMatch(faults.join("\n"), /canary/);
    });
  }

  it("has a committed stack that needs no more than its variables", () => {
    const text = readFileSync(join(__dirname, "..", "..", "Pulumi.sites.yaml"), "utf8");
    const { raw, env } = configuration(parse(text) as Document);
    const variables = { ...env.variables, GITHUB_TOKEN: "token" };
    const settings = parseSettings(raw, { ...env, variables, stack: "sites" }, ["sites"], sites);
    assert.deepEqual(settings.flux.components, [
      "source-controller",
      "kustomize-controller",
      "helm-controller",
    ]);
  });
});
