import { type TestCloudflare, TOKEN } from "../cloudflare/cloud";
import { type TestStack, useEngine } from "./stack";

interface CloudflareStack {
  readonly cloud: TestCloudflare;
  /** Takes the stack over, before the first test. */
  readonly begin: (stack: TestStack) => Promise<void> | void;
  /** What the account is to have. */
  readonly account?: Parameters<TestCloudflare["start"]>[0];
  /** Beside the address of the API. @default the owner's token */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A stack of a program of this folder, whose Cloudflare is a stand-in of its own. */
export function useCloudflare(
  program: string,
  { cloud, begin, account, environment = { CLOUDFLARE_API_TOKEN: TOKEN } }: CloudflareStack,
): void {
  useEngine(async (engine) => {
    await cloud.start(account);
    engine.ends(() => cloud.stop());
    await begin(await engine.stack(program, { CLOUDFLARE_BASE_URL: cloud.baseUrl, ...environment }));
  });
}

/** Loses the answers to so many creations, each of which has happened. */
export async function loseAnswers(cloud: TestCloudflare, path: string, times: number): Promise<void> {
  await cloud.fault({ answer: "cut", done: true, method: "POST", path, times });
}
