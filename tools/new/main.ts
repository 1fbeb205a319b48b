/**
 * `npm run new`: writes an app, a site or a service into the list of a system, or a system's first files.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { addEntry, addImport, formatted, hasPlace, namesIn, nodesOf, parse, Refusal } from "./edit-source";
import { GENERATED_KINDS, KINDS, SECRET_OPTION, type EntryOptions } from "./entries";
import { identifier, stackFile, systemSource } from "./system";
import ts from "typescript";

const USAGE = `Usage: npm run new -- app|site|service|system <name> [options]

  app      an entry app({ … }) in stacks/<system>.ts: an image, a folder of manifests, or a chart
  site     an entry of the static sites
  service  an entry of the homelab's services
  system   stacks/<name>.ts, Pulumi.<name>.yaml, and the line in stacks/index.ts

Options
  --system <name>       system to write into; default: the first one with a list of such entries
  --image <image>       image with its tag
  --folder <path>       app: folder of manifests in the flux repository, in place of an image
  --chart <repository>  app: Helm chart, with --version, in place of an image
  --version <version>   of the chart
  --port <port>         port of the container, or of the chart's or folder's Service
  --host <name>         public name; may be given several times
  --secret <KEY>[=kind] key of its Secret with a generated password; may be given several times. Other kinds:
                        ${GENERATED_KINDS.slice(1).join(", ")}
  --help
`;

const NAME = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** @returns what was written, and what to do next. @throws Refusal with the reason */
export async function create(root: string, args: readonly string[]): Promise<string> {
  const { values, positionals } = options(args);
  if (values.help === true) return USAGE;
  const [kind = "", name = "", ...rest] = positionals;
  if (!["system", ...Object.keys(KINDS)].includes(kind) || rest.length > 0) {
    throw new Refusal(`npm run new takes app, site, service or system, and a name.\n\n${USAGE}`);
  }
  if (!NAME.test(name)) {
    const found = name === "" ? "nothing" : JSON.stringify(name);
    throw new Refusal(
      `The name of the ${kind}: found ${found}; allowed: at most 63 lowercase letters, digits and hyphens, a letter first.`,
    );
  }
  if (kind === "system") return await createSystem(root, name);
  const { host: hosts = [], secret: secrets = [], system, ...own } = values;
  return await createEntry(root, kind, { ...own, name, hosts, secrets }, system);
}

function options(args: readonly string[]) {
  const text = { type: "string" } as const;
  const texts = { type: "string", multiple: true } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...{ system: text, image: text, folder: text, chart: text, version: text, port: text },
        ...{ host: texts, secret: texts, help: { type: "boolean" } as const },
      },
    });
  } catch (error) {
    throw new Refusal(`${(error as Error).message}\n\n${USAGE}`);
  }
}

async function createEntry(
  root: string,
  kind: string,
  options: EntryOptions,
  system?: string,
): Promise<string> {
  const found = KINDS[kind];
  if (found === undefined) throw new Refusal(USAGE);
  checkOptions(options);
  const candidates = system === undefined ? systemsIn(root) : [system];
  const read = (name: string): string => {
    const file = join(root, "stacks", `${name}.ts`);
    if (existsSync(file)) return readFileSync(file, "utf8");
    throw new Refusal(`There is no system ${name}: there are ${systemsIn(root).join(", ")}.`);
  };
  const target =
    candidates.find((name) => hasPlace(read(name), kind, found.functions)) ?? candidates[0] ?? "";
  const path = `stacks/${target}.ts`;
  const text = read(target);
  if (namesIn(text).includes(options.name)) {
    throw new Refusal(`${path} has the name ${options.name} already: choose another one.`);
  }
  const entry = found.entry(options);
  let written: string;
  try {
    written = entry.imports.reduce(addImport, addEntry(text, kind, found.functions, entry.text));
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(`${path}: ${error.message}`) : error;
  }
  writeFileSync(join(root, path), await formatted(root, path, written));
  return `${path}: added the ${kind} ${options.name}.\nNext: look at the entry, then \`pulumi preview --diff\`.\n`;
}

