import type { HttpMethods, PipelineResponse } from "@azure/core-rest-pipeline";
import type { Waiting } from "../http/patience";

/** Who is to come back later than this is told so, instead of waiting. */
const LONGEST_PAUSE = 10 * 60_000;

/** How Azure tells when it wants to be asked again: milliseconds, or seconds or a date. */
const MILLISECONDS = ["retry-after-ms", "x-ms-retry-after-ms"];
const SECONDS = "retry-after";

/** What sends a request by the vendor's own pipeline, which repeats what failed in passing. */
export async function connect(waiting: Waiting) {
  const { createDefaultHttpClient, createHttpHeaders, createPipelineFromOptions, createPipelineRequest } =
    await import("@azure/core-rest-pipeline");
  const policies = createPipelineFromOptions({ userAgentOptions: { userAgentPrefix: "handoff" } });
  policies.addPolicy(
    {
      name: "handoffPauses",
      async sendRequest(request, next) {
        const response = await next(request);
        const pause = pauseOf(response);
        if (pause > LONGEST_PAUSE)
          for (const name of [...MILLISECONDS, SECONDS]) response.headers.delete(name);
        else if (pause > 1_000)
          waiting.status(`Azure wants to be asked again in ${String(Math.ceil(pause / 1000))} s`);
        return response;
      },
    },
    // Asked at each try, before the vendor's policy waits.
    { afterPhase: "Retry" },
  );
  const client = createDefaultHttpClient();
  return (
    method: HttpMethods,
    url: URL,
    token: string,
    body: object | undefined,
    abortSignal: AbortSignal,
  ) => {
    const headers = createHttpHeaders({ accept: "application/json", authorization: `Bearer ${token}` });
    if (body !== undefined) headers.set("content-type", "application/json");
    const request = createPipelineRequest({
      ...{ url: url.href, method, headers, abortSignal, timeout: 60_000 },
      body: body === undefined ? undefined : JSON.stringify(body),
      // A token goes in the clear to this machine only.
      allowInsecureConnection: ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname),
    });
    return policies.sendRequest(client, request);
  };
}

/** Milliseconds. */
function pauseOf({ status, headers }: PipelineResponse): number {
  if (![429, 503].includes(status)) return 0;
  const milliseconds = MILLISECONDS.map((name) => headers.get(name)).find((it) => it !== undefined);
  if (milliseconds !== undefined) return Number(milliseconds);
  const told = headers.get(SECONDS) ?? "0";
  return /^\d+$/.test(told) ? Number(told) * 1000 : Date.parse(told) - Date.now();
}
