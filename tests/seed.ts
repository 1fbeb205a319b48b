/**
 * In CI properties try the same inputs in each run, so that only a change can fail it; elsewhere always new ones, and
 * fewer of them where a test doesn't say how many. Loaded before mocha's own functions are there.
 */
import fc from "fast-check";

const { CI, SLOW } = process.env;
fc.configureGlobal({
  ...(CI !== undefined && { seed: 20261128 }),
  ...(CI === undefined && SLOW === undefined && { numRuns: 25 }),
});
