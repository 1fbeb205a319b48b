import { UserError } from "../../provider/plugin/handler";
import { isSwitch } from "../init/given";
import type { ImportOptions } from "./import";

/**
 * The repository may stand before the options or behind them.
 * @throws UserError where there is none, or an option lacks its value
 */
export function optionsOf(given: readonly string[]): ImportOptions {
  const own: Record<string, string> = {};
  const args: string[] = [];
  const rest = [...given];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name = "", value] = /^--([a-z0-9-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === "look") own.look = "true";
    else if (name === "cluster" || name === "branch") {
      const text = value ?? rest.shift();
      if (text === undefined) throw new UserError(`--${name} needs a value`);
      own[name] = text;
    } else if (name !== "")
      args.push(arg, ...(value === undefined && !isSwitch(name) ? rest.splice(0, 1) : []));
    else if (own.place === undefined && arg !== "" && !arg.startsWith("-")) own.place = arg;
    else args.push(arg);
  }
  const { place, look, branch, cluster } = own;
  if (place === undefined)
    throw new UserError(`say which repository: a folder or an address\n→ npm run import -- --help`);
  if (look !== undefined && args.length > 0)
    throw new UserError(
      `--look takes --cluster and --branch alone: nothing is written\n→ npm run import -- --help`,
    );
  return { place, args, look: look === "true", branch, cluster };
}
