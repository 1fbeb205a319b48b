// `node --require`d before the Pulumi program (Pulumi.yaml, `nodeargs`): loads index.ts as a bundle.
"use strict";
const { load } = require("./bundle");
const { endWithParent } = require("./plugin/parent");

// Pulumi's SDK would go on to report that a killed engine is gone, at full speed.
endWithParent();
deferTypeScript();

mendStackTraces();

require.extensions[".ts"] = (module, file) => {
  // The fallback of `load` puts its own handler in place of this one.
  module.exports = load(file, ["@pulumi/*"]);
};

/**
 * Pulumi prints every error of a program by util.inspect, which in Node 20 never ends at a file that lies directly in a
 * scope, and takes gigabytes (https://github.com/pulumi/pulumi/issues/20567). Pulumi's source maps name its own files
 * so: node_modules/@pulumi/resource.ts. Where they are is node_modules/@pulumi/pulumi/resource.ts. Its stack traces are
 * made by source-map-support, which is loaded after this file.
 */
function mendStackTraces() {
  const mended = new WeakSet();
  const mend = (prepare) => {
    if (typeof prepare !== "function" || mended.has(prepare)) return prepare;
    const mending = (error, frames) => {
      const trace = prepare(error, frames);
      // Some ask for the frames themselves, for a moment.
      if (typeof trace !== "string") return trace;
      return trace.replace(/(node_modules\/@pulumi\/)(?=[\w.-]+:)/g, "$1pulumi/");
    };
    mended.add(mending);
    return mending;
  };
  let prepare = mend(Error.prepareStackTrace);
  Object.defineProperty(Error, "prepareStackTrace", {
    configurable: true,
    get: () => prepare,
    set: (next) => {
      prepare = mend(next);
    },
  });
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
