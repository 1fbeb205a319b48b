import { strict as assert } from "node:assert";
import { InputError } from "../../manifests/files";
import {
  imagePolicy,
  imagePolicyMarker,
  imageRepository,
  imageUpdateAutomation,
} from "../../manifests/flux/image-automation";
import { toYaml, withComments } from "../../manifests/yaml";

const semver = { semver: { range: "1.x" } };

describe("image automation", () => {
  it("needs little said", () => {
    assert.deepEqual(imagePolicy({ name: "web", policy: semver }).spec, {
      imageRepositoryRef: { name: "web" },
      filterTags: undefined,
      policy: semver,
      digestReflectionPolicy: undefined,
      interval: undefined,
    });
    const git = { commit: { author: { email: "flux@example.com" } } };
    assert.deepEqual(imageUpdateAutomation({ name: "all", git }).spec, {
      interval: "30m",
      sourceRef: { kind: "GitRepository", name: "flux-system", namespace: "flux-system" },
      git,
      update: { path: undefined, strategy: "Setters" },
    });
  });

  it("reads the digest every ten minutes where it counts", () => {
    const { spec } = imagePolicy({ name: "web", policy: semver, digestReflectionPolicy: "Always" });
    assert.equal((spec as { interval: unknown }).interval, "10m");
  });

  it("marks the fields that a policy sets", () => {
    const object = {
      apiVersion: "kustomize.config.k8s.io/v1beta1",
      kind: "Kustomization",
      images: [{ name: "web", newName: "registry.example.com/web", newTag: "1.2.3", digest: "sha256:00" }],
      image: "web:1.2.3",
    };
    const policy = { name: "web", namespace: "apps" };
    const markers = {
      "images.0.newName": imagePolicyMarker(policy, "name"),
      "images.0.newTag": imagePolicyMarker(policy, "tag"),
      "images.0.digest": imagePolicyMarker(policy, "digest"),
      image: imagePolicyMarker({ name: "web" }),
    };
    assert.equal(
      toYaml(withComments(object, {}, markers)),
      [
        "apiVersion: kustomize.config.k8s.io/v1beta1",
        "kind: Kustomization",
        "images:",
        "- name: web",
        '  newName: registry.example.com/web # {"$imagepolicy": "apps:web:name"}',
        '  newTag: 1.2.3 # {"$imagepolicy": "apps:web:tag"}',
        '  digest: sha256:00 # {"$imagepolicy": "apps:web:digest"}',
        'image: web:1.2.3 # {"$imagepolicy": "flux-system:web"}',
        "",
      ].join("\n"),
    );
  });

  for (const image of ["ghcr.io/a/b", "localhost:5000/a", "a"]) {
    it(`looks for the tags of ${image}`, () => {
      assert.deepEqual(imageRepository({ name: "a", image }).spec, {
        image,
        interval: "5m",
        secretRef: undefined,
      });
    });
  }

  const mistakes: Record<string, [() => unknown, RegExp]> = {
    "a scheme": [
      () => imageRepository({ name: "a", image: "oci://r/a" }),
      /oci:\/\/r\/a .* must have no scheme/,
    ],
    "a tag": [() => imageRepository({ name: "a", image: "r:5000/a:1" }), /no scheme, tag or digest/],
    "a digest": [() => imageRepository({ name: "a", image: "r/a@sha256:00" }), /no scheme, tag or digest/],
    "no order": [() => imagePolicy({ name: "a", policy: {} }), /needs one of .*; found none\.$/],
    "two orders": [
      () => imagePolicy({ name: "a", policy: { ...semver, numerical: {} } }),
      /found semver, numerical\.$/,
    ],
    "an interval for nothing": [
      () => imagePolicy({ name: "a", policy: semver, interval: "1h" }),
      /only with digestReflectionPolicy: Always/,
    ],
    "a marker of no policy": [() => imagePolicyMarker({ name: "A b" }), /"A b" may hold only/],
  };
  for (const [mistake, [build, message]] of Object.entries(mistakes)) {
    it(`refuses ${mistake}`, () => {
      assert.throws(build, (error) => error instanceof InputError && message.test(error.message));
    });
  }
});
