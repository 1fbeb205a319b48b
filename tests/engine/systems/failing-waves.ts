import { strict as assert } from "node:assert";
import { tail } from "../commands";
import { isReady } from "../observed";
import type { Sandbox, Setting } from "../sandbox";

const KUSTOMIZATIONS = "kustomizations.kustomize.toolkit.fluxcd.io";

/** Flux leaves a health check when there is a newer commit: else what mends it would wait for the check's end. */
const CANCEL = `patches:
- target: { kind: Deployment, name: kustomize-controller }
  patch: |
    - op: add
      path: /spec/template/spec/containers/0/args/-
      value: --feature-gates=CancelHealthCheckOnNewRevision=true
`;

interface Failure {
  readonly wave: number;
  readonly failing: string;
  readonly setting: Setting;
  /** One that waits for it; nothing waits for the last ones. */
  readonly waiting?: string;
  readonly says: RegExp;
}

const chart = (name: string): Setting => [["handoff:charts", name, "version"], "99.0.0"];
const nowhere = {
  target: { kind: "Terraform", name: "vault" },
  patch: "- {op: replace, path: /spec/path, value: ./nowhere}\n",
};

const failures: readonly Failure[] = [
  {
    wave: 1,
    failing: "vault",
    setting: chart("vault"),
    waiting: "external-secrets-config",
    says: /HelmRelease vault\/vault.*99\.0\.0/,
  },
  {
    wave: 2,
    failing: "external-secrets-config",
    setting: [["handoff:apps", "patches"], { "external-secrets-config": [nowhere] }],
    waiting: "cloudnative-pg",
    says: /Terraform flux-system\/vault.*nowhere/,
  },
  {
    wave: 3,
    failing: "cloudnative-pg",
    setting: chart("cloudnativePg"),
    waiting: "authentik",
    says: /HelmRelease cloudnative-pg\/cloudnative-pg.*99\.0\.0/,
  },
  {
    wave: 4,
    failing: "authentik",
    setting: chart("authentik"),
    says: /HelmRelease authentik\/authentik.*99\.0\.0/,
  },
  {
    wave: 5,
    failing: "clickhouse",
    setting: chart("clickhouseOperator"),
    waiting: "grafana",
    says: /HelmRelease clickhouse\/altinity-clickhouse-operator.*99\.0\.0/,
  },
];

/** What waits when something of a wave fails, and what `up` says. */
export function failingWaves(sandbox: Sandbox, kustomization: string): void {
  describe("a dependency that fails", () => {
    before(() => {
      const add = (text: string): string => text + CANCEL;
      sandbox.edit("your-org/cluster", kustomization, add, "Leave health checks at a newer commit");
    });

    after(() => {
      const remove = (text: string): string => text.replace(CANCEL, "");
      sandbox.edit("your-org/cluster", kustomization, remove, "Wait for health checks again");
    });

    for (const { wave, failing, setting, waiting, says } of failures) {
      it(`of wave ${wave} keeps ${waiting ?? "nothing else"} waiting, and up says why`, async () => {
        sandbox.configure(setting, [["handoff:ready", "timeout"], "2m"]);
        const { status, output } = await sandbox.tryUp();
        assert.notEqual(status, 0, tail(output));
        assert.match(output.replaceAll("\n", " "), says);
        assert.match(output, /others? waits? for these/);
        if (waiting === undefined) return;
        const { status: waits } = await sandbox.object(KUSTOMIZATIONS, "flux-system", waiting);
        const ready = waits?.conditions?.find(({ type }) => type === "Ready");
        assert.match(ready?.message ?? "", new RegExp(`dependency 'flux-system/${failing}'`));
      });
    }

    it("is over when it is mended", async () => {
      sandbox.configure();
      await sandbox.up();
      const objects = await sandbox.get(KUSTOMIZATIONS, "flux-system");
      assert.ok(objects.every(isReady));
    });
  });
}
