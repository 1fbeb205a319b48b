import type { z } from "zod";

/** Calls of a host's REST API: JSON in and out, each answer checked, what the host says of a failure told. */
export class Rest {
  constructor(
    private readonly base: string,
    private readonly headers: Readonly<Record<string, string>>,
  ) {}

  async ask<T>(schema: z.ZodType<T>, path: string, method = "GET", body?: object): Promise<T> {
    const url = `${this.base.replace(/\/$/, "")}${path}`;
    const headers = { accept: "application/json", "content-type": "application/json", ...this.headers };
    const response = await fetch(url, {
      method,
      headers,
      body: body && JSON.stringify(body),
      redirect: "error",
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url}: ${String(response.status)} ${text.slice(0, 500)}`);
    return schema.parse(JSON.parse(text));
  }

  /** Page by page, until one is empty: hosts give fewer a page than they are asked for. */
  async *pages<T>(schema: z.ZodType<readonly T[]>, path: string): AsyncGenerator<T> {
    for (let page = 1; ; page++) {
      const items = await this.ask(schema, `${path}${path.includes("?") ? "&" : "?"}page=${String(page)}`);
      if (items.length === 0) return;
      yield* items;
    }
  }
}
