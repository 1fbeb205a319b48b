/** What tests of the whole compare with. */
import { strict as assert } from "node:assert";

/**
 * Asserts that `live` has every field of `expected`, whatever else the API server filled in. Lists have exactly the
 * expected entries, in that order.
 */
export function assertHas(live: unknown, expected: unknown, at = ""): void {
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(live), `${at}: ${JSON.stringify(live)} is no list`);
    assert.equal(live.length, expected.length, `${at}: ${JSON.stringify(live)}`);
    expected.forEach((entry, index) => {
      assertHas(live[index], entry, `${at}[${index}]`);
    });
  } else if (typeof expected === "object" && expected !== null) {
    assert.ok(typeof live === "object" && live !== null, `${at}: ${JSON.stringify(live)} is no map`);
    for (const [key, value] of Object.entries(expected)) {
      assertHas((live as Record<string, unknown>)[key], value, `${at}.${key}`);
    }
  } else assert.deepEqual(live, expected, at);
}

/** The lines that `after` has more than `before`; fails when one of `before` was changed, moved or removed. */
export function addedLines(before: string, after: string): readonly string[] {
  const added: string[] = [];
  const left = before.split("\n");
  for (const line of after.split("\n")) {
    if (line === left[0]) left.shift();
    else added.push(line);
  }
  assert.deepEqual(left, [], "lines of others that are not where they were");
  return added;
}

/** How a secret may appear in a text: as it is, escaped in JSON, in a URL, and in base64 at any alignment. */
export function disguises(secret: string): readonly string[] {
  const aligned = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]).toString("base64");
    // What the neighbours decide is cut off: the first characters and the last ones.
    return text.slice(Math.ceil((offset * 4) / 3), -4);
  });
  return [
    ...new Set([
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      inUrl(secret),
      ...aligned,
    ]),
  ];
}

/** A text as it stands in a URL: everything but letters, digits and - . _ ~ by its bytes. */
export function inUrl(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => String.fromCharCode(byte))
    .map((letter) =>
      /[\w.~-]/.test(letter)
        ? letter
        : `%${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
    )
    .join("");
}
