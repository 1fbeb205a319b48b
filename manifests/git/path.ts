/** Bytes of a name that every common file system takes, and of a whole path with room for the checkout's folder. */
const LONGEST_NAME = 255;
const LONGEST_PATH = 900;

/**
 * What is wrong with the path of a file; undefined when nothing is. A path is taken when git's fsck has nothing to say
 * about it and Linux, macOS and Windows can check it out: what one of them can't breaks everybody's clone there.
 */
export function pathFault(path: string): string | undefined {
  if (path === "") return "it is empty";
  if (path.startsWith("/")) return "it is absolute, write it from the repository's root";
  if (/[\p{Cc}\\]/u.test(path)) return "it holds a backslash or a control character";
  if (/\p{Cs}/u.test(path)) return "it isn't valid Unicode";
  if (Buffer.byteLength(path) > LONGEST_PATH) return `it has more than ${String(LONGEST_PATH)} bytes`;
  for (const segment of path.split("/")) {
    const fault = segmentFault(segment);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function segmentFault(segment: string): string | undefined {
  if (segment === "") return 'it has an empty part ("//" or a "/" at the end)';
  if (segment === "." || segment === "..") return `"${segment}" is not allowed in it`;
  // Case-insensitive file systems, HFS+ and NTFS would write into .git all the same.
  if (/^(\.git|git~\d+)[. ]*$/i.test(visible(segment))) return `"${visible(segment)}" belongs to git`;
  if (/^(\.gitmodules|gitmod~\d+|gi7eba~\d+)[. ]*$/i.test(visible(segment)))
    return `"${visible(segment)}" is for submodules, which aren't handed off`;
  if (/[<>:"|?*]/.test(segment)) return `"${segment}" has one of < > : " | ? *, which Windows doesn't take`;
  if (/[. ]$/.test(segment)) return `"${segment}" ends with a dot or a space, which Windows drops`;
  if (RESERVED.test(segment)) return `"${segment}" is a device on Windows`;
  return Buffer.byteLength(segment) > LONGEST_NAME
    ? `a part of it has more than ${String(LONGEST_NAME)} bytes`
    : undefined;
}

/** Devices of Windows, with any extension. */
const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3]) *(\.|$)/i;

/** What HFS+ leaves out when it compares names (Apple's TN1150; git's utf8.c has the same list). */
const IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

function visible(segment: string): string {
  return segment.replaceAll(IGNORED, "");
}

/** The same for two names that are one file where case, or the form of an accent, doesn't count. */
function foldedName(name: string): string {
  // Nearly all names; the rest costs ten times as much.
  if (/^[\u0020-\u007e]*$/.test(name)) return name.toLowerCase();
  return visible(name).normalize("NFD").toUpperCase().toLowerCase().normalize("NFC");
}

/** A path and each folder above it, the path last. */
export function prefixesOf(path: string): string[] {
  const prefixes: string[] = [];
  for (let end = path.indexOf("/"); end !== -1; end = path.indexOf("/", end + 1))
    prefixes.push(path.slice(0, end));
  return [...prefixes, path];
}

/** How the names of files and folders are spelled, to find those that are another's on some file systems only. */
export class Spellings {
  private readonly known = new Map<string, Set<string>>();
  private readonly seen = new Set<string>();

  add(path: string): void {
    // From the path up, so that folders that are known end it.
    for (const name of prefixesOf(path).reverse()) {
      if (this.seen.has(name)) return;
      this.seen.add(name);
      const folded = foldedName(name);
      const names = this.known.get(folded);
      if (names === undefined) this.known.set(folded, new Set([name]));
      else names.add(name);
    }
  }

  /** Another spelling of the path, or of a folder above it, that is there while this one isn't: `[ours, theirs]`. */
  other(path: string): readonly [string, string] | undefined {
    for (const name of prefixesOf(path)) {
      const [theirs] = this.seen.has(name) ? [] : (this.known.get(foldedName(name)) ?? []);
      if (theirs !== undefined) return [name, theirs];
    }
    return undefined;
  }
}

/** What is wrong with two spellings of one name. */
export function spellingFault(ours: string, theirs: string): string {
  return ours.toLowerCase() === theirs.toLowerCase()
    ? `${theirs} differs from ${ours} only in upper and lower case`
    : `${theirs} is the same name as ${ours} on some file systems: accents, case or invisible characters differ`;
}