function checkOptions({ image, folder, chart, version, port, hosts, secrets }: EntryOptions): void {
  const kinds = Object.entries({ image, folder, chart }).filter(([, value]) => value !== undefined);
  const faults = [
    ...(kinds.length > 1
      ? [`Of ${kinds.map(([name]) => `--${name}`).join(", ")} only one can be given.`]
      : []),
    ...((chart === undefined) !== (version === undefined) ? ["--chart and --version belong together."] : []),
    ...(port !== undefined && !/^[1-9][0-9]{0,4}$/.test(port)
      ? [`--port: found ${port}; allowed: a number.`]
      : []),
    ...(image !== undefined && !/[:@]/.test(image.split("/").at(-1) ?? "")
      ? [`--image: found ${image}; allowed: an image with its tag, such as ${image}:v1.0.0.`]
      : []),
    ...hosts
      .filter((host) => !/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*$/.test(host))
      .map((host) => `--host: found ${host}; allowed: a lowercase DNS name such as hello.example.com.`),
    ...secrets
      .filter((secret) => !SECRET_OPTION.test(secret))
      .map(
        (secret) =>
          `--secret: found ${secret}; allowed: a name such as PASSWORD, or with a kind, such as KEY=hex; kinds: ${GENERATED_KINDS.join(", ")}.`,
      ),
  ];
  if (faults.length > 0) throw new Refusal(faults.join("\n"));
}

async function createSystem(root: string, name: string): Promise<string> {
  const files = { [`stacks/${name}.ts`]: systemSource(name), [`Pulumi.${name}.yaml`]: stackFile(name) };
  const written = await writeSystem(root, name, files);
  return (
    written.map((path) => `${path}: written.\n`).join("") +
    "Next: `npm run settings` writes its schema and docs/settings/, `npm run new -- app <name> " +
    `--system ${name}\` its first app, \`pulumi stack init ${name}\` its stack.\n`
  );
}

/**
 * Writes the files of a system, and its line in the list of all.
 * @param files stacks/<name>.ts and what comes with it: path → text
 * @returns the paths that were written
 * @throws Refusal when one is there already
 */
export async function writeSystem(
  root: string,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const there = Object.keys(files).filter((path) => existsSync(join(root, path)));
  if (there.length > 0) throw new Refusal(`${there.join(" and ")} is there already: choose another name.`);
  const index = "stacks/index.ts";
  const text = addImport(readFileSync(join(root, index), "utf8"), {
    name: identifier(name),
    from: `./${name}`,
  });
  const object = listOfSystems(text);
  if (object === undefined) throw new Refusal(`${index} has no list of systems.`);
  const entry = identifier(name) === name ? name : `${JSON.stringify(name)}: ${identifier(name)}`;
  const end = object.properties.at(-1)?.getEnd() ?? object.getStart() + 1;
  const listed = `${text.slice(0, end)}${object.properties.length > 0 ? "," : ""} ${entry}${text.slice(end)}`;
  for (const [path, content] of Object.entries({ ...files, [index]: listed })) {
    writeFileSync(join(root, path), path.endsWith(".ts") ? await formatted(root, path, content) : content);
  }
  return [...Object.keys(files), index];
}

/** In the order of their list. */
function systemsIn(root: string): string[] {
  const list = listOfSystems(readFileSync(join(root, "stacks", "index.ts"), "utf8"));
  return (list?.properties ?? []).flatMap(({ name }) =>
    name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? [name.text] : [],
  );
}

function listOfSystems(text: string): ts.ObjectLiteralExpression | undefined {
  return nodesOf(parse(text)).find((node) => ts.isObjectLiteralExpression(node));
}

if (require.main === module) {
  create(join(__dirname, "..", ".."), process.argv.slice(2)).then(
    (text) => process.stdout.write(text),
    (error: unknown) => {
      process.stderr.write(error instanceof Refusal ? `${error.message}\n` : `${String(error)}\n`);
      process.exitCode = 1;
    },
  );
}
