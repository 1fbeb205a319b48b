/** Long tests, and all of what is tried at many places: in CI, and with `SLOW=1 npm test`. */
export const SLOW = process.env.SLOW !== undefined || process.env.CI !== undefined;
