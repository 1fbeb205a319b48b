/**
 * What source-controller leaves out of an artifact. Its patterns are git's with differences, which are kept here: a
 * pattern without a slash matches a name at any depth, and the last pattern that matches decides.
 * Source: fluxcd/pkg sourceignore and artifact/storage (`SourceIgnoreFilter`).
 */

export const IGNORE_FILE = ".sourceignore";

const VCS = [".git/", ".gitignore", ".gitmodules", ".gitattributes"];
/** Used only where neither a `.sourceignore` nor the source's `spec.ignore` says anything. */
const DEFAULTS = [
  ...["*.jpg", "*.jpeg", "*.gif", "*.png", "*.wmv", "*.flv", "*.tar.gz", "*.zip"],
  ...[".github/", ".circleci/", ".travis.yml", ".gitlab-ci.yml", "appveyor.yml", ".drone.yml"],
  ...["cloudbuild.yaml", "codeship-services.yml", "codeship-steps.yml"],
  ...["**/.goreleaser.yml", "**/.sops.yaml", "**/.flux.yaml"],
];

/** True for a file that isn't in the artifact. */
export type Ignored = (path: string) => boolean;

interface Pattern {
  readonly domain: readonly string[];
  readonly steps: readonly (RegExp | "**" | "")[];
  readonly include: boolean;
  readonly folderOnly: boolean;
}

/**
 * @param files texts of the `.sourceignore` files by path, in the order of their paths
 * @param ignore the source's `spec.ignore`, which comes last
 */
export function sourceIgnore(
  files: readonly (readonly [path: string, text: string])[],
  ignore = "",
): Ignored {
  const own = [
    ...files.flatMap(([path, text]) => parse(text, path.split("/").slice(0, -1))),
    ...parse(ignore, []),
  ];
  const patterns = [
    ...VCS.map((line) => pattern(line, [])),
    ...(own.length === 0 ? DEFAULTS.map((line) => pattern(line, [])) : own),
  ].reverse();
  const matches = (path: readonly string[], isFolder: boolean): boolean => {
    const decides = patterns.find((candidate) => match(candidate, path, isFolder));
    return decides !== undefined && !decides.include;
  };
  return (path) => matches(path.split("/"), false);
}

function parse(text: string, domain: readonly string[]): Pattern[] {
  return text
    .split(/\r?\n/)
    .filter((line) => !line.startsWith("#") && line.trim() !== "")
    .map((line) => pattern(line, domain));
}

function pattern(line: string, domain: readonly string[]): Pattern {
  const include = line.startsWith("!");
  let text = include ? line.slice(1) : line;
  if (!text.endsWith("\\ ")) text = text.replace(/ +$/, "");
  const folderOnly = text.endsWith("/");
  if (folderOnly) text = text.slice(0, -1);
  const steps = text.split("/").map((step) => (step === "**" || step === "" ? step : glob(step)));
  return { domain, steps, include, folderOnly };
}

/** Go's `filepath.Match`, in which `*` takes everything but a slash. */
function glob(text: string): RegExp {
  const source = text.replaceAll(
    /\\(.)|\[\^?(?:\\.|[^\]])+\]|[*?]|[^\\*?[]/g,
    (part: string, escaped?: string) =>
      escaped !== undefined
        ? literal(escaped)
        : part === "*"
          ? "[^/]*"
          : part === "?"
            ? "[^/]"
            : part.startsWith("[") && part.length > 1
              ? part
              : literal(part),
  );
  try {
    return new RegExp(`^${source}$`);
  } catch {
    // A malformed pattern matches nothing.
    return /(?!)/;
  }
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

function match({ domain, steps, folderOnly }: Pattern, path: readonly string[], isFolder: boolean): boolean {
  if (path.length <= domain.length || domain.some((name, i) => path[i] !== name)) return false;
  const rest = path.slice(domain.length);
  const [only] = steps;
  if (steps.length > 1 || only === undefined) return matchSteps(steps, rest, folderOnly, isFolder);
  const index = rest.findIndex((name) => only === "**" || (only !== "" && only.test(name)));
  return index >= 0 && (!folderOnly || isFolder || index < rest.length - 1);
}

/** A pattern with slashes: step by step from the folder of its file; what it matches it matches with all below. */
function matchSteps(
  steps: Pattern["steps"],
  path: readonly string[],
  folderOnly: boolean,
  isFolder: boolean,
): boolean {
  let left = path;
  let matched = false;
  let anywhere = false;
  for (const [index, step] of steps.entries()) {
    if (step === "") anywhere = false;
    else if (step === "**") {
      if (index === steps.length - 1) break;
      anywhere = true;
    } else {
      const found = anywhere ? left.findIndex((name) => step.test(name)) : step.test(left[0] ?? "/") ? 0 : -1;
      if (found < 0) return false;
      matched = true;
      anywhere = false;
      left = left.slice(found + 1);
    }
  }
  return matched && !(folderOnly && !isFolder && left.length === 0);
}
