/** `npm run import`: a stack, and where there is none a system, of a repository that Flux reads already. */
import { join } from "node:path";
import { runCommand } from "../command-line";
import { Stopped } from "../init/asker";
import { terminal } from "../init/terminal";
import { importRepository } from "./import";
import { optionsOf } from "./options";

const USAGE = `Usage: npm run import -- <flux repository> [options]

Reads a repository that \`flux bootstrap\` has written to: the folder of a clone, as it is committed, or an address, which
git reads with your own credentials. Says what is in it, in the order in which Flux starts it, and what of it can be taken
over. Then it makes a stack, and a system of that name where there is none, by which the first \`pulumi up\` finds
everything as it is. The repository isn't changed.

A Kustomization becomes an app of the system when one of the project's layouts writes it as it is, byte for byte. The others
stay as they are, in files of others that Flux goes on applying; what would be written otherwise is shown.

  --look                     only says what it finds
  --cluster <folder>         which one, in a repository of several clusters
  --branch <name>            another branch than the one that is checked out, or that the address's host names
  --stack <name>             name of the stack. Default: the last part of the cluster's folder
  --system <name>            system of the stack: one of stacks/, or a new one. Default: as the stack
  --help

What else the stack needs is asked, or given by the options of \`npm run init\` (npm run init -- --help).
Exit status: 0 written, 1 stopped at a question, 2 something is missing, or can't be taken over.
`;

async function main(args: readonly string[]): Promise<number> {
  const asker = process.stdin.isTTY && process.stdout.isTTY ? await terminal() : undefined;
  const tell = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  try {
    process.stdout.write(await importRepository(join(__dirname, "..", ".."), optionsOf(args), tell, asker));
    return 0;
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    process.stderr.write("Stopped: nothing was written.\n");
    return 1;
  }
}

runCommand(USAGE, main);
