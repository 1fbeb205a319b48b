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

/**
 * A look at the vendor's side right before the vendor's resource is made, which is when no state knows of it. Its plugin
 * would only be told that the name is taken. In a preview the same is asked, and nothing is changed.
 * @param name of the resource, unique in the stack
 * @param token of the function of ours that makes way; it tells a `fault` in words
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
  const hook = new pulumi.ResourceHook(
    `${name}: ${token}`,
    async () => {
      const dryRun = pulumi.runtime.isDryRun();
      const asked = { ...(await knownOf(args)), dryRun };
      const { fault } = (await pulumi.runtime.invoke(token, asked, { provider })) as { fault?: string };
      if (fault !== undefined) throw new pulumi.RunError(fault);
    },
    { onDryRun: true },
  );
  return { beforeCreate: [hook] };
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
