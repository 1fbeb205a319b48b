import { Cluster } from "../kubernetes/cluster";
import {
  hasUnknown,
  UserError,
  type HandlerContext,
  type Props,
  type ResourceHandler,
  type State,
} from "../plugin/handler";
import { lead, leave, signedIn } from "./lead";
import { changedValues, resting, touchedSecrets, type RolloutInputs, type Texts } from "./plan";
import { consumersOf, restart } from "./restart";
import { forgetPasswords, runStep, titleOf, type Rotation } from "./role-jobs";
import { bringFirst, untilSynced } from "./sync";

/**
 * The provider's side of `SecretRollout`. The values that were carried last are those of its inputs in the state, but
 * for those that waited for a pull request.
 */
export const secretRolloutHandler: ResourceHandler = {
  computed: ["former"],
  secrets: ["former"],

  async diff(ctx, _id, olds, news) {
    const known = inputsOf(olds.inputs).values;
    const values = changedValues(carried(olds), inputsOf(news).values).filter(
      // What waits for a parked app is remembered once.
      (name) => !resting(inputsOf(news), name) || known[name] !== inputsOf(news).values[name],
    );
    if (values.length > 0 && !hasUnknown(inputsOf(news).secrets)) await foretell(ctx, inputsOf(news), values);
    const detailed = Object.fromEntries(
      values.map((name) => [`values[${JSON.stringify(name)}]`, "update" as const]),
    );
    return { changes: values.length > 0, detailed };
  },

  // What is there for the first time was read by pods that started with it.
  async create() {
    return Promise.resolve({ id: "secrets", outputs: {} });
  },

  async update(ctx, _id, olds, news) {
    const former = carried(olds);
    const inputs = inputsOf(news);
    const others = changedValues(former, inputs.values);
    const waiting = others.filter((name) => resting(inputs, name));
    const values = others.filter((name) => !waiting.includes(name));
    const kept = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, former[name]]));
    const { pending = [] } = inputs;
    if (pending.length > 0) {
      // What the program has no more is deleted at the end of a run without a failure.
      const revoked = values.flatMap((name) => inputs.revokes?.[name] ?? []);
      if (revoked.length > 0) throw new UserError(stillInUse(revoked, pending));
      ctx.warn(
        `other values of ${values.join(", ")} reach those who live by them once the files are merged: run \`pulumi up\` again then`,
      );
      return { outputs: { former: kept(others) } };
    }
    if (waiting.length > 0) {
      ctx.info(
        `another value of ${waiting.join(", ")} is given to its database's role once the app isn't parked any more`,
      );
    }
    await carry(ctx, inputs, former, values);
    return { outputs: waiting.length === 0 ? {} : { former: kept(waiting) } };
  },

  async read(_ctx, id, olds) {
    return Promise.resolve({ id, ...olds });
  },

  async delete() {
    return Promise.resolve();
  },
};

/** Who lives by a value that is to be revoked at the end of this run gets the other one by a pull request. */
function stillInUse(kept: readonly string[], pending: readonly string[]): string {
  return [
    `${kept.join(" and ")} can't be revoked yet: the other one is in a pull request, and until that is merged the cluster lives by the former:`,
    ...pending.map((address) => `  ${address}`),
    "→ Merge first, then run `pulumi up` again: it goes on with this rotation. Nothing was revoked, and nothing is missing meanwhile.",
  ].join("\n");
}

/** The values that those have who live by them. */
function carried({ inputs, outputs }: State): Texts {
  return { ...inputsOf(inputs).values, ...(outputs as { readonly former?: Texts }).former };
}

/**
 * The databases' roles before the Secrets, as far as it can be chosen: pods that start have what the role knows. Before
 * that, those who can be led sign in by temporary roles, since a role has one password; then all who read the Secrets.
 */
async function carry(
  ctx: HandlerContext,
  inputs: RolloutInputs,
  former: Texts,
  values: readonly string[],
): Promise<void> {
  const { secrets, timeoutSeconds } = inputs;
  const changed = touchedSecrets(secrets, values);
  const cluster = await Cluster.connect(inputs);
  const rotations = rotationsOf(inputs, former, values);
  const ofRoles = touchedSecrets(
    secrets,
    rotations.map(({ value }) => value),
  );
  await bringFirst(ctx, cluster, ofRoles, inputs.values, timeoutSeconds);
  const begun = await lead(ctx, cluster, rotations, inputs);
  for (const rotation of rotations) {
    await runStep(ctx, cluster, rotation, "alter");
    ctx.info(`${titleOf(rotation.role)} has its new password`);
  }
  await Promise.all(
    changed.map(async (secret) => {
      await untilSynced(ctx, cluster, secret, inputs.values, timeoutSeconds);
    }),
  );
  await restart(ctx, cluster, await consumersOf(cluster, changed, inputs), timeoutSeconds);
  await leave(ctx, cluster, begun, inputs);
  for (const rotation of rotations) await forgetPasswords(cluster, rotation);
}

function rotationsOf(
  { roles = {}, values }: Pick<RolloutInputs, "roles" | "values">,
  former: Texts,
  names: readonly string[],
): Rotation[] {
  return names.flatMap((value) => {
    const role = roles[value];
    const passwords = { former: former[value] ?? "", next: values[value] ?? "" };
    return role === undefined ? [] : [{ value, role, ...passwords }];
  });
}

/** Says before it is done what another value ends, and what is restarted for it. */
async function foretell(
  ctx: HandlerContext,
  inputs: RolloutInputs,
  values: readonly string[],
): Promise<void> {
  const running = values.filter((name) => !resting(inputs, name));
  for (const name of running) {
    const ends = inputs.ends?.[name];
    if (ends !== undefined) ctx.warn(`another value of ${name} ends ${ends}`);
  }
  const rotations = rotationsOf(inputs, {}, running);
  for (const { value, role } of rotations)
    ctx.warn(
      `another value of ${value}: a Job gives it to ${titleOf(role)}, which takes no new connection by the former one from then on`,
    );
  const changed = touchedSecrets(inputs.secrets, values);
  try {
    const cluster = await Cluster.connect(inputs, 1);
    const consumers = await consumersOf(cluster, changed, inputs);
    if (consumers.length > 0) ctx.info(`restarts what reads other values: ${pathsOf(consumers)}`);
    if (rotations.length === 0) return;
    const { led, left } = await signedIn(cluster, rotations, inputs);
    if (led.length > 0)
      ctx.info(
        `signs in by a temporary role meanwhile, if the database allows one, and is restarted twice, so that no connection is refused: ${pathsOf(led.map(({ consumer }) => consumer))}`,
      );
    for (const { consumer, why } of left)
      ctx.warn(`${consumer.path} ${why}: its new connections fail from the Job until its restart`);
  } catch {
    // A cluster that can't be asked is told of by what follows Flux.
  }
}

function pathsOf(consumers: readonly { readonly path: string }[]): string {
  return consumers.map(({ path }) => path).join(", ");
}

function inputsOf(props: Props): RolloutInputs {
  return props as unknown as RolloutInputs;
}
