import { strict as assert } from "node:assert";
import { join } from "node:path";
import fc from "fast-check";
import { bucket } from "../../manifests/flux/bucket";
import { helmRelease } from "../../manifests/flux/helm-release";
import { imagePolicy, imageRepository, imageUpdateAutomation } from "../../manifests/flux/image-automation";
import { alert, provider, receiver } from "../../manifests/flux/notifications";
import { gitRepository, helmRepository, kustomization, ociRepository } from "../../manifests/flux/objects";
import { type Manifest, toYaml } from "../../manifests/yaml";
import { assertGolden } from "../golden";
import * as every from "./every-field";

/** A builder, options with every field, and those among them that can't be left out. */
interface Case {
  readonly options: object;
  readonly needed: readonly string[];
  readonly build: (options: object) => Manifest;
}

function builder<T extends object>(
  build: (options: T) => Manifest,
  options: T,
  ...needed: readonly (keyof T & string)[]
): Case {
  return { options, needed: ["name", ...needed], build: build as (options: object) => Manifest };
}

const builders: Readonly<Record<string, Case>> = {
  alert: builder(alert, every.everyAlert, "provider"),
  bucket: builder(bucket, every.everyBucket, "bucketName", "endpoint"),
  gitrepository: builder(gitRepository, every.everyGitRepository, "url"),
  helmrelease: builder(helmRelease, every.everyHelmRelease, "chart"),
  helmrepository: builder(helmRepository, every.everyHelmRepository, "url", "type"),
  // Its interval stands and falls with the policy of digests.
  imagepolicy: builder(imagePolicy, every.everyImagePolicy, "policy", "digestReflectionPolicy"),
  imagerepository: builder(imageRepository, every.everyImageRepository, "image"),
  imageupdateautomation: builder(imageUpdateAutomation, every.everyImageUpdateAutomation, "git"),
  kustomization: builder(kustomization, every.everyKustomization, "path"),
  ocirepository: builder(ociRepository, every.everyOciRepository, "url", "ref"),
  provider: builder(provider, every.everyProvider, "type"),
  receiver: builder(receiver, every.everyReceiver, "type", "resources", "secretName"),
};

describe("builders of Flux objects", () => {
  it("write every field of the kind", () => {
    const files: Readonly<Record<string, string>> = Object.fromEntries(
      Object.entries(builders).map(([kind, { options, build }]) => [`${kind}.yaml`, toYaml(build(options))]),
    );
    assertGolden(join(__dirname, "golden", "every-field"), files);
  });

  for (const [kind, { options, needed, build }] of Object.entries(builders)) {
    const optional = Object.keys(options).filter((name) => !needed.includes(name));
    it(`write nothing for what is undefined in ${kind}`, () => {
      fc.assert(
        fc.property(fc.subarray(optional), (left) => {
          const kept = Object.entries(options).filter(([name]) => !left.includes(name));
          const undefinedOnes = Object.fromEntries(left.map((name) => [name, undefined]));
          const text = toYaml(build({ ...options, ...undefinedOnes }));
          assert.equal(text, toYaml(build(Object.fromEntries(kept))));
          assert.doesNotMatch(text, /undefined|null|\{\}/);
        }),
      );
    });

    it(`take each field of ${kind} as it is given`, () => {
      for (const name of optional) {
        const without = toYaml(build({ ...options, [name]: undefined }));
        assert.notEqual(toYaml(build(options)), without, name);
      }
    });
  }
});
