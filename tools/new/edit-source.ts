import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import ts from "typescript";

/** What a file can't be given, worded for the user. */
export class Refusal extends Error {}

/** An exported name and the module that has it, as `stacks/` imports it. */
export interface Import {
  readonly name: string;
  readonly from: string;
}

export function parse(text: string): ts.SourceFile {
  return ts.createSourceFile("source.ts", text, ts.ScriptTarget.Latest, true);
}

/** All nodes of a file, outer ones first. */
export function nodesOf(node: ts.Node): ts.Node[] {
  const nodes: ts.Node[] = [node];
  ts.forEachChild(node, (child) => {
    nodes.push(...nodesOf(child));
  });
  return nodes;
}

/**
 * Puts an entry at the end of the list that is for such: the one with the comment `npm run new -- <kind>`, else the one
 * with calls of these functions.
 * @throws Refusal where the file has none
 */
export function addEntry(text: string, kind: string, functions: readonly string[], entry: string): string {
  const source = parse(text);
  const lists = nodesOf(source).filter((node) => ts.isArrayLiteralExpression(node));
  const mark = `// npm run new -- ${kind}`;
  const marked = lists.filter((list) => list.getText(source).includes(mark)).at(-1);
  if (marked !== undefined) {
    const at = text.indexOf(mark, marked.getStart(source));
    return `${text.slice(0, at)}${entry},\n${text.slice(at)}`;
  }
  const list = lists.find((one) => one.elements.some((element) => isCallOf(element, functions)));
  if (list === undefined) {
    throw new Refusal(
      `it has no list for ${kind} entries.\n→ Put the comment ${mark} <name> at the end of the array that the entry shall be in.`,
    );
  }
  const end = list.elements.at(-1)?.getEnd() ?? list.getStart(source) + 1;
  return `${text.slice(0, end)},\n${entry}${text.slice(end)}`;
}

export function hasPlace(text: string, kind: string, functions: readonly string[]): boolean {
  try {
    addEntry(text, kind, functions, "");
    return true;
  } catch {
    return false;
  }
}

function isCallOf(node: ts.Node, functions: readonly string[]): boolean {
  return ts.isCallExpression(node) && functions.includes(node.expression.getText());
}

/** Values of `name:` among the arguments of calls. */
export function namesIn(text: string): string[] {
  const source = parse(text);
  return nodesOf(source).flatMap((node) =>
    ts.isPropertyAssignment(node) &&
    node.name.getText(source) === "name" &&
    ts.isStringLiteral(node.initializer)
      ? [node.initializer.text]
      : [],
  );
}

/**
 * Imports what isn't yet: into the import of the same module, else by a line behind the last one that sorts before it.
 * @throws Refusal where the file means something else by the name
 */
export function addImport(text: string, { name, from }: Import): string {
  const source = parse(text);
  const taken = nodesOf(source).some(
    (node) => (ts.isBindingElement(node) || ts.isVariableDeclaration(node)) && node.name.getText() === name,
  );
  if (taken) {
    throw new Refusal(
      `it has a variable ${name}, which the entry needs as the function of ${from}: rename it.`,
    );
  }
  const imports = source.statements.filter((node) => ts.isImportDeclaration(node));
  const moduleOf = (node: ts.ImportDeclaration): string => (node.moduleSpecifier as ts.StringLiteral).text;
  const same = imports.find(
    (node) => moduleOf(node) === from && node.importClause?.phaseModifier === undefined,
  );
  const bindings = same?.importClause?.namedBindings;
  if (bindings !== undefined && ts.isNamedImports(bindings)) {
    if (bindings.elements.some((element) => element.name.text === name)) return text;
    const end = bindings.elements.at(-1)?.getEnd() ?? bindings.getStart(source) + 1;
    return `${text.slice(0, end)}, ${name}${text.slice(end)}`;
  }
  const line = `import { ${name} } from ${JSON.stringify(from)};\n`;
  const before = imports.filter((node) => isFirst(moduleOf(node), from)).at(-1);
  const at = before === undefined ? (imports[0]?.getStart(source) ?? 0) : before.getEnd() + 1;
  return `${text.slice(0, at)}${line}${text.slice(at)}`;
}

/** Modules above come before those beside. */
function isFirst(module: string, other: string): boolean {
  const depth = (path: string): number => (path.startsWith("../") ? 0 : 1);
  return depth(module) === depth(other) ? module < other : depth(module) < depth(other);
}

/** In the project's style. */
export async function formatted(root: string, path: string, text: string): Promise<string> {
  const config = await resolveConfig(join(root, path));
  return await format(text, { ...config, filepath: path });
}
