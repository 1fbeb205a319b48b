import fc from "fast-check";
import { SLOW } from "./slow";

/**
 * In CI properties try the same inputs in each run, so that only a change can fail it; elsewhere always new ones, and
 * fewer of them where a test doesn't say how many.
 */
fc.configureGlobal({
  ...(process.env.CI !== undefined && { seed: 20261128 }),
  ...(!SLOW && { numRuns: 25 }),
});
