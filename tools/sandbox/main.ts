import { forAll } from "./all";
import { paths } from "./paths";
import { run } from "./run";
import { start } from "./start";
import { stop } from "./stop";
import { sandboxSystems } from "./systems";

const names = Object.keys(sandboxSystems);

const help = `The sandbox: a whole system on this machine, without an account or a cluster.
Systems, each with a control plane and a state of its own: ${names.join(", ")}.

  npm start                        start everything of prod and run \`pulumi up\`
  npm start -- <system>            the same for another system
  npm start -- --all               all systems side by side
  npm start -- --json              with one JSON document on stdout at the end
  npm start -- --no-up             start everything, without \`pulumi up\`
  npm stop                         end everything; the state stays for the next start
  npm stop -- <system>|--all
  npm run sandbox -- [<system>] <command…>   run a command in the sandbox's environment
  npm run sandbox -- [<system>] status|dashboard|doctor|app|comment …   the commands of those names, for the
                                             sandbox's stack
  npm run sandbox -- [<system>] --env        print that environment for a shell: eval "$(npm run -s sandbox -- --env)"
  npm run sandbox -- [<system>] destroy      run \`pulumi destroy\`
`;

async function main(): Promise<number> {
  const [verb, ...args] = process.argv.slice(2);
  if (verb === undefined || ["--help", "-h", "help"].includes(args[0] ?? verb)) {
    process.stdout.write(help);
    return 0;
  }
  if (args.includes("--all") && verb !== "run") {
    const options = args.filter((arg) => arg !== "--all");
    return forAll(names, [...process.execArgv, __filename], [verb, ...options]);
  }
  const rest = chooseSystem(args);
  process.env.SANDBOX_STATE = paths.state; // whole, for processes that run elsewhere
  switch (verb) {
    case "start": {
      const unknown = rest.find((arg) => arg !== "--json" && arg !== "--no-up");
      if (unknown !== undefined) throw new Error(`Unknown option or system ${unknown}\n\n${help}`);
      return start({ json: rest.includes("--json"), up: !rest.includes("--no-up") });
    }
    case "stop":
      return stop();
    case "run":
      return run(rest);
    default:
      throw new Error(`Unknown command ${verb}\n\n${help}`);
  }
}

/** The first argument may name the system; what is left of them. */
function chooseSystem(args: readonly string[]): readonly string[] {
  const [name, ...rest] = args[0] === "--" ? args.slice(1) : args;
  if (name === undefined || !names.includes(name)) return args;
  process.env.SANDBOX_SYSTEM = name;
  return rest;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
