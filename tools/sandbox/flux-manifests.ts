import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { go, goBuild, setFolder } from "./go-build";
import type { Tools } from "./tools";

/**
 * Makes what Flux's release publishes as manifests.tar.gz, from the same sources: for each controller its CRDs and
 * Deployment as its own module has them, put together as flux2 does; further the roles and network policies.
 */
export async function buildFluxManifests(folder: string, tools: Tools): Promise<void> {
  const modules = await moduleFolders();
  const flux2 = modules.get("github.com/fluxcd/flux2/v2");
  if (flux2 === undefined) throw new Error("go/flux-manifests/go.mod does not name flux2");
  const work = join(folder, ".work");
  mkdirSync(work);
  const kustomize = (path: string): string =>
    execFileSync(tools.command("kubectl"), ["kustomize", path], { encoding: "utf8", maxBuffer: 64 << 20 });
  try {
    copyWritable(join(flux2, "manifests"), join(work, "manifests"));
    for (const controller of readdirSync(join(work, "manifests", "bases"))) {
      const module = `github.com/fluxcd/${controller}`;
      const source = modules.get(module) ?? modules.get(`${module}/v2`);
      if (source === undefined) continue; // one whose module can't be had
      const base = join(work, "manifests", "bases", controller);
      copyWritable(join(source, "config"), join(work, controller));
      const had = source.slice(source.lastIndexOf("@") + 1);
      const version = IN_PLACE_OF[`${controller}@${had}`] ?? had;
      writeFileSync(join(base, `${controller}.crds.yaml`), kustomize(join(work, controller, "crd")));
      const deployment = kustomize(join(work, controller, "manager"));
      writeFileSync(
        join(base, `${controller}.deployment.yaml`),
        deployment.replace(`/${controller}:${had}`, `/${controller}:${version}`),
      );
      const file = join(base, "kustomization.yaml");
      writeFileSync(file, withLocalFiles(readFileSync(file, "utf8"), controller, version));
      writeFileSync(join(folder, `${controller}.yaml`), kustomize(base));
    }
    for (const name of ["rbac", "policies"]) {
      writeFileSync(join(folder, `${name}.yaml`), kustomize(join(work, "manifests", name)));
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Modules that can't be had in the release's version, and whose CRDs and Deployment are the same in another one. */
const IN_PLACE_OF: Readonly<Record<string, string>> = { "source-watcher@v2.2.2": "v2.2.3" };

/** The base's kustomization with local files in place of the addresses of that release. */
export function withLocalFiles(kustomization: string, controller: string, version: string): string {
  const address = `https://github.com/fluxcd/${controller}/releases/download/${version}/`;
  if (!kustomization.includes(address)) {
    throw new Error(
      `Flux's release has another ${controller} than ${version}: correct go/flux-manifests/go.mod.`,
    );
  }
  return kustomization.replaceAll(address, "");
}

/** Where each pinned module lies in the module cache. */
export async function moduleFolders(): Promise<ReadonlyMap<string, string>> {
  const set = setFolder("flux-manifests");
  const required = [...readFileSync(join(set, "go.mod"), "utf8").matchAll(/^\t(\S+) v\S+$/gm)].map(
    ([, path]) => path,
  );
  const found = new Map<string, string>();
  for (const path of required) {
    if (path === undefined) continue;
    const { Dir } = JSON.parse(await go(["mod", "download", "-json", path], set)) as { Dir: string };
    found.set(path, Dir);
  }
  return found;
}

/** Files of the module cache are read-only; their copies are worked on. */
export function copyWritable(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
  execFileSync("chmod", ["-R", "u+w", to]);
}

/**
 * Builds the flux command. Its module lacks the manifests that the command embeds (they are made at release), so the
 * build takes a copy of the module that has them.
 */
export async function buildFlux(folder: string, version: string, manifests: string): Promise<void> {
  const set = setFolder("flux-cli");
  const module = "github.com/fluxcd/flux2/v2";
  const { Dir } = JSON.parse(await go(["mod", "download", "-json", module], set)) as { Dir: string };
  const work = join(folder, ".work");
  mkdirSync(work);
  try {
    const copy = join(work, "flux2");
    copyWritable(Dir, copy);
    const embedded = join(copy, "cmd", "flux", "manifests");
    mkdirSync(embedded, { recursive: true });
    for (const name of readdirSync(manifests)) {
      if (name.endsWith(".yaml")) cpSync(join(manifests, name), join(embedded, name));
    }
    const modFile = join(work, "go.mod");
    const pinned = readFileSync(join(set, "go.mod"), "utf8");
    writeFileSync(modFile, `${pinned}\nreplace ${module} => ${copy}\n`);
    cpSync(join(set, "go.sum"), join(work, "go.sum"));
    const ldflags = `-X main.VERSION=${version}`;
    await goBuild({ set: "flux-cli", package: `${module}/cmd/flux`, ldflags, modFile }, join(folder, "flux"));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
