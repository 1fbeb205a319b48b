import { FluxBootstrap } from "../../components/flux/bootstrap";
import { FluxHandoff } from "../../components/flux/handoff";
import type { FluxHandoffArgs, HandoffApp } from "../../components/flux/handoff-args";
import { kustomizeConfig } from "../../manifests/flux/objects";
import { toYaml } from "../../manifests/yaml";
import { run } from "../mocks";

export const url = "https://git.example.com/your-org/flux-config.git";
export const cluster = { url, branch: "main", path: "clusters/my-cluster" };
export const auth = { basic: { username: "flux", password: "canary-flux" } };
export const author = { name: "Handoff", email: "handoff@example.com" };
/** An entry in the cluster's own kustomization.yaml. */
export const entry = (folder: string): HandoffApp["edits"] => ({
  "clusters/my-cluster/kustomization.yaml": [
    { list: ["resources"], entry: folder, initial: toYaml(kustomizeConfig([])) },
  ],
});
export const apps: readonly HandoffApp[] = [
  {
    files: { "clusters/my-cluster/ns/ns.yaml": "ns\n" },
    kustomizations: [{ name: "calcom-ns", path: "./ns" }],
    edits: entry("./ns"),
  },
  {
    files: { "clusters/my-cluster/calcom/app.yaml": "app\n" },
    kustomizations: [{ name: "calcom-app", path: "./app", dependsOn: [{ name: "calcom-ns" }] }],
    edits: entry("./calcom"),
  },
];
/** The cluster, as the commits look at it. */
export const reached = {
  kubeconfig: { secret: "kubeconfig: text" },
  context: "admin",
  kustomizations: ["flux-system/flux-system", "flux-system/calcom-ns", "flux-system/calcom-app"],
};
export const appRepository = {
  source: "calcom",
  url: "https://git.example.com/your-org/calcom.git",
  branch: "prod",
  auth: { bearer: { token: "canary-app" } },
  files: { "k8s/prod/app.yaml": "app\n" },
};
export const answers = {
  outputs: {
    "handoff:git:GitCommit": (_: unknown, name: string) => ({ revision: `main@sha1:${name}` }),
    "handoff:flux:FluxReady": () => ({ ready: true, reconciled: { "Kustomization a/b": "main@sha1:x" } }),
  },
};

export type Change = Partial<FluxHandoffArgs>;

/** The program of a hand-off to Flux's repository and an app's. */
export function program(change: Change | ((bootstrap: FluxBootstrap) => Change)): FluxHandoff {
  const bootstrap = new FluxBootstrap("flux", {
    ...cluster,
    auth,
    kubeconfig: "kubeconfig: text",
    context: "admin",
    version: "v9.9.9",
    components: "digest",
  });
  const more = typeof change === "function" ? change(bootstrap) : change;
  return new FluxHandoff("handoff", {
    ...{ bootstrap, auth, author, apps, message: "Hand off", appRepositories: [appRepository] },
    ...more,
  });
}

export const handoff = (change: Parameters<typeof program>[0] = {}) => run(answers, () => program(change));

/** The error of a program that throws, and the types of what it had registered. */
export async function refused(change: Change): Promise<{ error: unknown; types: string[] }> {
  let error: unknown;
  const { resources } = await run(answers, () => {
    try {
      program(change);
    } catch (thrown) {
      error = thrown;
    }
  });
  return { error, types: resources.map(({ type }) => type) };
}
