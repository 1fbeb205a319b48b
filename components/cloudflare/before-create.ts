import * as pulumi from "@pulumi/pulumi";

/**
 * A look at the vendor's side right before the vendor's resource is made, which is when no state knows of it. Its plugin
 * would only be told that the name is taken. In a preview the same is asked, and nothing is changed.
 * @param name of the resource, unique in the stack
 * @param token of the function of ours that makes way; it tells a `fault` in words
 * @param args of the function; it is called without those that aren't known yet
 */
export function beforeCreate(name: string, token: string, args: pulumi.Inputs): pulumi.ResourceHookBinding {
  // Mocks have no hooks: nothing is made there.
  if (!("registerResourceHook" in (pulumi.runtime.getMonitor() ?? {}))) return {};
  const hook = new pulumi.ResourceHook(
    `${name}: ${token}`,
    async () => {
      const dryRun = pulumi.runtime.isDryRun();
      const asked = { ...(await knownOf(args)), dryRun };
      const { fault } = (await pulumi.runtime.invoke(token, asked)) as { fault?: string };
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
