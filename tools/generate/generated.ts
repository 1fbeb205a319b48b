import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** File name → text. */
type Texts = Readonly<Record<string, string>>;

/** What in the folder isn't as generated, a line for each file; nothing when all is current. */
export function outdated(folder: string, wanted: Texts): readonly string[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return [
    ...Object.entries(wanted).flatMap(([name, text]) => {
      if (!names.includes(name)) return [`${join(folder, name)} is missing`];
      return readFileSync(join(folder, name), "utf8") === text ? [] : [`${join(folder, name)} is outdated`];
    }),
    ...names.filter((name) => !(name in wanted)).map((name) => `${join(folder, name)} is no longer made`),
  ];
}

/** Makes the folder hold these files and no others. */
export function write(folder: string, wanted: Texts): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(wanted)) writeFileSync(join(folder, name), text);
}
