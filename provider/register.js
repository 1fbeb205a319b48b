// `node --require`d before the Pulumi program (Pulumi.yaml, `nodeargs`): loads index.ts as a bundle.
"use strict";
const { load } = require("./bundle");

require.extensions[".ts"] = (module, file) => {
  // The fallback of `load` puts its own handler in place of this one.
  module.exports = load(file, ["@pulumi/*"]);
};
