import { kustomization, kustomizeConfig } from "../../components/flux/objects";
import { GitCommit } from "../../components/git/commit";
import { toYaml } from "../../components/yaml";

/** The program that is measured: nothing, or a hand-off of `BENCH_APPS` apps of two files each. */
const {
  BENCH_APPS = "0",
  BENCH_CHANGE = "",
  BENCH_URL = "",
  BENCH_USER = "",
  BENCH_PASSWORD = "",
} = process.env;

const apps = Array.from({ length: Number(BENCH_APPS) }, (_, index) => `app-${String(index)}`);
const files = Object.fromEntries(
  apps.flatMap((name, index) => {
    const interval = index === 0 && BENCH_CHANGE !== "" ? BENCH_CHANGE : "10m";
    return [
      [`apps/${name}/kustomization.yaml`, toYaml(kustomizeConfig(["app.yaml"]))],
      [`apps/${name}/app.yaml`, toYaml(kustomization({ name, path: `./${name}`, interval }))],
    ];
  }),
);

export const revision =
  apps.length === 0
    ? "none"
    : new GitCommit("bench", {
        url: BENCH_URL,
        branch: "main",
        auth: { basic: { username: BENCH_USER, password: BENCH_PASSWORD } },
        files,
        message: "Hand off",
        author: { name: "Handoff", email: "handoff@example.com" },
      }).revision;
