// `node --require`d before the Pulumi program (Pulumi.yaml, `nodeargs`): loads index.ts as a bundle.
"use strict";
const { load } = require("./bundle");
const { endWithParent } = require("./plugin/parent");

/**
 * Packages that Pulumi's SDK loads at start, half of its own loading time, for what most programs never do: the
 * TypeScript compiler and npm's dependency trees to serialize functions (dynamic providers, serverless functions), the
 * OpenTelemetry SDK to trace. Each is loaded when something of it is asked for. `true`: those that load it take a
 * module of ES for its names alone, so that asking whether it is one needn't load it.
 */
const DEFERRED = {
  typescript: false,
  "@npmcli/arborist": true,
  "@opentelemetry/resources": true,
  "@opentelemetry/sdk-trace-base": true,
  "@opentelemetry/sdk-trace-node": true,
  "@opentelemetry/exporter-zipkin": true,
  "@opentelemetry/instrumentation": true,
  "@opentelemetry/instrumentation-grpc": true,
};

// Pulumi's SDK would go on to report that a killed engine is gone, at full speed.
endWithParent();
deferPackages();

leaveOutSourceMapSupport();

require.extensions[".ts"] = (module, file) => {
  // The fallback of `load` puts its own handler in place of this one.
  module.exports = load(file, ["@pulumi/*"]);
};

/**
 * Pulumi's SDK has source-map-support read the maps of all files in a stack trace, and takes a trace of each resource:
 * a fifth of a second. Traces name our own sources without it (traces.js). Those of Pulumi's it names so that Node 20
 * never ends to print an error, which Pulumi does for each of a program
 * (https://github.com/pulumi/pulumi/issues/20567).
 */
function leaveOutSourceMapSupport() {
  const id = require.resolve("source-map-support/register", { paths: [require.resolve("@pulumi/pulumi")] });
  require.cache[id] ??= { id, filename: id, loaded: true, exports: {}, children: [], paths: [] };
}

function deferPackages() {
  const paths = [require.resolve("@pulumi/pulumi")];
  for (const [name, esModule] of Object.entries(DEFERRED)) {
    const id = resolved(name, paths);
    if (id !== undefined) require.cache[id] ??= deferred(id, esModule);
  }
}

/** Undefined when this version of the SDK does without it. */
function resolved(name, paths) {
  try {
    return require.resolve(name, { paths });
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    return undefined;
  }
}

function deferred(id, esModule) {
  const whole = () => {
    if (require.cache[id] === entry) delete require.cache[id];
    return require(id);
  };
  const exports = new Proxy(
    {},
    {
      get: (_, name) => (esModule && name === "__esModule" ? true : whole()[name]),
      has: (_, name) => name in whole(),
      ownKeys: () => Reflect.ownKeys(whole()),
      getOwnPropertyDescriptor: (_, name) => {
        const found = Reflect.getOwnPropertyDescriptor(whole(), name);
        return found && { ...found, configurable: true }; // as what the target doesn't have must be
      },
    },
  );
  const entry = { id, filename: id, loaded: true, exports, children: [], paths: [] };
  return entry;
}
