import { strict as assert } from "node:assert";
import type { Report } from "../../../tools/sandbox/report";
import type { Sandbox } from "../sandbox";

const subject = "Hand off Cal.com to Flux";

/** The Kustomizations of the system, with the source that each one applies. */
const kustomizations = {
  "calcom-app": "calcom-app",
  "calcom-ns": "flux-system",
  "cert-manager": "flux-system",
  cloudflare: "flux-system",
  "external-secrets": "flux-system",
  "external-secrets-store": "flux-system",
  "flux-system": "flux-system",
  "origin-ca-issuer-controller": "flux-system",
  "origin-ca-issuer-crds": "origin-ca-issuer",
} as const;

/** `npm start -- --json`, with its exit status. */
export async function startJson(sandbox: Sandbox): Promise<Report> {
  const { status, stdout, output } = await sandbox.command(["start", "--json"]);
  assert.equal(status, 0, output);
  return JSON.parse(stdout) as Report;
}

/** Everything is Ready, at the commits that the repositories have now. */
export function assertAllReady(sandbox: Sandbox, { kustomizations: live }: Report): void {
  const revisions: Readonly<Record<string, string>> = {
    "calcom-app": `main@sha1:${sandbox.head("your-org/calcom")}`,
    "flux-system": `main@sha1:${sandbox.head("your-org/flux-config")}`,
  };
  const of = (kind: string): typeof live => live.filter((each) => each.kind === kind);
  const names = (all: typeof live): string[] => all.map(({ name }) => name).sort();
  assert.deepEqual(names(of("Kustomization")), Object.keys(kustomizations));
  assert.deepEqual(names(of("HelmRelease")), ["cert-manager", "external-secrets", "origin-ca-issuer"]);
  assert.deepEqual(
    live.filter(({ ready }) => !ready),
    [],
  );
  for (const { name, revision } of of("Kustomization")) {
    const source = kustomizations[name as keyof typeof kustomizations];
    if (source in revisions) assert.equal(revision, revisions[source], name);
    else assert.match(revision, /^v0\.15\.0@sha1:[0-9a-f]{40}$/, name);
  }
}

export function firstStart(sandbox: Sandbox): void {
  describe("npm start", () => {
    it("ends with every Kustomization and HelmRelease Ready at the commit", async () => {
      sandbox.create();
      const report = await startJson(sandbox);
      await sandbox.readEnvironment();
      assertAllReady(sandbox, report);

      const [app = "", flux = ""] = sandbox.heads();
      assert.deepEqual(report.commits, [
        { repository: "your-org/calcom", commit: app, subject },
        { repository: "your-org/flux-config", commit: flux, subject },
      ]);
      const { url, revision, revisions, tunnelId, tunnelHostname, readme } = report.outputs;
      assert.equal(url, "https://cal.example.com");
      assert.equal(revision, `main@sha1:${flux}`);
      assert.deepEqual(revisions, {
        "calcom-app": `main@sha1:${app}`,
        "flux-system": `main@sha1:${flux}`,
      });
      assert.equal(tunnelHostname, `${String(tunnelId)}.cfargotunnel.com`);
      assert.match(String(readme), /^# Cal\.com\n/);

      const kinds = new Map(report.parts.map(({ name, kind }) => [name, kind]));
      const real = ["pulumi", "kube-apiserver", "etcd", "source-controller", "kustomize-controller"];
      for (const name of [...real, "helm-controller", "git"]) assert.equal(kinds.get(name), "real", name);
      for (const name of ["cloudflare", "azure"]) assert.equal(kinds.get(name), "stand-in", name);
      assert.deepEqual(Object.keys(report.seconds), ["parts", "processes", "stack", "up", "ready"]);
    });

    it("makes one commit of the program in each repository", () => {
      for (const repository of ["your-org/calcom", "your-org/flux-config"] as const) {
        assert.deepEqual(sandbox.commits(repository), [
          { author: "Handoff", subject },
          { author: "Platform Team", subject: "Start the repository" },
        ]);
      }
    });

    it("changes nothing the second time, and makes no commit", async () => {
      const heads = sandbox.heads();
      const report = await startJson(sandbox);
      assert.deepEqual(report.commits, []);
      assert.deepEqual(sandbox.heads(), heads);
      assertAllReady(sandbox, report);
    });

    it("leaves a preview without changes", async () => {
      const { status, output } = await sandbox.pulumi(["preview", "--diff", "--expect-no-changes"]);
      assert.equal(status, 0, output);
    });
  });
}
