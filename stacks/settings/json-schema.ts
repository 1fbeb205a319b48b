/**
 * The settings' schema for editors: `node --import tsx stacks/settings/json-schema.ts` writes settings.schema.json,
 * which the stack's files name in their first line.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { z } from "zod";
import { settingsSchema } from "./schema";

export const SCHEMA_FILE = join(__dirname, "..", "settings.schema.json");

/** JSON schema of a whole `Pulumi.<stack>.yaml`. */
export function stackFileSchema(): object {
  const nothing = {
    variables: { KUBECONFIG: "" },
    config: {},
    secretKeys: new Set<string>(),
    readFile: () => "",
  };
  const schema = z.toJSONSchema(settingsSchema({ stack: "", ...nothing }), {
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

export function schemaText(): Promise<string> {
  return format(JSON.stringify(stackFileSchema()), { parser: "json", printWidth: 110 });
}

if (require.main === module)
  void schemaText().then((text) => {
    writeFileSync(SCHEMA_FILE, text);
  });
