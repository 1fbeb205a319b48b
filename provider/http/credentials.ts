/** A password in an address, or a token in place of a user's name. */
const IN_ADDRESS = /(:\/\/)(?:([^\s/:@"'\\]*):[^\s/@"'\\]+|[^\s/:@"'\\]{20,})(?=@)/g;

/**
 * What is a credential by its form, whatever stands around it: keys in PEM and of age, tokens of hosts that mark theirs
 * (https://docs.github.com/code-security/secret-scanning/introduction/supported-secret-scanning-patterns), JSON Web
 * Tokens, a tunnel's token (base64 of `{"a":`).
 */
const BY_FORM = new RegExp(
  [
    // Behind an escaped line end, too.
    String.raw`-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*?-----END [A-Z ]*PRIVATE KEY-----`,
    "AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{50,}",
    ...[String.raw`gh[pousr]_\w{30,}`, String.raw`github_pat_\w{40,}`, String.raw`glpat-[\w.-]{20,}`],
    ...[
      String.raw`xox[a-z]-[\w-]{10,}`,
      String.raw`hv[sb]\.[\w-]{20,}`,
      "npm_[A-Za-z0-9]{36}",
      "pul-[0-9a-f]{40}",
    ],
    ...[
      String.raw`AIza[\w-]{35}`,
      String.raw`eyJ[\w-]{10,}\.eyJ[\w-]+\.[\w-]+`,
      "eyJhIjoi[A-Za-z0-9+/]{60,}={0,2}",
    ],
  ]
    .map((form) => `(?<!(?<!\\\\)[\\w-])${form}`)
    .join("|"),
  "g",
);

/** What stands behind words that announce a credential; the words stay. */
const ANNOUNCED = [
  // Addresses of webhooks are their own credential, and so is that of a Receiver.
  /(\bhooks\.slack\.com\/(?:services|workflows|triggers)\/|\bdiscord(?:app)?\.com\/api\/webhooks\/|\.webhook\.office\.com\/|\bapi\.telegram\.org\/bot)[^\s"'\\<>]+/g,
  /(\/hook\/)[0-9a-f]{64}\b/g,
  /([?&](?:(?:access|auth|api|refresh|id)[_-]?)?(?:token|key|secret|sig|signature|password|code)=)[^&#\s"'\\<>]+/gi,
  /(\b(?:Bearer|Basic)\s+)(?=[\w.~+/-]*\d)[\w.~+/-]{16,}=*/gi,
];

const NAMES = String.raw`(?:pass(?:word|wd)|(?:api|access|secret)[_-]?(?:key|token)|client[_-]?secret|token)`;
/** A value by its name, in JSON, in the words of a program, or among its arguments. */
const NAMED = [
  new RegExp(String.raw`(${NAMES}\\?["']?\s*[:=]\s*\\?["'])(?!\[secret\])[^"'\\]+`, "gi"),
  new RegExp(String.raw`(${NAMES}=)(?!\[secret\])[^\s"'\\,;}]+`, "gi"),
];

/**
 * A text without what is a credential by its form, or by the words before it: addresses with a sign-in, of webhooks,
 * marked tokens, private keys. Nothing need know them to be secret. JSON stays JSON.
 */
export function withoutCredentials(text: string): string {
  const signedOff = text
    .replace(
      IN_ADDRESS,
      (_, start: string, user = "") => `${start}${user === "" ? "" : `${user as string}:`}[secret]`,
    )
    .replace(BY_FORM, "[secret]");
  return ANNOUNCED.reduce((shown, announced) => shown.replace(announced, "$1[secret]"), signedOff);
}

/** The same of what a cluster says, whose messages may repeat a value by its name: `password=…`, `"token": "…"`. */
export function withoutNamedCredentials(text: string): string {
  return NAMED.reduce((shown, named) => shown.replace(named, "$1[secret]"), withoutCredentials(text));
}
