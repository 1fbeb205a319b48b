import { strict as assert } from "node:assert";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fluxInstallHandler } from "../../provider/flux/install-handler";
import { fluxReadyHandler } from "../../provider/flux/ready-handler";
import { testContext } from "../git/remote";

describe("a look at an API server that can't tell yet", () => {
  let server: Server;
  afterEach(() => {
    server.close();
  });

  for (const [status, message] of [
    [429, "storage is (re)initializing"],
    [503, "apiserver not ready"],
  ] as const) {
    it(`sees to it (${String(status)}): right after Flux came to it the cluster may be empty`, async () => {
      server = createServer((_, response) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify({ kind: "Status", message, code: status }));
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const kubeconfig = JSON.stringify({
        ...{ apiVersion: "v1", kind: "Config", "current-context": "c" },
        clusters: [
          {
            name: "c",
            cluster: { server: `http://127.0.0.1:${String(port)}`, "insecure-skip-tls-verify": true },
          },
        ],
        users: [{ name: "u", user: {} }],
        contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      });
      const inputs = {
        kubeconfig,
        sync: "kind: Kustomization\n",
        revisions: {},
        kustomizations: [],
        helmReleases: [],
      };
      for (const [handler, what] of [
        [fluxReadyHandler, "Flux follows"],
        [fluxInstallHandler, "Flux runs"],
      ] as const) {
        const ctx = testContext();
        const state = { inputs, outputs: { namespace: "uid" } };
        const { changes } = await handler.diff(ctx, "flux-system", state, inputs);
        const told = ctx.messages.join();
        assert.equal(changes, true, told);
        assert.ok(told.startsWith(`can't tell whether ${what}: `) && told.includes(message), told);
        assert.match(told, /: `up` sees to it$/);
      }
    });
  }
});
