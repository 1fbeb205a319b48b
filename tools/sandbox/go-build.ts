import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A command to build: one of the pinned sets under `go/`. `start` has all that every start builds, so that what they
 * share is compiled once; what is built at its first use has sets of its own, whose dependencies don't meet.
 */
export interface Build {
  readonly set: string;
  readonly package: string;
  readonly ldflags?: string;
  /** A go.mod to use in place of the set's. */
  readonly modFile?: string;
}

/** Tells one way of building from another: the pinned modules, sources of ours and the flags. */
export function recipe(build: Partial<Build> & Pick<Build, "set">): string {
  const folder = setFolder(build.set);
  const files = readdirSync(folder).filter((name) => name === "go.mod" || name.endsWith(".go"));
  const digest = createHash("sha256").update(JSON.stringify(build));
  for (const name of files.sort()) digest.update(readFileSync(join(folder, name)));
  return digest.digest("hex").slice(0, 16);
}

export const setFolder = (set: string): string => join(__dirname, "go", set);

export async function goBuild(build: Build, output: string): Promise<void> {
  const ldflags = ["-s -w", build.ldflags ?? ""].join(" ").trim();
  const modFile = build.modFile === undefined ? [] : [`-modfile=${build.modFile}`];
  await go(["build", ...modFile, "-ldflags", ldflags, "-o", output, build.package], setFolder(build.set));
}

/** Downloads the modules of a build; while another one compiles, the network is idle. */
export async function fetchModules(build: Build): Promise<void> {
  await go(["list", "-deps", "-f", "", build.package], setFolder(build.set));
}

/** Runs `go` and gives its stdout; a failure says what to do next. */
export function go(args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // The pinned go.mod and go.sum are taken as they are; a surrounding workspace or GOFLAGS must not change them.
    // The compiler spends a sixth of its time on collecting garbage, unless it may use more memory.
    const env = {
      ...{ GOGC: "400", GOMEMLIMIT: "2GiB", ...process.env },
      ...{ GOFLAGS: "-mod=readonly -buildvcs=false", GOWORK: "off" },
    };
    const child = spawn("go", args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.on("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "ENOENT" ? new Error(missingGo) : error);
    });
    running.add(child);
    child.on("close", (code) => {
      running.delete(child);
      if (code === 0) resolve(output);
      // With -json, what went wrong is part of the output.
      else reject(new Error(explain(args, errors.trim() === "" ? output : errors)));
    });
  });
}

const running = new Set<ReturnType<typeof spawn>>();

/** Ends builds that are under way with their compilers, so that nothing goes on after Ctrl-C. */
export function stopGo(): void {
  for (const { pid } of running) {
    try {
      if (pid !== undefined) process.kill(-pid, "SIGTERM");
    } catch {
      // it has just ended
    }
  }
}

const missingGo =
  "Go is needed to build what can't be downloaded here, and there is no `go` on the PATH.\n" +
  "Install it (https://go.dev/dl or your package manager; 1.21 or newer fetches the right version by itself).";

export function explain(args: readonly string[], errors: string): string {
  const lines = errors.trimEnd().split("\n");
  const told = lines.slice(-12).join("\n");
  if (/dial tcp|no such host|connection refused|i\/o timeout|TLS handshake|proxyconnect/.test(errors)) {
    return `The Go module proxy can't be reached (GOPROXY, HTTPS_PROXY). Check the network and start again.\n${told}`;
  }
  if (/no space left on device/.test(errors)) {
    return `The disk is full: building needs about 6 GB in the Go caches (\`go env GOCACHE GOMODCACHE\`).\n${told}`;
  }
  return `\`go ${args.filter((arg) => !arg.startsWith("-")).join(" ")}\` failed:\n${told}`;
}
