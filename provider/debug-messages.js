// What Pulumi's SDK tells the engine for debugging.
"use strict";

/** Where values begin in a message: what is sent, and what comes back, with all that is secret in it as it is. */
const VALUES = /(, obj=|, outputs=|\bresp: )[^]*/;

/**
 * Leaves values out of debug messages. The engine masks what it calls secret everywhere else, but writes these as they are:
 * to the terminal and a pipeline's log with `--debug`, and into the file of `--event-log` in any case.
 * @param log the SDK's module `log`
 */
function leaveValuesOut(log) {
  const { debug } = log;
  log.debug = (message, ...more) =>
    debug(message.replace(VALUES, "$1(left out: there may be secrets in it)"), ...more);
}

module.exports = { leaveValuesOut };
