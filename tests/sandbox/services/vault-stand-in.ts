import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Service } from "../../../tools/sandbox/services/http";
import { startVault } from "../../../tools/sandbox/services/vault";

export const ROOT = "hvs.root";

/** What the tests read of an answer. */
interface Body {
  readonly data?: Record<string, unknown> | null;
  readonly auth?: {
    client_token: string;
    policies: string[];
    metadata: Record<string, string>;
    lease_duration: number;
  };
  readonly errors?: string[];
  readonly warnings?: string[];
}

/** A stand-in with a fresh state for each test of a file, and what its tests ask of it. */
export function useVault() {
  let folder: string;
  let service: Service;
  const start = () =>
    startVault({
      rootToken: ROOT,
      stateFile: join(folder, "vault.json"),
      reviewToken: (jwt, audience) => {
        const [namespace, name, intended] = jwt.split("/");
        const good = name !== undefined && (audience === "" || audience === intended);
        return Promise.resolve(
          good ? { username: `system:serviceaccount:${namespace ?? ""}:${name}`, uid: "u" } : undefined,
        );
      },
    });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "handoff-vault-"));
    service = await start();
  });
  afterEach(async () => {
    await service.close();
    rmSync(folder, { recursive: true });
  });

  const ask = async (
    method: string,
    path: string,
    body?: object,
    token = ROOT,
  ): Promise<{ status: number; body: Body }> => {
    const response = await fetch(`${service.url}/v1/${path}`, {
      method,
      headers: token === "" ? {} : { "x-vault-token": token },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Body };
  };
  const done = async (method: string, path: string, body?: object): Promise<void> => {
    const answer = await ask(method, path, body);
    assert.equal(answer.status, 204, JSON.stringify(answer.body));
  };
  const mountKv = () => done("POST", "sys/mounts/kv", { type: "kv", options: { version: "2" } });
  const errors = async (...call: Parameters<typeof ask>) => {
    const { status, body } = await ask(...call);
    return [status, ...(body.errors ?? [])];
  };
  const tokenWith = async (policy: string): Promise<string> => {
    await done("PUT", "sys/policies/acl/test", { policy });
    const { body } = await ask("POST", "auth/token/create", { policies: ["test"] });
    return body.auth?.client_token ?? "";
  };

  /** Starts it again, with what it has kept. */
  const restart = async () => {
    await service.close();
    service = await start();
  };

  return {
    ask,
    done,
    errors,
    mountKv,
    tokenWith,
    restart,
    get service() {
      return service;
    },
    get folder() {
      return folder;
    },
  };
}
