import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { systems } from "../../stacks";
import { prod } from "../../stacks/prod";
import { parseSettings, readConfiguration, systemOf } from "../../stacks/settings";
import { SHIPPED_PROD, shippedSettings } from "../stacks/shipped";
import { KEY, configuration, readFixture, revealed } from "./fixture";

describe("readConfiguration", () => {
  const load = () => {
    const { raw, env } = readConfiguration();
    systemOf(raw, env, systems);
    return parseSettings(raw, env, Object.keys(systems), shippedSettings(prod, SHIPPED_PROD.settings));
  };

  const saved = { ...process.env };
  const environment = {
    DEPLOY_KEY: KEY,
    CLOUDFLARE_API_TOKEN: "canary-cloudflare",
    ARM_SUBSCRIPTION_ID: "99999999-8888-7777-6666-555555555555",
    KUBECONFIG: __filename,
  };

  before(() => {
    pulumi.runtime.setMocks(
      { newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }), call: () => ({}) },
      "handoff",
      "prod",
    );
    Object.assign(process.env, environment);
  });

  after(() => {
    pulumi.runtime.setAllConfig({});
    for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, saved);
  });

  function configure(name: string): void {
    const { env } = configuration(readFixture("valid", name).document);
    const config = Object.entries(env.config).map(([key, text]) => [`handoff:${key}`, text] as const);
    const secrets = [...env.secretKeys].map((key) => `handoff:${key}`);
    pulumi.runtime.setAllConfig(
      { "cloudflare:apiToken": "another package's", ...Object.fromEntries(config) },
      secrets,
    );
  }

  it("reads mappings, texts and encrypted keys as the engine hands them over", async () => {
    configure("minimal.yaml");
    const settings = load();
    assert.equal(settings.system, "prod");
    assert.deepEqual(await revealed(settings.appRepository.auth), {
      secret: { basic: { username: "git", password: "canary-git-password" } },
    });
    assert.deepEqual(await revealed(settings.cloudflare.apiToken), { secret: "canary-cloudflare" });
  });

  it("throws one RunError, which the engine prints without a stack trace", () => {
    configure("minimal.yaml");
    pulumi.runtime.setConfig("handoff:system", "nothing-like-it");
    assert.throws(load, (error) => pulumi.RunError.isInstance(error));
  });
});
