/** `npm run deployments`: Pulumi Deployments of stacks, as files say it. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "../../provider/plugin/handler";
import { runCommand } from "../command-line";
import { modulesOf } from "../pipeline/inputs";
import { changes, variables } from "./changes";
import { editSettings, getSettings, setSecrets } from "./cloud";
import { pathFilters } from "./paths";
import { report } from "./report";
import { type DeploymentSettings, readFolder } from "./settings";

const USAGE = `Usage: npm run deployments -- [<stack>…] [--apply]

Compares .github/deployments/<stack>.yaml with how Pulumi Deployments runs the stack, and shows what differs.

  --apply           sets it, by \`pulumi deployment settings edit\`. Secrets go to Pulumi Cloud's API, from the
                    environment, since the CLI takes them as arguments only. What is set and isn't in the file stays.
  --from <folder>   folder of the files, in place of .github/deployments
  --help

Without a stack: all that have a file. It takes a sign-in to Pulumi Cloud (\`pulumi login\`, or PULUMI_ACCESS_TOKEN).
Exit status: 0 as the files say, 1 something differs, 2 it can't be told.
`;

const root = join(__dirname, "..", "..");
const FOLDER = join(root, ".github", "deployments");

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { apply: { type: "boolean" }, from: { type: "string", default: FOLDER } },
  });
  const wanted = readFolder(values.from, positionals);
  let status = 0;
  for (const settings of wanted) {
    status = Math.max(status, await settle(settings, values.apply === true));
  }
  return status;
}

async function settle(file: DeploymentSettings, apply: boolean): Promise<number> {
  const name = file.stack.split("/").at(-1) ?? "";
  const paths = file.paths ?? pathFilters(name, await modulesOf(root), file.folder);
  const wanted = { ...file, paths: [...paths] };
  const current = await getSettings(file.stack);
  const changed = changes(wanted, current);
  const vars = variables(wanted, current, process.env);
  process.stdout.write(report(file.stack, changed, vars, apply));
  if (vars.missing.length > 0)
    throw new UserError(
      `${file.stack} has no value of ${vars.missing.join(", ")}\n→ Put each into the environment, then run this with --apply.`,
    );
  if (!apply) return changed.length > 0 ? 1 : 0;
  const environment = Object.entries(vars.plain).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
  const flags = [...changed.flatMap((change) => change.flags), ...environment];
  if (flags.length > 0) await editSettings(file.stack, flags);
  if (Object.keys(vars.secret).length > 0) await setSecrets(file.stack, vars.secret);
  const left = changes(wanted, await getSettings(file.stack));
  if (left.length > 0)
    throw new UserError(
      `Pulumi Cloud didn't take ${left.map((change) => change.name).join(", ")} of ${file.stack}`,
    );
  process.stdout.write(`  set\n`);
  return 0;
}

runCommand(USAGE, main);
