// `require`d before Pulumi's SDK, by the program's loader and by the tests.
"use strict";
const { defer } = require("./defer");

/**
 * What Pulumi's SDK loads at start, half of its own loading time, for what most programs never do: the TypeScript
 * compiler and npm's dependency trees to serialize functions (dynamic providers, serverless functions), the OpenTelemetry
 * SDK to trace, the Automation API, providers written in it, and package manifests in YAML. Each is loaded when something
 * of it is asked for. `true`: those that load it take it whole, as a module of ES.
 */
const DEFERRED = {
  typescript: false,
  fdir: false,
  "normalize-package-data": false,
  "js-yaml": true,
  "@npmcli/arborist": true,
  "@opentelemetry/resources": true,
  "@opentelemetry/sdk-trace-base": true,
  "@opentelemetry/sdk-trace-node": true,
  "@opentelemetry/exporter-zipkin": true,
  "@opentelemetry/instrumentation": true,
  "@opentelemetry/instrumentation-grpc": true,
  "./automation/index.js": true,
  "./provider/index.js": true,
};

defer(DEFERRED, require.resolve("@pulumi/pulumi"));
