import type { z } from "zod";
import { pageWords } from "../../../provider/http/page-words";
import { printable } from "../../../provider/http/printable";
import { advice, HostError, patientFetch } from "./fetch";

/** Calls of a host's REST API: JSON in and out, each answer checked, what the host says of a failure told. */
export class Rest {
  /** @param permission what the token needs, told where the host refuses */
  constructor(
    private readonly base: string,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly permission: string,
  ) {}

  async ask<T>(schema: z.ZodType<T>, path: string, method = "GET", body?: object): Promise<T> {
    const url = `${this.base.replace(/\/$/, "")}${path}`;
    const headers = { accept: "application/json", "content-type": "application/json", ...this.headers };
    const response = await patientFetch(url, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    const failed = (what: string): HostError => new HostError(response.status, `${method} ${url}: ${what}`);
    if (!response.ok)
      throw failed(`${String(response.status)} ${said(text)}${advice(response.status, this.permission)}`);
    const found = schema.safeParse(jsonOrUndefined(text));
    if (!found.success)
      throw failed(`no answer of such a host${pageWords(text)}\n→ Check API_URL, and what is between.`);
    return found.data;
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

function said(text: string): string {
  return /^\s*</.test(text) ? pageWords(text).replace(/^, /, "") : printable(text).slice(0, 500);
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
