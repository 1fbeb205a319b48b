import { kustomization, kustomizeConfig } from "../../../manifests/flux/objects";
import { GitCommit } from "../../../components/git/commit";
import { toYaml, type Manifest } from "../../../manifests/yaml";

/** The program that is measured: `BENCH_APPS` apps of two files each, in one of three shapes. */
const env = (name: string): string => process.env[`BENCH_${name}`] ?? "";

interface App {
  readonly name: string;
  readonly object: Manifest;
  readonly files: Readonly<Record<string, string>>;
}

const apps = Array.from({ length: Number(env("APPS")) }, (_, index): App => {
  const name = `app-${String(index)}`;
  // What a one-app change changes.
  const interval = index === 0 && env("CHANGE") !== "" ? env("CHANGE") : "10m";
  const object = kustomization({ name, path: `./${name}`, interval });
  return {
    name,
    object,
    files: {
      [`apps/${name}/kustomization.yaml`]: toYaml(kustomizeConfig(["app.yaml"])),
      [`apps/${name}/app.yaml`]: toYaml(object),
    },
  };
});
const files = Object.assign({}, ...apps.map((app) => app.files)) as App["files"];

const commit = (name: string, some: App["files"]): GitCommit =>
  new GitCommit(name, {
    url: env("URL"),
    branch: "main",
    auth: { basic: { username: env("USER"), password: env("PASSWORD") } },
    files: some,
    message: "Hand off",
    author: { name: "Handoff", email: "handoff@example.com" },
  });

/** The shapes; each loads only what it needs. */
const shapes: Readonly<Record<string, () => Promise<void> | void>> = {
  "one commit": () => {
    commit("bench", files);
  },
  "one commit per file": () => {
    for (const [path, text] of Object.entries(files)) commit(path, { [path]: text });
  },
  "one resource per object": async () => {
    const { CustomResource } = await import("@pulumi/kubernetes/apiextensions/customResource.js");
    const { Provider } = await import("@pulumi/kubernetes/provider.js");
    const provider = new Provider("cluster", { kubeconfig: env("KUBECONFIG") });
    for (const { name, object } of apps) new CustomResource(name, { ...object }, { provider });
  },
};

export = async (): Promise<void> => {
  const shape = shapes[env("SHAPE")];
  if (shape === undefined) throw new Error(`no such shape: ${env("SHAPE")}`);
  await shape();
};
