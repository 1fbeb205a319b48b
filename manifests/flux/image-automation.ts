import { InputError } from "../files";
import { duration, type Duration } from "./names";
import {
  FLUX_SYSTEM,
  type Metadata,
  objectReference,
  type ObjectReference,
  parted,
  reference,
} from "./objects";
import type { Manifest } from "../yaml";
import type { ImagePolicySpec } from "./crds/image-policy";
import type { ImageRepositorySpec } from "./crds/image-repository";
import type { ImageUpdateAutomationSpec } from "./crds/image-update-automation";

const API = "image.toolkit.fluxcd.io/v1";

export interface ImageRepositoryOptions
  extends Metadata, Omit<ImageRepositorySpec, "interval" | "secretRef"> {
  /** `registry/repository`, without scheme and tag. */
  readonly image: string;
  /** @default "5m" */
  readonly interval?: Duration;
  /** Secret of type `kubernetes.io/dockerconfigjson`. */
  readonly secretName?: string;
}

/** Looks for an image's tags: https://fluxcd.io/flux/components/image/imagerepositories/ */
export function imageRepository(options: ImageRepositoryOptions): Manifest {
  const { metadata, fields } = parted(options);
  const { image, interval = "5m", secretName, ...rest } = fields;
  if (image.includes("://") || /[:@][^/]*$/.test(image)) {
    throw new InputError(
      `The image ${image} of the ImageRepository ${options.name} must have no scheme, tag or digest: registry/repository.`,
    );
  }
  return {
    apiVersion: API,
    kind: "ImageRepository",
    metadata,
    spec: { image, interval: duration(interval, "interval"), secretRef: reference(secretName), ...rest },
  };
}

export interface ImagePolicyOptions extends Metadata, Omit<ImagePolicySpec, "imageRepositoryRef"> {
  /** @default the ImageRepository of the policy's name */
  readonly imageRepository?: ObjectReference;
  /** How tags are ordered: one of `semver`, `alphabetical`, `numerical`. */
  readonly policy: ImagePolicySpec["policy"];
  /** How often the digest is read, with `digestReflectionPolicy: Always` only. @default "10m" then */
  readonly interval?: Duration;
}

/** Chooses the latest of the tags: https://fluxcd.io/flux/components/image/imagepolicies/ */
export function imagePolicy(options: ImagePolicyOptions): Manifest {
  const { metadata, fields } = parted(options);
  const { imageRepository: repository = { name: options.name }, filterTags, policy, ...others } = fields;
  const { digestReflectionPolicy, interval, ...rest } = others;
  const orders = Object.entries(policy).flatMap(([name, rules]) =>
    (rules as unknown) === undefined ? [] : [name],
  );
  if (orders.length !== 1) {
    throw new InputError(
      `The ImagePolicy ${options.name} needs one of semver, alphabetical and numerical; found ${orders.join(", ") || "none"}.`,
    );
  }
  const always = digestReflectionPolicy === "Always";
  if (!always && interval !== undefined) {
    throw new InputError(
      `The ImagePolicy ${options.name} can have an interval only with digestReflectionPolicy: Always.`,
    );
  }
  return {
    apiVersion: API,
    kind: "ImagePolicy",
    metadata,
    spec: {
      imageRepositoryRef: objectReference(repository),
      filterTags,
      policy,
      digestReflectionPolicy,
      interval: always ? duration(interval ?? "10m", "interval") : undefined,
      ...rest,
    },
  };
}

export interface ImageUpdateAutomationOptions
  extends Metadata, Omit<ImageUpdateAutomationSpec, "interval" | "sourceRef" | "update"> {
  /** The repository that is read, and written too unless `git.push` says otherwise. @default flux-system/flux-system */
  readonly sourceRef?: ObjectReference;
  /** Author of the commits, branches, message. */
  readonly git: NonNullable<ImageUpdateAutomationSpec["git"]>;
  /** Folder whose markers are followed, from the repository's root. @default the whole repository */
  readonly path?: string;
  /** @default "30m" */
  readonly interval?: Duration;
}

/** Commits the tags that policies choose: https://fluxcd.io/flux/components/image/imageupdateautomations/ */
export function imageUpdateAutomation(options: ImageUpdateAutomationOptions): Manifest {
  const { metadata, fields } = parted(options);
  const { sourceRef = { name: FLUX_SYSTEM, namespace: FLUX_SYSTEM }, git, path, ...others } = fields;
  const { interval = "30m", ...rest } = others;
  return {
    apiVersion: API,
    kind: "ImageUpdateAutomation",
    metadata,
    spec: {
      interval: duration(interval, "interval"),
      sourceRef: { kind: "GitRepository", ...objectReference(sourceRef) },
      git,
      update: { path, strategy: "Setters" },
      ...rest,
    },
  };
}

/**
 * The comment behind a field that an ImageUpdateAutomation keeps at the policy's choice, without `#`:
 * `{"$imagepolicy": "flux-system:app"}`. Source: https://fluxcd.io/flux/components/image/imageupdateautomations/
 * @param part what the field holds. Left out: the image with tag.
 */
export function imagePolicyMarker(policy: ObjectReference, part?: "name" | "tag" | "digest"): string {
  const { name, namespace = FLUX_SYSTEM } = objectReference(policy);
  return JSON.stringify({ $imagepolicy: [namespace, name, ...(part ? [part] : [])].join(":") }).replace(
    ":",
    ": ",
  );
}
