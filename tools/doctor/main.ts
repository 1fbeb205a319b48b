/** `npm run doctor`: whether everything is there that `up` needs, and what is wrong with a sick cluster. */
import { parseArgs } from "node:util";
import { UserError } from "../../provider/plugin/handler";
import { runCommand } from "../command-line";
import { secretTexts } from "../stack/plain";
import { paintFor } from "../text/mark";
import { patiently } from "../text/patience";
import { runChecks } from "./check";
import { CHECKS, ROWS } from "./checks";
import { patientOf } from "./patient";
import { reportOf, reportText, withoutSecrets } from "./text";

const USAGE = `Usage: npm run doctor -- [<stack>] [options]

Looks at the tools, the stack's settings, everything that they sign in to, Flux, the vault and credentials that expire;
then walks the rows of troubleshooting, from causes to what follows from them. Changes nothing: the right to push is
tried by a dry run.

  --json                one JSON document
  --config-file <file>  the stack's configuration, in place of Pulumi.<stack>.yaml
  --help

<stack> is left out for the selected one. Signs: ✔ well, ⚠ to be looked at, ✗ wrong, ‖ not looked at; → what to do.
Exit status: 0 nothing is wrong, 1 something is, 2 it can't be told.
`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: "boolean" }, "config-file": { type: "string" } },
  });
  if (positionals.length > 1) throw new UserError(`Only one stack can be given.\n\n${USAGE}`);
  const patient = patientOf({ stack: positionals[0], configFile: values["config-file"] });
  const pending = new Set<string>();
  const [checks, rows] = await patiently(
    Promise.all([runChecks(CHECKS, patient, pending), runChecks(ROWS, patient)]),
    () => `Still looking${pending.size === 0 ? "" : ` at ${[...pending].join(", ")}`}`,
  );
  const secrets = await patient.settings().then(
    async ({ settings }) => await secretTexts(settings),
    () => [],
  );
  const report = withoutSecrets(reportOf(checks, rows), secrets);
  process.stdout.write(
    values.json === true
      ? `${JSON.stringify(report, null, 2)}\n`
      : reportText(report, paintFor(process.stdout)),
  );
  return report.well ? 0 : 1;
}

runCommand(USAGE, main);
