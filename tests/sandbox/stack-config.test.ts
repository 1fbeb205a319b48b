import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { writeKeys, writeKnownHosts } from "../../tools/sandbox/keys";
import { checkout } from "../../tools/sandbox/paths";
import { stackConfig } from "../../tools/sandbox/stack-config";
import { prod as system } from "../../stacks/prod";
import { parseSettings } from "../../stacks/settings";
import { ownState } from "./own-state";

describe("the sandbox's stack configuration", () => {
  const state = ownState();
  const prod = readFileSync(join(checkout, "Pulumi.prod.yaml"), "utf8");
  const environment = (): Record<string, string> => ({
    SANDBOX_STATE: state(),
    SANDBOX_FLUX_MANIFESTS: "/cache/flux-manifests",
    SANDBOX_GIT_URL: "http://127.0.0.1:1",
    SANDBOX_GIT_SSH_URL: "ssh://git@127.0.0.1:2",
    SANDBOX_CHARTS_URL: "http://127.0.0.1:3",
    CLOUDFLARE_ACCOUNT_ID: "a".repeat(32),
    CLOUDFLARE_ZONE_ID: "b".repeat(32),
    CLOUDFLARE_API_TOKEN: "canary-token",
    ARM_RESOURCE_MANAGER_URL: "http://127.0.0.1:4",
    ARM_TENANT_ID: "00000000-0000-4000-8000-000000000000",
    ARM_SUBSCRIPTION_ID: "00000000-0000-4000-8000-000000000001",
  });

  it("is prod's, with its comments, the endpoints and the salt put over it", () => {
    const text = stackConfig(prod, "v1:salt", environment());
    // A setting that is taken out of its comment is right only where that stands as deep as in the sample.
    const lines = new Set(text.split("\n"));
    const missing = prod.split("\n").filter((line) => /^ *#/.test(line) && !lines.has(line));
    assert.deepEqual(
      missing.map((line) => line.trim().split(":")[0]),
      ["# kubeconfig", "# manifests", "# url", "# loadBalancerIP"],
      "these the sandbox sets",
    );
    const { config, encryptionsalt } = parse(text) as {
      config: Record<string, unknown>;
      encryptionsalt: string;
    };
    assert.equal(encryptionsalt, "v1:salt");
    assert.equal(config["handoff:system"], "prod");
    const { "handoff:calcom": sample } = (parse(prod) as { config: Record<string, object> }).config;
    assert.deepEqual(config["handoff:calcom"], { ...sample, loadBalancerIP: "192.168.1.100" });
    assert.doesNotMatch(text, /canary|PRIVATE KEY/); // credentials are named by where they are
  });

  it("passes the check of the settings", () => {
    writeFileSync(join(state(), "kubeconfig"), "kind: Config\n");
    writeKeys(join(state(), "keys"));
    writeKnownHosts(join(state(), "keys"), 2);
    const { config } = parse(stackConfig(prod, "v1:salt", environment())) as {
      config: Record<string, unknown>;
    };
    const raw = Object.fromEntries(
      Object.entries(config).map(([name, value]) => [name.replace("handoff:", ""), value] as const),
    );
    const env = {
      stack: "sandbox",
      variables: environment(),
      config: {},
      secretKeys: new Set<string>(),
      readFile: (path: string) => readFileSync(path, "utf8"),
    };
    const settings = parseSettings(raw, env, ["prod"], system);
    assert.equal(settings.fluxRepository.url, "ssh://git@127.0.0.1:2/your-org/flux-config.git");
  });
});
