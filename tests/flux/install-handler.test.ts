import { strict as assert } from "node:assert";
import { fluxInstallHandler } from "../../provider/flux/install-handler";
import { UNKNOWN, type Props } from "../../provider/plugin/handler";
import { testContext } from "../git/remote";

/** A kubeconfig of a cluster that nothing listens at. */
const kubeconfig = (server: string): string => `apiVersion: v1
kind: Config
clusters:
- { name: c, cluster: { server: "${server}" } }
users:
- { name: u, user: {} }
contexts:
- { name: c, context: { cluster: c, user: u } }
current-context: c
`;
const inputs = {
  kubeconfig: kubeconfig("http://127.0.0.1:1"),
  context: "c",
  version: "v9.9.9",
  components: "digest",
  timeoutSeconds: 300,
};

describe("handler of handoff:flux:FluxInstall", () => {
  const ctx = testContext();
  const diff = (changes: Props, olds: Props = inputs) =>
    fluxInstallHandler.diff(ctx, "flux-system", { inputs: olds, outputs: {} }, { ...inputs, ...changes });
  beforeEach(() => {
    ctx.messages.length = 0;
  });

  for (const [name, value] of Object.entries({
    version: "v9.9.10",
    components: "other",
    kubeconfig: "other",
    context: "other",
    timeoutSeconds: 60,
  })) {
    it(`updates for another ${name}, without asking the cluster`, async () => {
      assert.deepEqual(await diff({ [name]: value }), { changes: true, detailed: { [name]: "update" } });
      assert.deepEqual(ctx.messages, []);
    });
  }

  it("updates for a kubeconfig that isn't known yet", async () => {
    assert.deepEqual(await diff({ kubeconfig: UNKNOWN }), {
      changes: true,
      detailed: { kubeconfig: "update" },
    });
    assert.deepEqual(ctx.messages, []);
  });

  it("asks no cluster that isn't known", async () => {
    const unknown = { ...inputs, kubeconfig: UNKNOWN };
    assert.deepEqual(await diff(unknown, unknown), { changes: false, detailed: {} });
    assert.deepEqual(ctx.messages, []);
  });

  it("has nothing to do, and says so, where the cluster can't be asked", async () => {
    const broken = { ...inputs, kubeconfig: "{" };
    assert.deepEqual(await diff(broken, broken), { changes: false, detailed: {} });
    assert.equal(ctx.messages.length, 1);
    assert.match(ctx.messages[0]!, /^can't tell whether Flux runs: the kubeconfig can't be read: /);

    const other = { ...inputs, context: "nope" };
    assert.deepEqual(await diff(other, other), { changes: false, detailed: {} });
    assert.equal(
      ctx.messages[1],
      "can't tell whether Flux runs: the kubeconfig has no context 'nope'; it has c",
    );
  });
});
