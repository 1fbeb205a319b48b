// Stack traces of a bundle name the lines of its sources.
"use strict";
const { readFileSync } = require("node:fs");

/**
 * Has every stack trace of this process name sources in place of the bundle. The map is read at the first one: Pulumi's
 * SDK takes a trace of each resource, to tell the engine where the program makes it.
 */
function nameSources(bundle) {
  const position = new RegExp(`${bundle.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}:(\\d+):(\\d+)`, "g");
  let map;
  const source = (found, line, column) => {
    const { TraceMap, originalPositionFor } = require("@jridgewell/trace-mapping");
    map ??= new TraceMap(readFileSync(`${bundle}.map`, "utf8"));
    const origin = originalPositionFor(map, { line: Number(line), column: Number(column) - 1 });
    return origin.source === null ? found : `${origin.source}:${origin.line}:${origin.column + 1}`;
  };
  Error.prepareStackTrace = (error, frames) =>
    [String(error), ...frames.map((frame) => `    at ${frame}`)].join("\n").replaceAll(position, source);
}

module.exports = { nameSources };
