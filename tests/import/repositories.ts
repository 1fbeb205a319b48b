/** Repositories to import: clones on disk, as somebody has them. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { App, AppKustomization } from "../../manifests/app";
import { syncManifest } from "../../manifests/flux/sync-manifest";
import type { Layout } from "../../manifests/layouts/layout";
import { editFile } from "../../provider/git/edit-file";

export type Texts = Record<string, string>;

/** Options of git for a commit by somebody, whatever the machine's own configuration is. */
export const SOMEBODY = [
  ...["-c", "user.name=Somebody"],
  ...["-c", "user.email=somebody@example.com"],
  ...["-c", "commit.gpgsign=false"],
];

const folders: string[] = [];

/** A clone with one commit of these files. */
export function clone(files: Texts, remote = "git@git.example.com:acme/flux.git"): string {
  const folder = mkdtempSync(join(tmpdir(), "handoff-import-test-"));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const git = (...args: string[]): void => {
    execFileSync("git", args, { cwd: folder, stdio: "ignore" });
  };
  git("init", "--quiet", "--initial-branch=live");
  git("remote", "add", "origin", remote);
  git("add", "--all");
  git(...SOMEBODY, "commit", "--quiet", "-m", "Start");
  return folder;
}

export function removeClones(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
}

/** gotk-components.yaml of a release, as Flux wrote it. */
export const COMPONENTS = readFileSync(join(__dirname, "..", "fixtures", "gotk-components.yaml"), "utf8");

/** What `flux bootstrap` leaves in a folder. */
export function bootstrap(
  path: string,
  gotkPath = `${path}/flux-system`,
  url = "ssh://git@git.example.com/acme/flux",
): Texts {
  return {
    [`${gotkPath}/gotk-components.yaml`]: COMPONENTS,
    [`${gotkPath}/gotk-sync.yaml`]: syncManifest({ url, branch: "live", path }),
    [`${gotkPath}/kustomization.yaml`]:
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- gotk-components.yaml\n- gotk-sync.yaml\n",
  };
}

/** What a layout writes of apps, with its entries in files of others. */
export function written(files: Texts, layout: Layout, apps: readonly App[]): Texts {
  const all = { ...files };
  for (const placed of layout(apps, [])) {
    Object.assign(all, placed.files);
    for (const [path, desired] of Object.entries(placed.edits)) {
      const file = { path, text: all[path], desired, owned: [], adopt: false, initialFile: undefined };
      all[path] = editFile({ ...file, dangles: () => false, leadsToFound: () => false }).text ?? "";
    }
  }
  return all;
}

/** A Kustomization of manifests that people keep. */
export const over = (name: string, more: Partial<AppKustomization> = {}): AppKustomization => ({
  name,
  path: `deploy/${name}`,
  ...more,
});
