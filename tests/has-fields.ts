import { strict as assert } from "node:assert";

/** All fields of `expected` are there with these values; more may be. Lists have as many entries. */
export function assertHas(actual: unknown, expected: unknown): void {
  assert.deepEqual(likewise(actual, expected), expected);
}

/** The part of `actual` that `expected` speaks of. */
function likewise(actual: unknown, expected: unknown): unknown {
  if (Array.isArray(actual) && Array.isArray(expected)) {
    return actual.map((entry, index) => (index < expected.length ? likewise(entry, expected[index]) : entry));
  }
  if (!isMapping(actual) || !isMapping(expected) || Array.isArray(actual) || Array.isArray(expected)) {
    return actual;
  }
  const keys = Object.keys(expected).filter((key) => key in actual);
  return Object.fromEntries(keys.map((key) => [key, likewise(actual[key], expected[key])]));
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
