import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Cloudflare from "cloudflare";
import { startCloudflare, type CloudflareOptions } from "../../../tools/sandbox/services/cloudflare";
import { createAuthorities, type Authorities } from "../../../tools/sandbox/services/cloudflare/authority";
import type { Service } from "../../../tools/sandbox/services/http";

export const accountId = "a".repeat(32);
export const zoneId = "b".repeat(32);

/** A stand-in with a fresh state for each test of a file, and its owner's client. */
export function useCloudflare() {
  let folder: string;
  let service: Service;
  let api: Cloudflare;
  const options = (): CloudflareOptions => ({
    stateFile: join(folder, "cloudflare.json"),
    apiToken: "owner-token",
    accountId,
    zoneId,
    zoneName: "example.com",
  });
  const client = (apiToken: string) =>
    new Cloudflare({ apiToken, baseURL: `${service.url}/client/v4`, maxRetries: 0 });

  let authorities: Authorities;
  before(async () => {
    authorities = await createAuthorities();
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "cloudflare-"));
    service = await startCloudflare(options());
    api = client("owner-token");
  });
  afterEach(async () => {
    await service.close();
    rmSync(folder, { recursive: true });
  });

  const rejects = (promise: PromiseLike<unknown>, status: number, code: number, words = /./) =>
    assert.rejects(Promise.resolve(promise), (error: unknown) => {
      assert.ok(error instanceof Cloudflare.APIError, String(error));
      assert.equal(error.status, status);
      assert.equal(error.errors[0]?.code, code);
      assert.match(error.message, words);
      return true;
    });
  const state = async () =>
    (await (await fetch(`${service.url}/__state`)).json()) as Record<string, unknown[]>;

  /** Starts it again, with what it has kept. */
  const restart = async (more: Partial<CloudflareOptions> = {}) => {
    await service.close();
    service = await startCloudflare({ ...options(), ...more });
    api = client("owner-token");
  };

  return {
    client,
    rejects,
    state,
    restart,
    get service() {
      return service;
    },
    get api() {
      return api;
    },
    get authorities() {
      return authorities;
    },
    get folder() {
      return folder;
    },
  };
}
