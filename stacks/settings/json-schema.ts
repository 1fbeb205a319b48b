/**
 * The settings' schema for editors: `node --import tsx stacks/settings/json-schema.ts` writes a
 * file per system, which the stacks' files name in their first line.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { z } from "zod";
import { systems } from "..";
import type { RunnableSystem } from "../system";

/** The schema of a system's settings, which its `Pulumi.<stack>.yaml` names in its first line. */
export const schemaFile = (system: string): string => join(__dirname, "schemas", `${system}.json`);

/** JSON schema of a whole `Pulumi.<stack>.yaml`. */
function stackFileSchema(system: RunnableSystem): object {
  const nothing = {
    variables: { KUBECONFIG: "" },
    config: {},
    secretKeys: new Set<string>(),
    readFile: () => "",
  };
  const schema = z.toJSONSchema(system.schema({ stack: "", ...nothing }, Object.keys(systems)), {
    io: "input",
    override: ({ jsonSchema }) => {
      // What depends on the environment has no default that a schema could tell.
      if (jsonSchema.default === "") delete jsonSchema.default;
    },
  });
  const settings = Object.entries(schema.properties ?? {});
  // An encrypted key that references name is no setting, and other packages have settings of their own.
  const others = `^handoff:(?!(${settings.map(([key]) => key).join("|")})$)`;
  return {
    $schema: schema.$schema,
    title: "Settings of a Handoff stack",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(settings.map(([key, value]) => [`handoff:${key}`, value])),
        patternProperties: { [others]: { type: "object", required: ["secure"] } },
        required: (schema.required ?? []).map((key) => `handoff:${key}`),
      },
    },
  };
}

export function schemaText(system: RunnableSystem): Promise<string> {
  return format(JSON.stringify(stackFileSchema(system)), { parser: "json", printWidth: 110 });
}

if (require.main === module) {
  for (const [name, system] of Object.entries(systems)) {
    void schemaText(system).then((text) => {
      writeFileSync(schemaFile(name), text);
    });
  }
}
