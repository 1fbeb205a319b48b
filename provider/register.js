// `node --require`d before the Pulumi program (Pulumi.yaml, `nodeargs`): loads index.ts as a bundle.
"use strict";
const { load } = require("./bundle");
const { endWithParent } = require("./plugin/parent");

// Pulumi's SDK would go on to report that a killed engine is gone, at full speed.
endWithParent();
deferTypeScript();

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

/**
 * Pulumi's SDK loads the TypeScript compiler at start, a third of its own loading time, to serialize functions, which
 * only dynamic providers and serverless functions need. Here it is loaded when something of it is asked for.
 */
function deferTypeScript() {
  const id = require.resolve("typescript", { paths: [require.resolve("@pulumi/pulumi")] });
  if (require.cache[id] !== undefined) return;
  const compiler = () => {
    if (require.cache[id] === deferred) delete require.cache[id];
    return require(id);
  };
  const exports = new Proxy({}, { get: (_, name) => compiler()[name], has: (_, name) => name in compiler() });
  const deferred = { id, filename: id, loaded: true, exports, children: [], paths: [] };
  require.cache[id] = deferred;
}
