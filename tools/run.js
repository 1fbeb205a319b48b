// Starts the project's commands. Plain JavaScript without packages, because it runs before they are installed.
"use strict";
const { spawn, spawnSync } = require("node:child_process");
const { existsSync, readFileSync, statSync, utimesSync } = require("node:fs");
const { availableParallelism } = require("node:os");
const { basename, join } = require("node:path");
const { pathToFileURL } = require("node:url");

const root = join(__dirname, "..");
const wantedNode = [20, 19];

function fail(message) {
  process.stderr.write(message + "\n");
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < wantedNode[0] || (major === wantedNode[0] && minor < wantedNode[1])) {
    fail(
      `Node ${wantedNode.join(".")} or newer is needed; this is ${process.versions.node} (https://nodejs.org).`,
    );
  }
}

/** Installs the packages when they are missing or older than package-lock.json. */
function installPackages() {
  const lock = join(root, "package-lock.json");
  const installed = join(root, "node_modules", ".package-lock.json"); // npm writes it last
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  const started = Date.now();
  process.stderr.write("Installing the npm packages (about a minute the first time)…\n");
  const timer = setInterval(() => {
    process.stderr.write(`  still installing, ${Math.round((Date.now() - started) / 1000)} s\n`);
  }, 15000);
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  return new Promise((done) => {
    const npm = spawn("npm", args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    // Ctrl-C reaches npm too: it is left to end, or the next start would meet it in node_modules.
    let interrupted = false;
    const interrupt = () => (interrupted = true);
    process.on("SIGINT", interrupt);
    let output = "";
    npm.stdout.on("data", (chunk) => (output += chunk));
    npm.stderr.on("data", (chunk) => (output += chunk));
    npm.on("error", () => fail("npm was not found on the PATH; it comes with Node (https://nodejs.org)."));
    npm.on("close", (code) => {
      clearInterval(timer);
      process.off("SIGINT", interrupt);
      if (interrupted) process.exit(130);
      if (code !== 0) {
        const offline = /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET|network/i.test(output);
        const hint = offline
          ? "The npm registry can't be reached. Check the network, HTTPS_PROXY and `npm config get registry`, then start again."
          : "npm ci failed.";
        const errors = output.split("\n").filter((line) => line.startsWith("npm error"));
        fail(`${errors.slice(0, 12).join("\n")}\n${hint}`);
      }
      const now = new Date();
      utimesSync(installed, now, now);
      process.stderr.write(`Installed the npm packages (${Math.round((Date.now() - started) / 1000)} s)\n`);
      done();
    });
  });
}

/** The commands that are programs of their own; each has `--help`. */
const programs = {
  sandbox: "tools/sandbox/main.ts",
  new: "tools/new/main.ts",
  comment: "tools/preview-comment/main.ts",
  deployments: "tools/deployments/main.ts",
  stacks: "tools/pipeline/main.ts",
  review: "tools/review/main.ts",
  status: "tools/status/main.ts",
  dashboard: "tools/dashboard/main.ts",
  doctor: "tools/doctor/main.ts",
  init: "tools/init/main.ts",
  import: "tools/import/main.ts",
  app: "tools/app/main.ts",
  settings: "stacks/settings/json-schema.ts",
  generate: "tools/generate/main.ts",
  bench: "bench/main.ts",
};

const bin = (name) => join(root, "node_modules", ".bin", name);

/** Runs a command in the checkout and ends with its exit status. Ctrl-C reaches it by the terminal. */
function hand(command, args, cwd = root) {
  const child = spawn(command, args, { cwd, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // The terminal sends Ctrl-C to both; a signal to this process alone is passed on.
    process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
  }
  child.on("error", (error) => fail(error.message));
  child.on("close", (code, signal) => process.exit(signal ? 1 : code));
}

/** The linters of the workflows, as check.yml has them; they are programs of other languages. */
function workflowLinters() {
  const workflow = readFileSync(join(root, ".github", "workflows", "check.yml"), "utf8");
  return [...workflow.matchAll(/- run: ((?:go|pipx) run .+)/g)].map(([, command]) => command.split(" "));
}

/** All checks, also after one has failed, so that one run shows everything. */
function check() {
  const checks = [
    ["tsc", "--noEmit"],
    ["tsc", "--noEmit", "-p", "tools/dashboard/browser"],
    [
      "depcruise",
      "--config",
      ".dependency-cruiser.cjs",
      "index.ts",
      "cache",
      "manifests",
      "components",
      "provider",
      "stacks",
      "tools",
      "bench",
    ],
    ["eslint", "."],
    ["prettier", "--check", "--log-level", "warn", "."],
    ["knip"],
    ["tsx", "tools/generate/main.ts", "--check"],
  ];
  const commands = [...checks.map(([name, ...args]) => [bin(name), ...args]), ...workflowLinters()];
  const failed = commands.filter((command) => {
    const [name, ...args] = command;
    const started = Date.now();
    const { status, error } = spawnSync(name, args, { cwd: root, stdio: "inherit" });
    const check = [basename(name), ...args].join(" ");
    if (error?.code === "ENOENT") {
      process.stderr.write(`-      ${check}: left out, there is no ${name} on this machine\n`);
      return false;
    }
    const ok = status === 0;
    process.stderr.write(
      `${ok ? "ok    " : "FAILED"} ${check} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`,
    );
    return !ok;
  });
  process.exit(failed.length === 0 ? 0 : 1);
}

async function main() {
  const [command, ...args] = process.argv.slice(2);
  const named = args.some((arg) => arg.endsWith(".test.ts"));
  checkNode();
  await installPackages();
  if (command in programs) {
    const tsx = pathToFileURL(require.resolve("tsx")).href;
    hand(process.execPath, ["--import", tsx, join(root, programs[command]), ...args], process.cwd());
  } else if (command === "test") {
    // Half of their time they wait for git and servers.
    const jobs = String(2 * availableParallelism());
    // Git's tests first: each process that a worker starts costs it a copy of its page tables, which are small still.
    const all = [
      "tests/git/*.test.ts",
      "tests/*.test.ts",
      "tests/!(git|engine)/**/*.test.ts",
      "--parallel",
      "--jobs",
      jobs,
    ];
    const files = named ? [] : all;
    hand(bin("mocha"), [...files, ...args]);
  } else if (command === "test:e2e" || command === "test:systems") {
    const files = named
      ? []
      : [command === "test:e2e" ? "tests/engine/*.test.ts" : "tests/engine/systems/*.test.ts"];
    hand(bin("mocha"), [
      "--no-config",
      "--require",
      "tsx/cjs",
      "--timeout",
      "900000",
      "--exit",
      ...files,
      ...args,
    ]);
  } else if (command === "check") {
    check();
  } else {
    fail(
      `Usage: node tools/run.js ${[...Object.keys(programs), "test", "test:e2e", "test:systems", "check"].join(" | ")}`,
    );
  }
}

void main();
