/** `npm run init`: a stack's file, from answers that are checked as they come. */
import { join } from "node:path";
import { runCommand } from "../command-line";
import { Stopped } from "./asker";
import { Given } from "./given";
import { init, optionsOf } from "./init";
import { terminal } from "./terminal";

const USAGE = `Usage: npm run init -- [options]

Makes a stack: asks for what the project can't know, looks after each part whether it holds (cluster, right to push, host
keys, zone and token, vault), writes Pulumi.<stack>.yaml with the sample's comments, and encrypts in it what is secret.
Nothing is changed at what it looks at, and nothing is written before all is answered.

  --system <name>            whose sample the file is made of: prod, apps, homelab, sites, …
  --stack <name>             name of the stack, as the Pulumi CLI takes it
  --<setting> <value>        answers a question: --flux-repository-url for fluxRepository.url. Lists by commas
  --<secret>-file <path>     the same for a secret or a key. Or in the environment, under the name that the sample has
  --host-key <fingerprint>   what the git host publishes of its SSH key, SHA256:…; several by commas
  --options                  with --system: all options of its questions
  --references               secrets of the environment stay there: the file names the variables, as CI needs it
  --secrets-provider <url>   of a new stack, as \`pulumi stack init\` takes it
  --offline                  answers are checked by their form only
  --overwrite                an existing Pulumi.<stack>.yaml is what is filled in, and is replaced
  --help

Without a terminal nothing is asked: all that is missing is told at once.
Exit status: 0 written, 1 stopped at a question, 2 something is missing or wrong.
`;

async function main(args: readonly string[]): Promise<number> {
  const given = new Given(args);
  if (given.has("options")) {
    process.stdout.write(optionsOf(given));
    return 0;
  }
  const asker = process.stdin.isTTY && process.stdout.isTTY ? await terminal() : undefined;
  try {
    process.stdout.write(await init(join(__dirname, "..", ".."), given, asker));
    return 0;
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    process.stderr.write("Stopped: nothing was written.\n");
    return 1;
  }
}

runCommand(USAGE, main);
