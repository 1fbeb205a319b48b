/** Reads the dashboard's stream of changes. */
import { get } from "node:http";

export interface Stream {
  /** What each part is now, by name. */
  readonly parts: Readonly<Record<string, string | undefined>>;
  /** Names of the parts that came, in order. */
  readonly names: string[];
  readonly raw: () => string;
  /** Waits until a part is as it should be. */
  readonly part: (name: string, like: RegExp) => Promise<void>;
  readonly ended: Promise<void>;
  readonly close: () => void;
}

export async function openStream(url: string): Promise<Stream> {
  const parts: Record<string, string> = {};
  const names: string[] = [];
  let raw = "";
  let rest = "";
  return await new Promise((resolve, reject) => {
    const request = get(`${url}changes`, (response) => {
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        raw += chunk;
        const blocks = (rest + chunk).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) {
          const data = /^event: parts\ndata: (.*)$/.exec(block)?.[1];
          const changed = JSON.parse(data ?? "{}") as Record<string, string>;
          names.push(...Object.keys(changed));
          Object.assign(parts, changed);
        }
      });
      response.on("error", () => undefined);
      const ended = new Promise<void>((done) => response.on("close", done));
      resolve({
        ...{ parts, names, ended, raw: () => raw },
        part: async (name, like) => {
          await until(
            () => like.test(parts[name] ?? ""),
            () => `${name} is ${parts[name] ?? "not there"}`,
          );
        },
        close: () => request.destroy(),
      });
    });
    request.on("error", reject);
  });
}

export async function until(is: () => boolean, words: () => string = () => "it never came"): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!is()) {
    if (Date.now() > deadline) throw new Error(words());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
