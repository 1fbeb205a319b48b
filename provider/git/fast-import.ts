import type { CommitSigning } from "../../manifests/git/signing";

export interface Signature {
  readonly name: string;
  readonly email: string;
}

export interface CommitOptions {
  readonly parent: string | undefined;
  /** A second parent, whose files don't count. */
  readonly merge?: string;
  readonly writes: ReadonlyMap<string, { readonly mode: string; readonly content: Buffer }>;
  readonly deletes: readonly string[];
  readonly message: string;
  readonly author: Signature;
  /** Signs the commit by this key. */
  readonly signing?: CommitSigning;
}

/** A commit as git-fast-import(1) reads it: files and all, on the parent's tree. It answers with the commit's id. */
export function importStream(ref: string, options: CommitOptions, seconds: number): (string | Buffer)[] {
  const signature = `${options.author.name} <${options.author.email}> ${String(seconds)} +0000`;
  const message = Buffer.from(options.message, "utf8");
  const stream: (string | Buffer)[] = [
    `commit ${ref}\nmark :1\nauthor ${signature}\ncommitter ${signature}\ndata ${String(message.length)}\n`,
    message,
    options.parent === undefined ? "\n" : `\nfrom ${options.parent}\n`,
    options.merge === undefined ? "" : `merge ${options.merge}\n`,
    // Deletions first: a path may become a folder in the same commit.
    ...options.deletes.map((path) => `D ${quotePath(path)}\n`),
  ];
  for (const [path, { mode, content }] of options.writes) {
    stream.push(`M ${mode} inline ${quotePath(path)}\ndata ${String(content.length)}\n`, content, "\n");
  }
  return [...stream, "get-mark :1\n"];
}

function quotePath(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
