import * as pulumi from "@pulumi/pulumi";

/** A value with the Outputs in it replaced by what they hold: the settings wrap what is secret. */
export async function plain<T>(value: pulumi.Input<T>): Promise<pulumi.Unwrap<T>> {
  return await new Promise((resolve) => {
    pulumi.output(value).apply(resolve);
  });
}
