import { parseDocument } from "yaml";

type Environment = Readonly<Record<string, string>>;

/**
 * The sandbox's stack configuration: the committed one of prod with its comments, the sandbox's endpoints and
 * credentials put over it, and the encryption salt that the engine wrote into the one before.
 */
export function stackConfig(prod: string, before: string, environment: Environment): string {
  const document = parseDocument(prod === "" ? "config: {}\n" : prod);
  for (const [path, value] of overrides(environment)) document.setIn(["config", ...path], value);
  const salt = parseDocument(before).get("encryptionsalt");
  document.delete("encryptionsalt"); // secrets of prod are not the sandbox's
  if (salt !== undefined) document.set("encryptionsalt", salt);
  return document.toString({ lineWidth: 0 });
}

/** THE MAPPING: which setting gets which of the sandbox's values. Everything else stays as prod has it. */
function overrides(
  environment: Environment,
): readonly (readonly [path: readonly string[], value: unknown])[] {
  return [
    [["handoff:system"], "prod"],
    [["cloudflare:baseUrl"], environment.CLOUDFLARE_BASE_URL],
  ];
}
