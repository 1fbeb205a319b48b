/**
 * Which paths a pattern of `.gitattributes` matches; undefined for one that counts for nothing there: negated, or of
 * folders alone. Source: gitattributes(5), gitignore(5), and git's wildmatch.
 */
export function gitPattern(pattern: string): ((path: string) => boolean) | undefined {
  if (pattern.startsWith("!") || pattern.endsWith("/")) return undefined;
  // Without a slash it is matched with the name alone.
  const nameAlone = !pattern.includes("/");
  const matcher = expression(
    bytesOf(nameAlone ? pattern.replaceAll(/\*{2,}/g, "*") : pattern.replace(/^\//, "")),
  );
  if (matcher === undefined) return () => false;
  return (path) => matcher.test(bytesOf(nameAlone ? path.slice(path.lastIndexOf("/") + 1) : path));
}

/** A pattern in quotes, as C has them. */
export function unquoted(quoted: string): string {
  const escapes: Readonly<Record<string, string>> = {
    n: "\n",
    t: "\t",
    r: "\r",
    a: "\x07",
    b: "\b",
    f: "\f",
    v: "\v",
  };
  const bytes: Buffer[] = [];
  for (const [part, escaped] of quoted.slice(1, -1).matchAll(/\\([0-3][0-7]{2}|.)|[^\\]+/gs)) {
    if (escaped === undefined) bytes.push(Buffer.from(part));
    else if (/^[0-3][0-7]{2}$/.test(escaped)) bytes.push(Buffer.from([Number.parseInt(escaped, 8)]));
    else bytes.push(Buffer.from(escapes[escaped] ?? escaped));
  }
  return Buffer.concat(bytes).toString("utf8");
}

function bytesOf(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Of bytes, each as one character: so git counts them. */
function expression(pattern: string): RegExp | undefined {
  let source = "";
  for (let at = 0; at < pattern.length;) {
    const rest = pattern.slice(at);
    const [stars = ""] = /^\*+/.exec(rest) ?? [];
    const after = rest.slice(stars.length);
    const anyDepth = stars.length > 1 && (at === 0 || pattern[at - 1] === "/") && /^(\/|$)/.test(after);
    if (rest.startsWith("[")) {
      const found = characters(rest);
      if (found === undefined) return undefined;
      source += found.source;
      at += found.length;
    } else if (stars !== "") {
      source += !anyDepth ? "[^/]*" : after === "" ? ".*" : "(?:.*/)?";
      at += stars.length + (anyDepth && after !== "" ? 1 : 0);
    } else if (rest.startsWith("?")) {
      source += "[^/]";
      at += 1;
    } else {
      const [character, length] = element(rest);
      if (character === undefined) return undefined;
      source += literal(character);
      at += length;
    }
  }
  return new RegExp(`^${source}$`, "s");
}

/** One character, which may have a backslash before it. */
function element(text: string): readonly [character: string | undefined, length: number] {
  return text.startsWith("\\") ? [text[1], 2] : [text[0], 1];
}

const CLASSES: Readonly<Record<string, string>> = {
  alnum: "A-Za-z0-9",
  alpha: "A-Za-z",
  digit: "0-9",
  lower: "a-z",
  upper: "A-Z",
  xdigit: "0-9A-Fa-f",
  space: " \\t-\\r",
  blank: " \\t",
  punct: "!-\\/:-@\\[-`\\{-~",
  cntrl: "\\x00-\\x1f\\x7f",
  graph: "!-~",
  print: " -~",
};

/** A set such as `[!a-c[:digit:]]`, which never matches a slash; undefined when it has no end. */
function characters(text: string): { readonly source: string; readonly length: number } | undefined {
  const [begin = "", negated = ""] = /^\[([!^]?)/.exec(text) ?? [];
  let set = "";
  for (let at = begin.length; at < text.length;) {
    const rest = text.slice(at);
    if (rest.startsWith("]") && at > begin.length) {
      const any = set === "" ? (negated === "" ? "(?!)." : ".") : `[${negated && "^"}${set}]`;
      return { source: `(?!/)${any}`, length: at + 1 };
    }
    const [named, name = ""] = /^\[:(\w*):\]/.exec(rest) ?? [];
    const [from, length] = element(rest);
    if (named !== undefined) {
      if (!Object.hasOwn(CLASSES, name)) return undefined;
      set += CLASSES[name] ?? "";
      at += named.length;
    } else if (from === undefined) return undefined;
    else if (/^-[^\]]/s.test(rest.slice(length))) {
      const [to, more] = element(rest.slice(length + 1));
      if (to === undefined) return undefined;
      // The first stands for itself, whatever the other is.
      set += escapedInSet(from) + (from <= to ? `-${escapedInSet(to)}` : "");
      at += length + 1 + more;
    } else {
      set += escapedInSet(from);
      at += length;
    }
  }
  return undefined;
}

function escapedInSet(character: string): string {
  return character.replace(/[\\\]^[-]/, String.raw`\$&`);
}

function literal(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/]/, String.raw`\$&`);
}
