import { z } from "zod";
import type { Check } from "./checks";
import * as field from "./fields";
import { mapping } from "./fields";
import { cluster } from "./blocks/cluster";
import { checkControllers, flux } from "./blocks/flux";
import { checkNotifications, notifications } from "./blocks/notifications";
import { repository, signing } from "./blocks/repository";
import { checkRepository } from "./blocks/repository-checks";
import { Environment } from "./references";
import { numberOf } from "./review";

/** What a system asks for beside the settings that all have. */
export interface OwnSettings<Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly settings: (env: Environment) => Shape;
  readonly checks?: readonly Check[];
  /**
   * Settings that a review stack doesn't take over from its parent, by path: addresses, and credentials of what the
   * parent runs. Those that all systems have are in review.ts. @default none
   */
  readonly parentsOnly?: readonly string[];
}

/** The schema of a stack's configuration, namespace `handoff:`. Unknown keys are faults; references are resolved. */
export function settingsSchema<Shape extends z.ZodRawShape>(
  env: Environment,
  systems: readonly string[],
  own: OwnSettings<Shape>,
) {
  return mapping({ ...sharedSettings(env, systems), ...own.settings(env) });
}

/** The settings that every system has. */
function sharedSettings(env: Environment, systems: readonly string[]) {
  return {
    system: field
      .oneOf(systems as readonly [string, ...string[]])
      .prefault(env.stack)
      .describe("System of stacks/ that this stack is. Left out: the one named as the stack."),
    review: review(env).optional(),
    cluster: cluster(env),
    flux: flux(env),
    fluxRepository: repository(env, field.repositoryPath()).describe(
      "Repository that Flux is bootstrapped from.",
    ),
    author: mapping({
      name: field.anyText("a name").describe("Name."),
      email: field.email().describe("E-mail address."),
    }).describe("Author of the commits."),
    signing: signing(env).optional().describe("Key that signs the commits. Left out: they aren't signed."),
    serviceAccountName: field
      .kubernetesName()
      .optional()
      .describe(
        "ServiceAccount by which Flux applies every Kustomization and HelmRelease, on a cluster that is locked down.",
      ),
    ready: mapping({
      wait: field
        .flag()
        .default(true)
        .describe("Follow Flux until everything runs the commit; else only tell it."),
      timeout: field.duration().default("15m").describe("How long to follow it."),
      allowSuspended: z
        .array(field.objectName())
        .optional()
        .describe(
          "Flux objects that may be suspended without a failure, as `Kustomization flux-system/calcom-app`.",
        ),
    }).prefault({}),
    takeOver: z
      .array(field.objectName())
      .optional()
      .describe("Objects of others in the cluster that Flux may take over, as `ConfigMap calcom/settings`."),
    accept: z
      .array(field.danger())
      .optional()
      .describe(
        "Dangers in a preview's comment that are wanted, as `data-pruned StatefulSet calcom/calcom-db`. `up` doesn't ask.",
      ),
    notifications: notifications(env)
      .optional()
      .describe("How failures reach people, and how a push is reconciled at once. Left out: they don't."),
  };
}

/** A stack for a pull request: its settings are those of another one, with these over them. */
function review(env: Environment) {
  return mapping({
    of: field.anyText("the name of a stack").describe("Stack whose settings hold where this file has none."),
  })
    .transform((review) => ({ ...review, number: numberOf(env.stack) ?? "" }))
    .describe("A review stack, named by the pull request's number: docs/review-stacks.md.");
}

/** Everything that every stack's file says, with defaults filled in and credentials as Pulumi secrets. */
export type SharedSettings = z.output<z.ZodObject<ReturnType<typeof sharedSettings>>>;

export const sharedChecks: readonly Check[] = [
  checkControllers,
  checkRepository("fluxRepository"),
  checkNotifications,
];
