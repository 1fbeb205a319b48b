import { parseDocument } from "yaml";
import { sandboxSystem, systemName } from "./systems";
import { commonOverrides } from "./systems/system";

type Environment = Readonly<Record<string, string>>;

/**
 * The sandbox's stack configuration: the committed one of the system with its comments, and the sandbox's endpoints,
 * credentials and encryption salt put over it.
 * @param text `Pulumi.<system>.yaml`
 */
export function stackConfig(text: string, salt: string, environment: Environment): string {
  const document = parseDocument(text === "" ? "config: {}\n" : text);
  const overrides = [
    ...commonOverrides(environment, systemName()),
    ...sandboxSystem().overrides(environment),
  ];
  for (const [path, value] of overrides) document.setIn(["config", ...path], value);
  document.set("encryptionsalt", salt); // that of the file, and what is encrypted with it, is not the sandbox's
  return document.toString({ lineWidth: 0 });
}
