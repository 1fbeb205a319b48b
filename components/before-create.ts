import * as pulumi from "@pulumi/pulumi";

/**
 * Our plugin once more, for the functions that hooks call, and for what has to be there before them. The engine asks for
 * default providers one after another: while one is being made it answers no call by another, and it makes none while
 * all its workers wait for hooks.
 */
export class LookProvider extends pulumi.ProviderResource {
  constructor(name: string, options?: pulumi.ResourceOptions) {
    super("handoff", name, {}, options);
  }
}

/** So often a create is begun anew that had happened, and whose answer was lost. */
const AGAIN = 3;

/**
 * A look at the vendor's side right before the vendor's resource is made, which is when no state knows of it. Its plugin
 * would only be told that the name is taken. In a preview the same is asked, and nothing is changed. When the creation
 * fails, what it has left of ours makes way, and it begins anew: a vendor's plugin asks again when an answer is lost, and
 * is told that the name is taken.
 * @param name of the resource, unique in the stack
 * @param token of the function of ours that makes way; it tells a `fault` in words, and whether it has `cleared` anything
 * @param args of the function; it is called without those that aren't known yet
 * @param provider which the resource waits for, by something that it depends on
 */
export function beforeCreate(
  name: string,
  token: string,
  args: pulumi.Inputs,
  provider: LookProvider,
): pulumi.ResourceHookBinding {
  // Mocks have no hooks: nothing is made there.
  if (!("registerResourceHook" in (pulumi.runtime.getMonitor() ?? {}))) return {};
  const look = async (): Promise<{ fault?: string; cleared?: boolean }> => {
    const asked = { ...(await knownOf(args)), dryRun: pulumi.runtime.isDryRun() };
    return (await pulumi.runtime.invoke(token, asked, { provider })) as { fault?: string; cleared?: boolean };
  };
  const before = new pulumi.ResourceHook(
    `${name}: ${token}`,
    async () => {
      const { fault } = await look();
      if (fault !== undefined) throw new pulumi.RunError(fault);
    },
    { onDryRun: true },
  );
  const failed = new pulumi.ErrorHook(`${name}: ${token} again`, async ({ failedOperation, errors }) => {
    if (failedOperation !== "create" || errors.length > AGAIN) return false;
    const { fault, cleared } = await look();
    if (fault !== undefined) void pulumi.log.warn(fault);
    if (cleared === true) void pulumi.log.info(`${name} was made, and its answer was lost: it is made anew`);
    return fault === undefined && cleared === true;
  });
  return { beforeCreate: [before], onError: [failed] };
}

/** A function isn't called at all with something that isn't known. */
async function knownOf(args: pulumi.Inputs): Promise<pulumi.Inputs> {
  const entries = Object.entries(args).map(async ([name, value]: [string, unknown]) => {
    // Told by every output, but left out of its types.
    const { isKnown } = pulumi.output(value) as unknown as { readonly isKnown: Promise<boolean> };
    return (await isKnown) ? [[name, value] as const] : [];
  });
  return Object.fromEntries((await Promise.all(entries)).flat());
}
