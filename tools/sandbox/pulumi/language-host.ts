/**
 * A stand-in for `pulumi-language-nodejs`: starts a Node.js program for the Pulumi engine. It covers what
 * `preview`, `up`, `refresh` and `destroy` ask of a language host; code generation, policy packs and plugins
 * written in TypeScript source are left to the real one.
 */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { endWithParent } from "../../../provider/plugin/parent";

/** How a program says that it failed and already told the user why (@pulumi/pulumi, cmd/run). */
const EXIT_TOLD = 32;

/** `runtime.options` of Pulumi.yaml. */
export interface RuntimeOptions {
  readonly typescript: boolean;
  readonly nodeargs: readonly string[];
  readonly tsconfig?: string;
}

/** Reads `runtime.options`; `packagemanager` is accepted, since it only matters to `pulumi install`. */
export function parseOptions(options: Readonly<Record<string, unknown>>): RuntimeOptions {
  const { typescript = true, nodeargs = "", tsconfig, packagemanager, ...unknown } = options;
  if (typeof typescript !== "boolean") throw new Error("runtime option 'typescript' must be true or false");
  if (typeof nodeargs !== "string") throw new Error("runtime option 'nodeargs' must be a string");
  if (tsconfig !== undefined && typeof tsconfig !== "string") {
    throw new Error("runtime option 'tsconfig' must be a path");
  }
  if (packagemanager !== undefined && typeof packagemanager !== "string") {
    throw new Error("runtime option 'packagemanager' must be a name");
  }
  const surplus = Object.keys(unknown);
  if (surplus.length > 0) {
    throw new Error(
      `this language host doesn't know the runtime option ${surplus.map((name) => `'${name}'`).join(", ")}; ` +
        "it knows typescript, nodeargs, tsconfig and packagemanager",
    );
  }
  return { typescript, nodeargs: splitArguments(nodeargs), tsconfig };
}

/** Splits a command line as a shell does, with single and double quotes but without expansions. */
export function splitArguments(line: string): string[] {
  const words = line.match(/(?:[^\s"']+|"(?:[^"\\]|\\.)*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replace(
      /"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
      (_, double: string | undefined, single: string | undefined) =>
        double === undefined ? (single ?? "") : double.replace(/\\(.)/g, "$1"),
    ),
  );
}

export interface Command {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The command line (after `node`) and the environment that run a program. `run` is @pulumi/pulumi's cmd/run. */
export function programCommand(request: rpc.RunRequest, engine: string, run: string): Command {
  const info = request.getInfo();
  const options = parseOptions(info?.getOptions()?.toJavaScript() ?? {});
  const flags: Readonly<Record<string, string>> = {
    monitor: request.getMonitorAddress(),
    engine,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": info?.getRootDirectory() ?? "",
    stack: request.getStack(),
    pwd: request.getPwd(),
    parallel: String(request.getParallel()),
  };
  const args = [...options.nodeargs, run];
  for (const [name, value] of Object.entries(flags)) if (value !== "") args.push(`--${name}`, value);
  if (request.getDryrun()) args.push("--dry-run");
  const entryPoint = info?.getEntryPoint() ?? "";
  args.push(entryPoint === "" ? "." : entryPoint, ...request.getArgsList());
  return {
    args,
    env: {
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      PULUMI_NODEJS_TYPESCRIPT: String(options.typescript),
      ...(options.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
    },
  };
}

/** Runs the program to its end; what it prints goes straight to the engine. */
async function run(request: rpc.RunRequest, engine: string): Promise<rpc.RunResponse> {
  const response = new rpc.RunResponse();
  const program = createRequire(path.join(request.getPwd(), "package.json"));
  const { args, env } = programCommand(request, engine, program.resolve("@pulumi/pulumi/cmd/run"));
  const child = spawn(process.execPath, args, {
    cwd: request.getPwd(),
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const exit = await new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      resolve(code ?? signal ?? "SIGKILL");
    });
  });
  if (exit === EXIT_TOLD) response.setBail(true);
  else if (typeof exit === "string") response.setError(`Program ended by signal ${exit}`);
  else if (exit !== 0) response.setError(`Program exited with non-zero exit code: ${exit}`);
  return response;
}

function about(): rpc.AboutResponse {
  const response = new rpc.AboutResponse();
  response.setExecutable(process.execPath);
  response.setVersion(process.version);
  return response;
}

/** The direct dependencies that package.json names, with the versions that are installed. */
function dependencies(request: rpc.GetProgramDependenciesRequest): rpc.GetProgramDependenciesResponse {
  const manifest = path.join(request.getInfo()?.getProgramDirectory() ?? process.cwd(), "package.json");
  const parse = (file: string): { dependencies?: Record<string, string>; version?: string } =>
    JSON.parse(fs.readFileSync(file, "utf8")) as { dependencies?: Record<string, string>; version?: string };
  const response = new rpc.GetProgramDependenciesResponse();
  if (!fs.existsSync(manifest)) return response;
  for (const [name, range] of Object.entries(parse(manifest).dependencies ?? {})) {
    const installed = path.join(path.dirname(manifest), "node_modules", name, "package.json");
    const dependency = new rpc.DependencyInfo();
    dependency.setName(name);
    dependency.setVersion(fs.existsSync(installed) ? (parse(installed).version ?? range) : range);
    response.addDependencies(dependency);
  }
  return response;
}

/** Serves `pulumirpc.LanguageRuntime` on a free loopback port and prints the port, as the engine expects. */
export async function main(argv = process.argv.slice(2)): Promise<void> {
  let engine = argv.find((argument) => !argument.startsWith("-")) ?? "";
  const methods: Record<string, (request: never) => unknown> = {
    handshake(request: rpc.LanguageHandshakeRequest) {
      engine = request.getEngineAddress() || engine;
      return new rpc.LanguageHandshakeResponse();
    },
    getPluginInfo: () => new PluginInfo(),
    // None: the plugins are installed beforehand, and the engine starts those that the program asks for.
    getRequiredPackages: () => new rpc.GetRequiredPackagesResponse(),
    getRequiredPlugins: () => new rpc.GetRequiredPluginsResponse(),
    run: (request: rpc.RunRequest) => run(request, engine),
    about,
    getProgramDependencies: dependencies,
    cancel: () => new Empty(),
  };
  const unary =
    (method: (request: never) => unknown): grpc.handleUnaryCall<never, unknown> =>
    (call, callback) => {
      Promise.resolve()
        .then(() => method(call.request))
        .then(
          (response) => {
            callback(null, response);
          },
          (error: unknown) => {
            const details = error instanceof Error ? error.message : String(error);
            callback({ code: grpc.status.UNKNOWN, details });
          },
        );
    };
  const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
  const server = new grpc.Server(unlimited);
  const implementation = Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [name, unary(method)]),
  ) as grpc.UntypedServiceImplementation;
  server.addService(LanguageRuntimeService, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  endWithParent();
  process.stdout.write(`${String(port)}\n`);
}

if (require.main === module) void main();
