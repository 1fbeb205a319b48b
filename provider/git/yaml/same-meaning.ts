import { isDeepStrictEqual } from "node:util";
import { Lexer } from "yaml";
import { readAs, VERSIONS } from "./readers";

/** What the lexer says before the text of a scalar. */
const SCALAR = "\u001f";

/**
 * True for two texts that hold the same data to every reader, and the same comments: one of them is the other as a
 * formatter leaves it, with other indentation, quotes, line ends or order of keys.
 */
export function sameMeaning(left: string, right: string): boolean {
  return (
    isDeepStrictEqual(commentsIn(left), commentsIn(right)) &&
    VERSIONS.every((version) => {
      const [one, other] = [left, right].map((text) =>
        readAs(text, version)?.filter((data) => data !== null),
      );
      return one !== undefined && isDeepStrictEqual(one, other);
    })
  );
}

/** The comments of a text, in an order that doesn't depend on that of keys. */
function commentsIn(text: string): string[] {
  const tokens = [...new Lexer().lex(text)];
  return tokens
    .filter((token, index) => token.startsWith("#") && tokens[index - 1] !== SCALAR)
    .map((comment) => comment.trimEnd())
    .sort();
}
