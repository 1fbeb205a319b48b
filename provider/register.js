// `node --require`d before the Pulumi program (Pulumi.yaml, `nodeargs`): loads index.ts as a bundle.
"use strict";
const { load } = require("./bundle");

require.extensions[".ts"] = (module, file) => {
  mendStackTraces();
  // The fallback of `load` puts its own handler in place of this one.
  module.exports = load(file, ["@pulumi/*"]);
};

/**
 * Pulumi prints every error of a program by util.inspect, which in Node 20 never ends at a file that lies directly in a
 * scope, and takes gigabytes (https://github.com/pulumi/pulumi/issues/20567). Pulumi's source maps name its own files
 * so: node_modules/@pulumi/resource.ts. Where they are is node_modules/@pulumi/pulumi/resource.ts.
 */
function mendStackTraces() {
  const { prepareStackTrace } = Error;
  if (prepareStackTrace === undefined) return;
  Error.prepareStackTrace = (error, frames) =>
    String(prepareStackTrace(error, frames)).replace(/(node_modules\/@pulumi\/)(?=[\w.-]+:)/g, "$1pulumi/");
}
