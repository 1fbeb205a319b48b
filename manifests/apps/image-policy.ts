import { InputError } from "../files";
import { imagePolicy, imageRepository, imageUpdateAutomation } from "../flux/image-automation";
import type { App } from "../app";
import type { Manifest } from "../yaml";

/**
 * Which of an image's tags an app runs. A commit's hash alone has no order, so that such tags need the time in them:
 * https://fluxcd.io/flux/guides/sortable-image-tags/
 */
export type ImageChoice =
  /** The highest version in a range: `{ semver: ">=1.0.0 <2.0.0" }`. */
  | { readonly semver: string }
  /** The latest of the tags that are a time, such as `20260131120000`; or that a pattern with `(?P<ts>…)` finds one in. */
  | { readonly timestamp: true | string }
  /** The latest of a branch's tags `<branch>-<commit>-<time>`: `{ sha: "main" }`. */
  | { readonly sha: string };

/** On the policies that the system's automation follows; those of others in the repository are theirs. */
const FOLLOWED = { "handoff.dev/image-automation": "enabled" } as const;

/** An app's ImageRepository and ImagePolicy. */
export function imageChoice(name: string, image: string, choice: ImageChoice): Manifest[] {
  return [
    imageRepository({ name, image: untagged(image) }),
    imagePolicy({ name, labels: FOLLOWED, ...policyOf(name, choice) }),
  ];
}

function policyOf(
  name: string,
  choice: ImageChoice,
): Pick<Parameters<typeof imagePolicy>[0], "policy" | "filterTags"> {
  if ("semver" in choice) return { policy: { semver: { range: choice.semver } } };
  const pattern =
    "sha" in choice
      ? `^${escaped(choice.sha)}-[0-9a-f]{7,40}-(?P<ts>[0-9]+)$`
      : choice.timestamp === true
        ? "^(?P<ts>[0-9]{8,})$"
        : choice.timestamp;
  if (!pattern.includes("(?P<ts>")) {
    throw new InputError(
      `The imagePolicy of ${name} has the pattern ${pattern}, which finds no time: it needs a group (?P<ts>…), such as ^main-(?P<ts>[0-9]+)$.`,
    );
  }
  return { filterTags: { pattern, extract: "$ts" }, policy: { numerical: { order: "asc" } } };
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** `ghcr.io/org/app:v1@sha256:…` → `ghcr.io/org/app`. */
function untagged(image: string): string {
  return image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
}

export interface ImageAutomationOptions {
  /** Branch that is read and written. */
  readonly branch: string;
  readonly author: { readonly name: string; readonly email: string };
  /** Policies, which the automation is there for. */
  readonly policies: readonly string[];
}

/** Commits the tags that the policies of a system choose. The Secret by which Flux reads the repository must write, too. */
export function imageAutomation({ branch, author, policies }: ImageAutomationOptions): App {
  const name = "image-automation";
  return {
    name,
    kustomizations: [],
    objects: {
      "imageupdateautomation.yaml": imageUpdateAutomation({
        name,
        policySelector: { matchLabels: { ...FOLLOWED } },
        git: {
          checkout: { ref: { branch } },
          commit: { author: { ...author }, messageTemplate: MESSAGE },
          push: { branch },
        },
      }),
    },
    imagePolicies: [...policies],
  };
}

/** `calcom: image v6.2.2 → v6.3.0` a change, as the hand-off's own commits say it. */
const MESSAGE = [
  "Update images",
  "",
  "{{ range .Changed.Changes -}}",
  "{{ .OldValue }} → {{ .NewValue }}",
  "{{ end -}}",
  "",
].join("\n");
