// `node --require`d before the Pulumi program (Pulumi.yaml, `nodeargs`): loads index.ts as a bundle.
"use strict";
const { load } = require("./bundle");
const { leaveValuesOut } = require("./debug-messages");
const { endWithParent } = require("./plugin/parent");

// Pulumi's SDK would go on to report that a killed engine is gone, at full speed.
endWithParent();
require("./defer-sdk");

leaveOutDebugger();
leaveOutSourceMapSupport();

require.extensions[".ts"] = (module, file) => {
  // Pulumi loads its SDK before the program, of which it said nothing yet.
  const log = require.cache[require.resolve("@pulumi/pulumi/log")];
  if (log !== undefined) leaveValuesOut(log.exports);
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
 * Pulumi's SDK connects to V8's debugger before it runs a program, so that errors about functions that can't be
 * serialized name their files: a tenth of the program's time. It connects itself when a function is serialized.
 */
function leaveOutDebugger() {
  require("@pulumi/pulumi/runtime/closure/v8Hooks").isInitializedAsync = () => Promise.resolve();
}
