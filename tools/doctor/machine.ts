import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { isOlder } from "../text/version";
import type { Finding } from "./check";

interface Tool {
  readonly name: string;
  readonly args: readonly string[];
  /** The oldest that does. */
  readonly least?: string;
  readonly fix: string;
  /** Without it most works. */
  readonly optional?: boolean;
}

const GIT = "install git: https://git-scm.com/downloads";
const SSH = "install an OpenSSH client";

/** What `up` runs, and what its advice is given in. */
const TOOLS: readonly Tool[] = [
  { name: "git", args: ["--version"], least: "2.38", fix: GIT },
  { name: "ssh", args: ["-V"], fix: SSH },
  { name: "pulumi", args: ["version"], least: "3.200", fix: "https://www.pulumi.com/docs/install/" },
  {
    name: "kubectl",
    args: ["version", "--client"],
    optional: true,
    fix: "the commands that errors advise are for kubectl: https://kubernetes.io/docs/tasks/tools/",
  },
];

const SOPS: Tool = { name: "sops", args: ["--version"], fix: "install it: https://getsops.io" };

/** Tools and their versions. @param usesSops whether secrets are encrypted by it */
export async function toolFindings(
  usesSops: boolean,
  run: (name: string, args: readonly string[]) => Promise<string> = output,
): Promise<readonly Finding[]> {
  const found = await Promise.all(
    [...TOOLS, ...(usesSops ? [SOPS] : [])].map(async (tool) => findingOf(tool, await versionOf(tool, run))),
  );
  const well = found.filter(({ verdict }) => verdict === "ok").map(({ text }) => text);
  const node: Finding = { verdict: "ok", text: [`node ${process.versions.node}`, ...well].join(", ") };
  return [node, ...found.filter(({ verdict }) => verdict !== "ok")];
}

function findingOf({ name, least, fix, optional }: Tool, version: string | undefined): Finding {
  const bad = optional === true ? "warn" : "fail";
  if (version === undefined) return { verdict: bad, text: `${name} isn't on the PATH`, fix };
  if (least !== undefined && isOlder(version, least))
    return { verdict: bad, text: `${name} is ${version}; at least ${least} is needed`, fix };
  return { verdict: "ok", text: `${name} ${version}` };
}

async function versionOf(
  { name, args }: Tool,
  run: (name: string, args: readonly string[]) => Promise<string>,
): Promise<string | undefined> {
  try {
    return /\d+\.\d+(\.\d+)?/.exec(await run(name, args))?.[0] ?? "of an unknown version";
  } catch {
    return undefined;
  }
}

/** ssh tells its version on stderr. */
async function output(name: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(name, [...args], { timeout: 20_000 });
  return stdout + stderr;
}
