import { changesBetween, type Content, type Version } from "./content-changes";

/** Characters of a subject, as git's own tools show them in full. */
const LONGEST = 72;

/**
 * A commit's subject that says what changes: `Add hello`, `calcom: image v6.2.2 → v6.3.0`, `Update calcom, cloudflare`.
 * @returns undefined where nothing of ours does
 */
export function subject(before: Content, after: Content): string | undefined {
  const changes = changesBetween(before, after);
  const { added, removed, parked, unparked, versions, updated } = changes;
  const verbs = [
    ["Add", added],
    ["Remove", removed],
    ["Park", parked],
    ["Unpark", unparked],
  ] as const;
  const told = new Set(verbs.flatMap(([, names]) => names));
  const others = updated.filter((name) => !told.has(name));
  const bumped = versions.filter(({ app }) => !told.has(app));
  const plain = bumped.filter(({ app }) => !others.includes(app));
  const parts = [
    ...verbs.flatMap(([verb, names]) => (names.length === 0 ? [] : [{ verb, names }])),
    ...versionParts(plain),
    ...(others.length === 0 ? [] : [{ verb: "Update", names: others }]),
  ];
  return parts.length === 0 ? undefined : fitted(parts);
}

type Part = { readonly verb: string; readonly names: readonly string[] } | { readonly text: string };

/** One change of version is told as such; of several only whose. */
function versionParts(versions: readonly Version[]): Part[] {
  const texts = versions.map(({ app, what, from, to }) => `${app}: ${what} ${from} → ${to}`);
  const [only] = [...new Set(texts)];
  if (only === undefined) return [];
  if (new Set(texts).size === 1) return [{ text: only }];
  return [{ verb: "Update", names: [...new Set(versions.map(({ app }) => app))] }];
}

/** Joined, and shortened by naming fewer. */
function fitted(parts: readonly Part[]): string {
  const most = Math.max(...parts.map((part) => ("names" in part ? part.names.length : 1)));
  for (let count = most; count > 0; count--) {
    const text = parts.map((part) => partText(part, count)).join("; ");
    if (text.length <= LONGEST) return text;
  }
  const text = parts.map((part) => partText(part, 1)).join("; ");
  return `${text.slice(0, LONGEST - 1)}…`;
}

function partText(part: Part, count: number): string {
  if ("text" in part) return part.text;
  const { verb, names } = part;
  const more = names.length - count;
  return `${verb} ${names.slice(0, count).join(", ")}${more > 0 ? ` and ${String(more)} more` : ""}`;
}
