import { strict as assert } from "node:assert";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { eventually } from "../commands";
import { isReady } from "../observed";
import type { RepositoryName } from "../repositories";
import type { Sandbox } from "../sandbox";

/** What Flux writes to a Provider of type generic. */
interface Message {
  readonly involvedObject: { readonly kind: string; readonly name: string };
  readonly severity: string;
  readonly message: string;
}

export interface OthersService {
  readonly repository: RepositoryName;
  /** Kustomization of somebody else, in flux-system. */
  readonly name: string;
  /** One of its manifests. */
  readonly file: string;
}

/** Failures reach people, and a push is reconciled at once. Flux looks at its repository every hour from here on. */
export function messages(sandbox: Sandbox, { repository, name, file }: OthersService): void {
  describe("the setting notifications", () => {
    const received: Message[] = [];
    const server = http.createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        received.push(JSON.parse(body) as Message);
        response.writeHead(200).end();
      });
    });
    before(async () => {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    });
    after(() => {
      server.closeAllConnections();
      server.close();
    });

    /** What the git host does after a push. */
    const callWebhook = async (): Promise<void> => {
      const { stdout } = await sandbox.pulumi(["stack", "output", "webhookPath", "--show-secrets"]);
      const ports = fs.readFileSync(path.join(sandbox.state, "flux-ports.json"), "utf8");
      const { "notification-receiver": port } = JSON.parse(ports) as Record<string, number>;
      const answer = await fetch(`http://127.0.0.1:${String(port)}${stdout.trim()}`, { method: "POST" });
      assert.equal(answer.status, 200, await answer.text());
    };
    const applied = async () =>
      await sandbox.object("kustomizations.kustomize.toolkit.fluxcd.io", "flux-system", name);
    let text = "";

    it("brings its secrets into the cluster, and tells the webhook as a secret", async () => {
      const address = path.join(sandbox.state, "keys", "webhook");
      const { port } = server.address() as AddressInfo;
      fs.writeFileSync(address, `http://127.0.0.1:${String(port)}/`);
      sandbox.settle(
        [["handoff:flux", "interval"], "1h"],
        [
          ["handoff:notifications"],
          { provider: { type: "generic", address: { file: address } }, receiver: true },
        ],
      );
      await sandbox.up();
      assert.ok(isReady(await sandbox.object("receiver", "flux-system", "notifications")));
      const { spec } = await sandbox.object("gitrepository", "flux-system", "flux-system");
      assert.match(String(spec.interval), /^1h/);
      assert.equal((await sandbox.outputs()).webhookPath, "[secret]");
    });

    it("reconciles at once what is pushed, and tells its failure", async () => {
      sandbox.edit(
        repository,
        file,
        (found) => {
          text = found;
          return found.replace(/^kind: .*$/m, "kind: Nothing");
        },
        "Break it",
      );
      await callWebhook();
      await eventually("the failure is told", async () => {
        const told = received.filter(({ involvedObject, severity }) => {
          return (
            involvedObject.name === name && involvedObject.kind === "Kustomization" && severity === "error"
          );
        });
        assert.match(told.map((one) => one.message).join("\n"), /Nothing/);
        await Promise.resolve();
      });
      assert.deepEqual(
        received.filter(({ severity }) => severity !== "error"),
        [],
      );
    });

    it("reconciles at once what mends it", async () => {
      sandbox.edit(repository, file, () => text, "Mend it");
      const revision = `main@sha1:${sandbox.head(repository)}`;
      await callWebhook();
      await eventually("it is applied", async () => {
        const object = await applied();
        assert.equal(object.status?.lastAppliedRevision, revision);
        assert.ok(isReady(object));
      });
    });
  });
}
