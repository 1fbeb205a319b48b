import { strict as assert } from "node:assert";
import { secret, secretManifest } from "../../manifests/secrets/app-secret";
import { toYaml } from "../../manifests/yaml";
import { parse } from "yaml";
import { substituted } from "../../provider/live/substitute";

/** Of a Kustomization that fills in variables of its own. */
const VARIABLES = { values: new Map([["domain", "example.com"]]), unknown: [], sure: true, always: false };

describe("a Secret that Flux decrypts", () => {
  const declared = secret("app", "calcom", {});
  const filled = (text: string): unknown =>
    substituted(
      parse(toYaml(secretManifest(declared, { KEY: text, OTHER: "a" }))) as never,
      VARIABLES as never,
    );

  for (const text of ["a${domain}b", "${domain", "x${!}", "$${domain}"])
    it(`keeps ${text}, whatever the Kustomization that applies it fills in`, () => {
      assert.deepEqual((filled(text) as { stringData: object }).stringData, { KEY: text, OTHER: "a" });
    });

  it("says so only where a value looks like a variable", () => {
    const of = (text: string) => secretManifest(declared, { KEY: text }).metadata as object;
    assert.deepEqual(of("a$b"), { name: "app", namespace: "calcom", annotations: undefined });
    assert.deepEqual(of("a${b"), {
      name: "app",
      namespace: "calcom",
      annotations: { "kustomize.toolkit.fluxcd.io/substitute": "disabled" },
    });
  });
});
