/** The deploy keys of the git host: those that the sandbox starts with, and those that its API registers. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ParsedKey, utils } from "ssh2";
import type { DeployKey } from "../../keys";

export interface RegisteredKey {
  readonly id: number;
  readonly repository: string;
  readonly title: string;
  /** Type and base64, without a comment. */
  readonly key: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
  readonly readOnly: boolean;
  readonly createdAt: string;
}

type Table = Record<string, DeployKey>;

/** On the folder's `access.json` and `*.pub`, which are read anew for each use. */
export class DeployKeys {
  constructor(private readonly folder: string) {}

  list(repository: string): readonly RegisteredKey[] {
    return this.all().filter((key) => key.repository === repository);
  }

  /** Those of every repository, oldest first. */
  all(): readonly RegisteredKey[] {
    return Object.entries(this.table())
      .flatMap(([name, access]): RegisteredKey[] => {
        const parsed = this.parsed(name);
        if (parsed === undefined) return [];
        const bytes = parsed.getPublicSSH();
        return [
          {
            id: access.id ?? 0,
            repository: access.repository,
            title: access.title ?? name,
            key: `${parsed.type} ${bytes.toString("base64")}`,
            fingerprint: fingerprint(bytes),
            readOnly: !access.write,
            createdAt: access.createdAt ?? "2026-01-05T09:00:00Z",
          },
        ];
      })
      .sort((a, b) => a.id - b.id);
  }

  add({
    repository,
    title,
    key,
    readOnly,
  }: Pick<RegisteredKey, "repository" | "title" | "key" | "readOnly">): number {
    const table = this.table();
    const id = this.nextId();
    const name = `registered-${id}`;
    const createdAt = new Date().toISOString().replace(/\.\d+/, "");
    writeFileSync(join(this.folder, `${name}.pub`), `${key.trim()}\n`);
    this.save({ ...table, [name]: { repository, write: !readOnly, title, id, createdAt } });
    return id;
  }

  /** @returns false when the repository has no such key */
  remove(repository: string, id: number): boolean {
    const table = this.table();
    const name = Object.keys(table).find(
      (each) => table[each]?.id === id && table[each].repository === repository,
    );
    if (name === undefined) return false;
    this.save(Object.fromEntries(Object.entries(table).filter(([each]) => each !== name)));
    if (name.startsWith("registered-")) rmSync(join(this.folder, `${name}.pub`), { force: true });
    return true;
  }

  /** The key with those bytes, and all that it may do. */
  withBytes(bytes: Buffer): { readonly key: ParsedKey; readonly accesses: readonly DeployKey[] } | undefined {
    const found = Object.entries(this.table()).flatMap(([name, access]) => {
      const key = this.parsed(name);
      return key?.getPublicSSH().equals(bytes) === true ? [{ key, access }] : [];
    });
    const [first] = found;
    return first && { key: first.key, accesses: found.map(({ access }) => access) };
  }

  private parsed(name: string): ParsedKey | undefined {
    const file = join(this.folder, `${name}.pub`);
    return existsSync(file) ? parsePublicKey(readFileSync(file, "utf8")) : undefined;
  }

  /** Each with its number; one that has none yet gets it here. */
  private table(): Table {
    const table = JSON.parse(readFileSync(join(this.folder, "access.json"), "utf8")) as Table;
    if (Object.values(table).every(({ id }) => id !== undefined)) return table;
    const numbered = Object.entries(table).map(([name, key]) => [
      name,
      { ...key, id: key.id ?? this.nextId() },
    ]);
    const all = Object.fromEntries(numbered) as Table;
    this.save(all);
    return all;
  }

  /** Never one that was in use before. */
  private nextId(): number {
    const file = join(this.folder, "last-key-id");
    const id = existsSync(file) ? Number(readFileSync(file, "utf8")) + 1 : 1;
    writeFileSync(file, String(id));
    return id;
  }

  private save(table: Table): void {
    const file = join(this.folder, "access.json");
    writeFileSync(`${file}.new`, JSON.stringify(table, null, 2) + "\n");
    renameSync(`${file}.new`, file);
  }
}

/** A line of OpenSSH's format, or undefined when it isn't one, or a private key. */
export function parsePublicKey(text: string): ParsedKey | undefined {
  const parsed: unknown = utils.parseKey(text.trim());
  if (parsed instanceof Error) return undefined;
  const key = parsed as ParsedKey;
  return key.isPrivateKey() ? undefined : key;
}

/** As `ssh-keygen -l` shows it. */
export function fingerprint(bytes: Buffer): string {
  return `SHA256:${createHash("sha256").update(bytes).digest("base64").replace(/=+$/, "")}`;
}
