/**
 * `npm run new`: writes an app, a site or a service into the list of a system, or a system's first files.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { addEntry, addImport, formatted, hasPlace, namesIn, nodesOf, parse, Refusal } from "./edit-source";
import { GENERATED_KINDS, KINDS, SECRET_OPTION, valueName, type EntryOptions, type Kind } from "./entries";
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
  const { host: hosts = [], secret: secrets = [], system, help, ...own } = values;
  if (kind === "system") {
    const [given] = Object.keys(values);
    if (given !== undefined) throw new Refusal(`A system takes no --${given}: add apps to it afterwards.`);
    return await createSystem(root, name);
  }
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
  checkOptions(kind, found, options);
  if (system !== undefined && !systemsIn(root).includes(system)) {
    throw new Refusal(`There is no system ${system}: there are ${systemsIn(root).join(", ")}.`);
  }
  const candidates = system === undefined ? systemsIn(root) : [system];
  const read = (name: string): string => {
    const file = join(root, "stacks", `${name}.ts`);
    if (existsSync(file)) return readFileSync(file, "utf8");
    throw new Refusal(`stacks/index.ts lists the system ${name}, and stacks/${name}.ts isn't there.`);
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
    const source = text.replaceAll("\r\n", "\n");
    const edited = entry.imports.reduce(addImport, addEntry(source, kind, found.functions, entry.text));
    written = await formatted(root, path, edited);
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal(`${path}: ${error.message}`);
    throw error instanceof SyntaxError
      ? new Refusal(`${path} isn't valid TypeScript, so nothing was added: ${error.message}`)
      : error;
  }
  writeFileSync(join(root, path), text.includes("\r\n") ? written.replaceAll("\n", "\r\n") : written);
  return `${path}: added the ${kind} ${options.name}.\nNext: look at the entry, then \`pulumi preview --diff\`.\n`;
}

/** As the command line calls the options that the functions know by other names. */
const FLAGS: Readonly<Record<string, string>> = {
  hosts: "host",
  secrets: "secret",
  "chart.repository": "chart",
  "chart.version": "version",
};

const flagOf = (option: string): string => FLAGS[option] ?? option;

function checkOptions(kind: string, { options: taken, faults: found }: Kind, options: EntryOptions): void {
  const { name, chart, version, secrets } = options;
  const given = (Object.keys(options) as (keyof EntryOptions)[]).filter((option) => {
    const value = options[option];
    return option !== "name" && value !== undefined && value.length !== 0;
  });
  const values = secrets.map((secret) => valueName(name, secret.split("=")[0] ?? ""));
  const faults = [
    ...given
      .filter((option) => !taken.includes(option))
      .map(
        (option) =>
          `--${flagOf(option)}: found ${option === "secrets" ? "one" : JSON.stringify(options[option])}; allowed: nothing, for a ${kind} takes only ${taken.map((one) => `--${flagOf(one)}`).join(", ")}.`,
      ),
    ...(chart === undefined && version !== undefined
      ? ["--version: it is a chart's, and there is no --chart."]
      : []),
    ...found(options).map((fault) => {
      const [path = "", ...rest] = fault.replace(/^The app [^:]*: /, "").split(": ");
      return `--${flagOf(path.replace(/\.\d+$/, ""))}: ${rest.join(": ")}`;
    }),
    ...secrets
      .filter((secret) => !SECRET_OPTION.test(secret))
      .map(
        (secret) =>
          // What stands behind the name may be a password.
          `--secret: found ${secret.replace(/=.*$/s, "=…")}; allowed: a name such as PASSWORD, or with a kind, such as KEY=hex; kinds: ${GENERATED_KINDS.join(", ")}.`,
      ),
    ...values
      .filter((value, index) => values.indexOf(value) !== index)
      .map((value) => `--secret: two of them would be the value ${value}: give one of them another name.`),
  ];
  if (faults.length > 0) throw new Refusal([...new Set(faults)].join("\n"));
}

async function createSystem(root: string, name: string): Promise<string> {
  const variable = identifier(name);
  const names = systemsIn(root);
  const same = names.find((other) => identifier(other) === variable && other !== name);
  if (name === "sandbox" || isReserved(variable) || same !== undefined) {
    const why =
      same !== undefined
        ? `${same} is ${variable} in stacks/index.ts, too`
        : name === "sandbox"
          ? "Pulumi.sandbox.yaml is the sandbox's"
          : "it is a word of TypeScript's";
    throw new Refusal(
      `The name of the system: found ${JSON.stringify(name)}, and ${why}: choose another name.`,
    );
  }
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

/** Words that no variable of a module can be called. */
function isReserved(word: string): boolean {
  const kind = ts.identifierToKeywordKind(ts.factory.createIdentifier(word));
  return word === "await" || (kind !== undefined && kind <= ts.SyntaxKind.LastFutureReservedWord);
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
