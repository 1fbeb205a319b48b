import { paths } from "./paths";
import { run } from "./run";
import { start } from "./start";
import { stop } from "./stop";

const help = `The sandbox: the whole system on this machine, without an account or a cluster.

  npm start                        start everything and run \`pulumi up\`
  npm start -- --json              the same, with one JSON document on stdout at the end
  npm start -- --no-up             start everything, without \`pulumi up\`
  npm stop                         end everything; the state stays for the next start
  npm run sandbox -- <command…>    run a command in the sandbox's environment
  npm run sandbox -- --env         print that environment for a shell: eval "$(npm run -s sandbox -- --env)"
  npm run sandbox -- destroy       run \`pulumi destroy\`
`;

async function main(): Promise<number> {
  const [verb, ...args] = process.argv.slice(2);
  if (verb === undefined || ["--help", "-h", "help"].includes(args[0] ?? verb)) {
    process.stdout.write(help);
    return 0;
  }
  process.env.SANDBOX_STATE = paths.state; // whole, for processes that run elsewhere
  switch (verb) {
    case "start": {
      const unknown = args.find((arg) => arg !== "--json" && arg !== "--no-up");
      if (unknown !== undefined) throw new Error(`Unknown option ${unknown}\n\n${help}`);
      return start({ json: args.includes("--json"), up: !args.includes("--no-up") });
    }
    case "stop":
      return stop();
    case "run":
      return run(args);
    default:
      throw new Error(`Unknown command ${verb}\n\n${help}`);
  }
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
