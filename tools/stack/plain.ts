import * as pulumi from "@pulumi/pulumi";

/** A value with the Outputs in it replaced by what they hold: the settings wrap what is secret. */
export async function plain<T>(value: pulumi.Input<T>): Promise<pulumi.Unwrap<T>> {
  return await new Promise((resolve) => {
    pulumi.output(value).apply(resolve);
  });
}

/** The texts that a value holds as secret ones, wherever in it. */
export async function secretTexts(value: unknown): Promise<readonly string[]> {
  if (pulumi.Output.isInstance(value)) {
    const [inner, secret] = await Promise.all([plain<unknown>(value), pulumi.isSecret(value)]);
    return secret ? textsIn(inner) : await secretTexts(inner);
  }
  const parts = typeof value === "object" && value !== null ? Object.values(value) : [];
  return (await Promise.all(parts.map(secretTexts))).flat();
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
