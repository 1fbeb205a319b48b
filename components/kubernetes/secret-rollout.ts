import * as pulumi from "@pulumi/pulumi";
import type { PostgresRole } from "../../manifests/secrets/alter-role";
import type { SecretsMode } from "../../manifests/secrets/app-secret";
import type { SecretText } from "../../manifests/secrets/secret-text";

export interface RolledSecret {
  readonly name: string;
  readonly namespace: string;
  /** How it gets its values. */
  readonly from: SecretsMode["from"];
  /** Key → text, with values by name. */
  readonly data: Readonly<Record<string, SecretText>>;
  /** The texts of keys whose values are made of others, with these in their places. */
  readonly madeOf?: Readonly<Record<string, SecretText>>;
}

export interface SecretRolloutArgs {
  /** Text of a kubeconfig for the cluster. */
  readonly kubeconfig: pulumi.Input<string>;
  /** @default the kubeconfig's current context */
  readonly context?: string;
  readonly secrets: readonly RolledSecret[];
  /** What they take, by name. Kept as Pulumi secrets. */
  readonly values: Readonly<Record<string, pulumi.Input<string>>>;
  /** What another value ends: its name → `all sessions`. */
  readonly ends?: Readonly<Record<string, string>>;
  /** Roles of databases that have to be given another value: its name → role. */
  readonly roles?: Readonly<Record<string, PostgresRole>>;
  /**
   * Values whose role is of a parked app: its database gets another one when the app is back, and comes back with the
   * former one until then.
   */
  readonly parked?: readonly string[];
  /**
   * What the end of an `up` with another value revokes: its name → `the former API token`. While pull requests keep that
   * value from the cluster, the `up` fails, so that nothing is revoked.
   */
  readonly revokes?: Readonly<Record<string, string>>;
  /** Addresses of the pull requests that bring the Secrets. While there are any, nothing is carried further. */
  readonly pending?: pulumi.Input<readonly string[] | undefined>;
  /** How long each step may take. @default 900 */
  readonly timeoutSeconds?: number;
}

/**
 * Carries another value to those who live by it: the database's role, the Secret, by a sync of External Secrets that
 * isn't waited an hour for, and the workloads that read it, whose pods start anew. Each step is waited for; a run that
 * was killed is gone on with by the next one. The first `up` restarts nothing. The work is done by
 * secret-rollout-handler.ts.
 */
export class SecretRollout extends pulumi.CustomResource {
  constructor(name: string, args: SecretRolloutArgs, options?: pulumi.CustomResourceOptions) {
    const inputs = {
      ...args,
      kubeconfig: pulumi.secret(args.kubeconfig),
      // Each by itself: a preview that doesn't know one of them knows the others.
      values: Object.fromEntries(
        Object.entries(args.values).map(([value, text]) => [value, pulumi.secret(text)]),
      ),
      timeoutSeconds: args.timeoutSeconds ?? 900,
      former: undefined,
    };
    const additionalSecretOutputs = [...(options?.additionalSecretOutputs ?? []), "former"];
    super("handoff:kubernetes:SecretRollout", name, inputs, { ...options, additionalSecretOutputs });
  }
}
