import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";

export interface OddCall {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  /** The body as it came. */
  readonly text: string;
}

export interface OddAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, all else as JSON. */
  readonly body: unknown;
}

/** A server that answers as a test says, and remembers what it was asked. */
export class OddServer {
  answer: (call: OddCall) => OddAnswer = () => ({ body: "" });
  readonly calls: OddCall[] = [];
  private readonly server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const call: OddCall = {
        method: request.method ?? "",
        path: request.url ?? "",
        body: text === "" ? undefined : JSON.parse(text),
        text,
      };
      this.calls.push(call);
      const { status = 200, headers, body } = this.answer(call);
      response.writeHead(status, headers);
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }
}

/** A change of an answer: which of its values, and what stands in its place. */
export type Oddity = readonly [place: number, kind: string];

/** Null, missing, further and unknown fields, as an API has them one day. */
export const oddities: fc.Arbitrary<readonly Oddity[]> = fc.array(
  fc.tuple(
    fc.nat(200),
    fc.constantFrom("gone", "null", "empty text", "number", "list", "object", "unknown word", "more"),
  ),
  { minLength: 1, maxLength: 3 },
);

/** The document with the oddities in it. */
export function odd<T extends object>(document: T, list: readonly Oddity[]): T {
  const copy = structuredClone(document);
  for (const [place, kind] of list) {
    const places = placesIn(copy);
    const [within, key] = places[place % places.length] ?? [{}, ""];
    if (kind === "gone") Reflect.deleteProperty(within, key);
    else if (kind !== "more") within[key] = structuredClone(VALUES[kind]);
    else if (typeof within[key] === "object" && within[key] !== null)
      (within[key] as Record<string, unknown>).further = { of: ["another", "year"] };
  }
  return copy;
}

const VALUES: Readonly<Record<string, unknown>> = {
  ...{ null: null, "empty text": "", number: 7, list: [], object: {}, "unknown word": "of-another-year" },
};

function placesIn(value: object): [Record<string, unknown>, string][] {
  return Object.entries(value).flatMap(([key, entry]: [string, unknown]) => [
    [value as Record<string, unknown>, key] as [Record<string, unknown>, string],
    ...(typeof entry === "object" && entry !== null ? placesIn(entry) : []),
  ]);
}
