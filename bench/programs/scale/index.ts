/** The program that is measured at scale: many apps of one repository, in the ways that docs/flux-at-scale.md names. */
import { readFileSync } from "node:fs";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import { Provider } from "@pulumi/kubernetes/provider";
import { fileTexts } from "../../../components/secrets/file-texts";
import { perApp } from "../../../manifests/layouts/per-app";
import { appGroup } from "../../../manifests/apps/app-group";
import { FluxBootstrap } from "../../../components/flux/bootstrap";
import { FluxHandoff } from "../../../components/flux/handoff";
import { DEFAULT_COMPONENTS } from "../../../manifests/flux/install-manifests";
import { componentsDigest } from "../../../components/flux/release";
import type { Scale } from "./scale";

const env = process.env as Readonly<Record<string, string>>;
const { apps, cut, parts, controllers, shards } = JSON.parse(env.SCALE ?? "{}") as Scale;
const path = "clusters/my-cluster";
const version = "v2.9.4";

export = async (): Promise<object> => {
  const kubeconfig = readFileSync(env.KUBECONFIG ?? "", "utf8");
  const kubernetes = new Provider("cluster", { kubeconfig, enableSecretMutable: true });
  const auth = {
    basic: { username: env.SANDBOX_GIT_USERNAME ?? "", password: env.SANDBOX_GIT_PASSWORD ?? "" },
  };
  const bootstrap = new FluxBootstrap(
    "flux",
    {
      kubeconfig,
      version,
      components: await componentsDigest({
        version,
        manifests: env.SANDBOX_FLUX_MANIFESTS,
        components: [...DEFAULT_COMPONENTS, ...(cut === "artifacts" ? (["source-watcher"] as const) : [])],
      }),
      url: `${env.SANDBOX_GIT_URL ?? ""}/your-org/flux-config.git`,
      branch: "main",
      path,
      auth,
      controllers,
      shards,
    },
    { providers: { kubernetes } },
  );
  const secret = new Secret(
    "apps-auth",
    { metadata: { name: "apps-auth", namespace: "flux-system" }, stringData: auth.basic },
    { provider: kubernetes, dependsOn: bootstrap },
  );
  const group = appGroup({
    name: "fleet",
    repository: {
      url: `${env.SANDBOX_GIT_URL ?? ""}/bench/apps.git`,
      branch: "main",
      secretName: "apps-auth",
    },
    cut,
    parts,
    shards,
    apps: Array.from({ length: apps }, (_, index) => {
      const name = `app-${String(index)}`;
      return {
        name,
        folder: `apps/${name}`,
        targetNamespace: "default",
        interval: "1h",
        retryInterval: "1m",
      };
    }),
  });
  const placed = perApp({ clusterPath: path })([group], []).map((app) => ({
    ...app,
    files: fileTexts(app.files, { outputs: {}, values: {}, recipients: [] }),
  }));
  const handoff = new FluxHandoff("handoff", {
    bootstrap,
    auth,
    author: { name: "Handoff", email: "handoff@example.com" },
    apps: placed,
    message: "Hand off the apps",
    after: [secret],
    timeoutSeconds: 900,
  });
  return { revision: handoff.revision };
};
