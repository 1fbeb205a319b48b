import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A file that lies beside the page. */
export interface Asset {
  readonly type: string;
  readonly content: string;
}

const folder = join(__dirname, "browser");

/** The page's script in one file, its style and its sign: nothing comes from elsewhere. */
export async function assets(): Promise<Readonly<Record<string, Asset>>> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, "page.ts")],
    ...{ bundle: true, write: false, format: "iife", target: "es2022", legalComments: "none" },
  });
  const text = (name: string): string => readFileSync(join(folder, name), "utf8");
  return {
    "page.js": { type: "text/javascript; charset=utf-8", content: outputFiles[0]?.text ?? "" },
    "page.css": { type: "text/css; charset=utf-8", content: text("page.css") },
    "icon.svg": { type: "image/svg+xml", content: text("icon.svg") },
  };
}
