import * as pulumi from "@pulumi/pulumi";

/**
 * A look at the vendor's side right before the vendor's resource is made, which is when no state knows of it. Its plugin
 * would only be told that the name is taken. In a preview the same is asked, and nothing is changed.
 * @param name of the resource, unique in the stack
 * @param token of the function of ours that makes way; it tells a `fault` in words
 */
export function beforeCreate(
  name: string,
  token: string,
  args: (created: Readonly<Record<string, unknown>>) => pulumi.Inputs,
): pulumi.ResourceHookBinding {
  // Mocks have no hooks: nothing is made there.
  if (!("registerResourceHook" in (pulumi.runtime.getMonitor() ?? {}))) return {};
  const hook = new pulumi.ResourceHook(
    `${name}: ${token}`,
    async ({ newInputs = {} }) => {
      const dryRun = pulumi.runtime.isDryRun();
      const { fault } = (await pulumi.runtime.invoke(token, { ...args(newInputs), dryRun })) as { fault?: string };
      if (fault !== undefined) throw new pulumi.RunError(fault);
    },
    { onDryRun: true },
  );
  return { beforeCreate: [hook] };
}
