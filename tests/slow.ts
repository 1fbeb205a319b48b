import type { AsyncFunc, Context, Suite, Test } from "mocha";

/** Long tests, and all of what is tried at many places: in CI, and with `SLOW=1 npm test`. */
export const SLOW = process.env.SLOW !== undefined || process.env.CI !== undefined;

// Mocha's functions are asked for at each call: a worker keeps this module, and every test file has functions of its own.

/** `it`, of a long test. */
export const slow = (title: string, test: AsyncFunc | ((this: Context) => void)): Test =>
  (SLOW ? it : it.skip)(title, test);

/** `describe`, of long tests. */
export const slowly = (title: string, tests: (this: Suite) => void): unknown =>
  (SLOW ? describe : describe.skip)(title, tests);

/** All places at which the same is tried, or the first. */
export const someOf = <T>(all: readonly T[]): readonly T[] => (SLOW ? all : all.slice(0, 1));
