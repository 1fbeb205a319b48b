/** Long tests, and all of what is tried at many places: in CI, and with `SLOW=1 npm test`. */
export const SLOW = process.env.SLOW !== undefined || process.env.CI !== undefined;

/** `it`, of a long test. */
export const slow = SLOW ? it : it.skip;
/** `describe`, of long tests. */
export const slowly = SLOW ? describe : describe.skip;
