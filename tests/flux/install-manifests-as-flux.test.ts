import { strict as assert } from "node:assert";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, sha256 } from "../../cache/blobs";
import {
  DEFAULT_COMPONENTS,
  installManifests,
  type InstallOptions,
} from "../../manifests/flux/install-manifests";

describe("installManifests with the release v2.9.4", function () {
  const folder = cacheFolder("flux-manifests-v2.9.4");
  const files: Record<string, string> = {};
  before(function () {
    if (!existsSync(folder)) {
      console.log(`      skipped: there is no ${folder} (npm start makes it)`);
      this.skip();
    }
    for (const name of readdirSync(folder)) files[name] = readFileSync(join(folder, name), "utf8");
  });

  // SHA-256 of the gotk-components.yaml that `flux bootstrap git` of Flux 2.9.4 committed. The others are those of
  // what `flux install --export` of the same program printed with the flags that are named.
  const digests: readonly [string, Partial<InstallOptions>, string][] = [
    ["no flag", {}, "97da4654bc11de5637d7f506b0a73707e1e6a1f7a8e9fa8e307063c0b9befa1f"],
    [
      "--registry=registry.example.com/flux",
      { registry: "registry.example.com/flux" },
      "5a7ef812bc1e23e44504ed45508fa6375a249bfa75695164dee4d8df05a52f1c",
    ],
    [
      "--image-pull-secret=pull --toleration-keys=a",
      { imagePullSecret: "pull", tolerationKeys: ["a"] },
      "12466d00d0b8484161cfb31dc25bcd26575c439e3e75c1de9e8615bb6f72f42d",
    ],
    [
      "--toleration-keys=1",
      { tolerationKeys: ["1"] },
      "54df99b628035d8c663334fdfd3313ae0407e70f793c3d319071ad0226cd4444",
    ],
    [
      "--network-policy=false",
      { networkPolicy: false },
      "f004622f7e4ed75c01029f476b49155ae3ca0a8059d33d401d69eb8ece5e3ad3",
    ],
    [
      "--watch-all-namespaces=false",
      { watchAllNamespaces: false },
      "4d419bbd07e4568d12964a62a6bf01ff556b2d5e4157a143902782cd61da1579",
    ],
    [
      "--log-level=debug",
      { logLevel: "debug" },
      "e9812a603074b5cff65c52f8f36048f88fdff4c48ac72b452d0f50881da5120f",
    ],
    [
      "--cluster-domain=example.internal",
      { clusterDomain: "example.internal" },
      "d90f43ddd44cf12edaae3470067c31582c8d04246e88d9336c8ab078b93abaa8",
    ],
    [
      "--components=source-controller,kustomize-controller",
      { components: ["source-controller", "kustomize-controller"] },
      "1727ea3bd81cbfdcc4fa5bba16ace659508441924a884437ce9a2486cfda2bb1",
    ],
    [
      "--components-extra=image-reflector-controller,image-automation-controller",
      { components: [...DEFAULT_COMPONENTS, "image-reflector-controller", "image-automation-controller"] },
      "bc5afbba9edc3f180363c5b1402e4a5c1dcaec04560561e8f8321509d43db0b3",
    ],
  ];
  for (const [flags, options, digest] of digests) {
    it(`gives what flux gives: ${flags}`, () => {
      assert.equal(sha256(installManifests(files, { version: "v2.9.4", ...options })), digest);
    });
  }
});
