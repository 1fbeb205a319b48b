/**
 * `npm run settings` writes two files per system: the settings' schema for editors, which the stacks' files name in
 * their first line, and the page docs/settings/<system>.md.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { format } from "prettier";
import { z } from "zod";
import { systems } from "..";
import type { RunnableSystem } from "../system";
import { settingsPage, type Schema } from "./markdown";

/** The schema of a system's settings, which its `Pulumi.<stack>.yaml` names in its first line. */
export const schemaFile = (system: string): string => join(__dirname, "schemas", `${system}.json`);

/** Its page for readers. */
export const pageFile = (system: string): string =>
  join(__dirname, "..", "..", "docs", "settings", `${system}.md`);

/** JSON schema of a whole `Pulumi.<stack>.yaml`. */
export function stackFileSchema(system: RunnableSystem) {
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

export function pageText(name: string, system: RunnableSystem): string {
  return settingsPage(name, system.title, stackFileSchema(system).properties.config as Schema);
}

async function main(): Promise<void> {
  for (const [name, system] of Object.entries(systems)) {
    mkdirSync(dirname(pageFile(name)), { recursive: true });
    writeFileSync(schemaFile(name), await schemaText(system));
    writeFileSync(pageFile(name), pageText(name, system));
  }
}

if (require.main === module) void main();
