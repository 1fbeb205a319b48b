// Packages and modules that are loaded when something of them is asked for.
"use strict";
const { dirname } = require("node:path");

/**
 * @param packages name, or path beginning with `./` → whether those who load it are told that it is a module of ES, which
 *   they ask before they ask for anything of it
 * @param from file that loads them; what isn't installed for it is left out
 */
function defer(packages, from) {
  for (const [name, esModule] of Object.entries(packages)) {
    const id = resolved(name, from);
    if (id !== undefined) require.cache[id] ??= deferred(id, esModule);
  }
}

function resolved(name, from) {
  try {
    return require.resolve(name, { paths: [dirname(from)] });
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
  // What is exported may be a function.
  const exports = new Proxy(() => undefined, {
    apply: (_, self, args) => Reflect.apply(whole(), self, args),
    get: (_, name) => (name === "__esModule" ? esModule : whole()[name]),
    has: (_, name) => name in whole(),
    ownKeys: () => Reflect.ownKeys(whole()),
    getOwnPropertyDescriptor: (_, name) => {
      const found = Reflect.getOwnPropertyDescriptor(whole(), name);
      return found && { ...found, configurable: true }; // as what the target doesn't have must be
    },
  });
  const entry = { id, filename: id, loaded: true, exports, children: [], paths: [] };
  return entry;
}

module.exports = { defer };
