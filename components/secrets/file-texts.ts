import * as pulumi from "@pulumi/pulumi";
import { InputError } from "../../manifests/files";
import type { FileText, FileTexts } from "../../manifests/layouts/layout";
import { secretManifest, valuesOf, type AppSecret } from "../../manifests/secrets/app-secret";
import { evaluate } from "../../manifests/secrets/secret-text";
import { toYaml } from "../../manifests/yaml";
import { SopsFile } from "./sops-file";
import type { Values } from "./values";

export interface FileTextsArgs {
  /** What only `up` knows, by name. */
  readonly outputs: Readonly<Record<string, pulumi.Output<string>>>;
  readonly values: Values;
  /** age public keys of those who may decrypt SOPS documents. */
  readonly recipients: readonly string[];
}

/** The files as a commit takes them: those that wait for an output as outputs, Secrets encrypted by SOPS. */
export function fileTexts(files: FileTexts, args: FileTextsArgs): Record<string, pulumi.Input<string>> {
  const textOf = ([path, text]: readonly [string, FileText]): pulumi.Input<string> => {
    if (typeof text === "string") return text;
    if ("secret" in text) return encrypted(path, text, args);
    const output = args.outputs[text.output];
    if (output === undefined)
      throw new InputError(`${path} takes the output ${text.output}, which nobody gives.`);
    return output.apply((known) => toYaml(text.objects(known)));
  };
  return Object.fromEntries(Object.entries(files).map((entry) => [entry[0], textOf(entry)]));
}

function encrypted(
  path: string,
  secret: AppSecret,
  { values, recipients }: FileTextsArgs,
): pulumi.Output<string> {
  const { name, namespace } = secret.secret;
  const plaintext = secretTexts(secret, values).apply((texts) => toYaml(secretManifest(secret, texts)));
  // The file's name was the resource's, which two apps may have in common.
  const former = path.split("/").at(-1)?.replace(".enc.yaml", "");
  return new SopsFile(
    `${namespace}-${name}`,
    { path, plaintext, recipients },
    { aliases: [{ name: former }] },
  ).ciphertext;
}

/** The texts of a Secret's keys. */
export function secretTexts(secret: AppSecret, values: Values): pulumi.Output<Record<string, string>> {
  const parts = Object.fromEntries(valuesOf(secret).map((name) => [name, values[name] ?? ""]));
  return pulumi
    .all(parts)
    .apply((known) =>
      Object.fromEntries(
        Object.entries(secret.secret.data).map(([key, text]) => [key, evaluate(text, known)]),
      ),
    );
}
