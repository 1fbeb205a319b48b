/** `npm run review`: the stack of a pull request. */
import { join } from "node:path";
import { UserError } from "../../provider/plugin/handler";
import { runCommand } from "../command-line";
import { pipelineStacks } from "../pipeline/stacks";
import { pulumi, runPulumi } from "../stack/pulumi";
import { writeStackFile } from "./stack-file";

const USAGE = `Usage: npm run review -- up|preview|destroy <number> [<template>…]

The stack of a pull request, by its number: \`up 7\` makes or updates pr-7 of the template Pulumi.pr.yaml, which names
the stack that it is a review of, its own cluster, and names with {number} in them (docs/review-stacks.md).

  up        writes Pulumi.pr-7.yaml from the template, makes the stack, and runs \`pulumi up\`
  preview   the same with \`pulumi preview --diff\`, which makes nothing but the stack's empty state
  destroy   runs \`pulumi destroy\`, which removes its branch of the repositories unless others committed to it, and
            removes the stack and its file. A pull request without a stack is no fault
  --help

Without a template: all files with handoff:review whose stack is run by the pipelines.
Exit status: that of Pulumi, 2 for what can't be done.
`;

const root = join(__dirname, "..", "..");
const OPERATIONS = ["up", "preview", "destroy"] as const;
type Operation = (typeof OPERATIONS)[number];

async function main(args: readonly string[]): Promise<number> {
  const [operation = "", number = "", ...named] = args;
  if (!isOperation(operation))
    throw new UserError(
      `${operation === "" ? "No operation" : operation}: ${OPERATIONS.join(", ")}\n\n${USAGE}`,
    );
  if (!/^[1-9][0-9]*$/.test(number))
    throw new UserError(
      `${number === "" ? "No number" : `"${number}" is no number`} of a pull request\n\n${USAGE}`,
    );
  const templates = templatesOf(named);
  let status = 0;
  for (const template of templates) {
    const stack = `${template}-${number}`;
    status = Math.max(status, await (operation === "destroy" ? destroy : run)(operation, template, stack));
  }
  return status;
}

const isOperation = (text: string): text is Operation => OPERATIONS.some((one) => one === text);

function templatesOf(named: readonly string[]): readonly string[] {
  const { reviews } = pipelineStacks(root, process.env.STACKS);
  const found = reviews.map(({ name }) => name);
  const missing = named.filter((name) => !found.includes(name));
  if (missing.length > 0 || found.length === 0)
    throw new UserError(
      `${missing.length > 0 ? `${missing.map((name) => `Pulumi.${name}.yaml`).join(", ")} is` : "There is"} no template of review stacks` +
        `${found.length > 0 ? `; there are: ${found.join(", ")}` : ""}\n` +
        "→ docs/review-stacks.md has one: a file with handoff:review, of a stack that isn't a sample any more.",
    );
  return named.length > 0 ? named : found;
}

async function run(operation: Operation, template: string, stack: string): Promise<number> {
  writeStackFile(root, template, stack);
  if (!(await exists(stack))) await pulumi(["stack", "init", stack, "--no-select"]);
  const how = operation === "up" ? ["--yes", "--skip-preview"] : ["--diff"];
  return await runPulumi([operation, "--stack", stack, ...how]);
}

async function destroy(_: Operation, template: string, stack: string): Promise<number> {
  if (!(await exists(stack))) {
    process.stdout.write(`There is no stack ${stack}.\n`);
    return 0;
  }
  writeStackFile(root, template, stack);
  const status = await runPulumi(["destroy", "--stack", stack, "--yes", "--skip-preview"]);
  // What couldn't be destroyed is in its state.
  return status === 0 ? await runPulumi(["stack", "rm", stack, "--yes"]) : status;
}

async function exists(stack: string): Promise<boolean> {
  const stacks = JSON.parse(await pulumi(["stack", "ls", "--json"])) as { readonly name: string }[];
  return stacks.some(({ name }) => name.split("/").at(-1) === stack);
}

runCommand(USAGE, main);
