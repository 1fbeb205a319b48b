// Packages that are loaded when something of them is asked for.
"use strict";

/**
 * @param packages name → whether those who load it take a module of ES for its names alone, so that asking whether it
 *   is one needn't load it
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
    return require.resolve(name, { paths: [from] });
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

module.exports = { defer };
