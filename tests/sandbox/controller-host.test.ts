import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parts } from "../../tools/sandbox/parts";
import { paths } from "../../tools/sandbox/paths";
import { knownProcesses, stopProcess } from "../../tools/sandbox/supervisor";
import { slow } from "../slow";
import { ownState } from "./own-state";

/** One ends at once when it is asked to, the other only when it is killed. */
const PROGRAMS = {
  "source-controller": "exec sleep 600",
  "notification-controller": "trap '' TERM; while :; do sleep 0.2; done",
};

const groups = ["source", "notification"].map((name) => ({ name: `${name}.toolkit.fluxcd.io` }));
const deployments = Object.keys(PROGRAMS).map((name) => ({
  metadata: { name, namespace: "flux-system" },
  spec: { template: { spec: { containers: [{ image: `ghcr.io/fluxcd/${name}:v1` }] } } },
}));

describe("the host of the controllers", () => {
  const state = ownState();
  const server = createServer(({ url = "" }, response) => {
    const flux = url.includes(encodeURIComponent("part-of=flux"));
    response.end(JSON.stringify(url === "/apis" ? { groups } : { items: flux ? deployments : [] }));
  });
  after(() => {
    server.close();
  });

  slow("starts none again while it ends", async () => {
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const [starts, kubeconfig] = [join(state(), "starts"), join(state(), "kubeconfig")];
    for (const [name, text] of Object.entries(PROGRAMS)) {
      const version = parts.find((part) => part.name === name)?.version ?? "";
      const folder = join(paths.cache, `${name}-${version}`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, ".part.json"), '{"from":"a test"}');
      writeFileSync(join(folder, name), `#!/bin/sh\necho ${name} >> ${starts}\n${text}\n`, { mode: 0o755 });
    }
    const cluster = { server: address, "certificate-authority-data": "" };
    writeFileSync(kubeconfig, JSON.stringify({ clusters: [{ cluster }], users: [{ user: { token: "x" } }] }));
    const env = { ...process.env, KUBECONFIG: kubeconfig };
    const program = join("tools", "sandbox", "controller-host.ts");
    const host: ChildProcess = spawn(process.execPath, ["--import", "tsx", program], {
      env,
      stdio: "ignore",
    });
    const started = (): readonly string[] =>
      existsSync(starts) ? readFileSync(starts, "utf8").trim().split("\n").sort() : [];
    try {
      while (started().length < 2 && host.exitCode === null) await sleep(50);
      host.kill("SIGTERM");
      await once(host, "exit");
      assert.deepEqual(started(), Object.keys(PROGRAMS).sort());
    } finally {
      host.kill("SIGKILL");
      for (const name of knownProcesses()) await stopProcess(name, 1);
    }
  });
});
