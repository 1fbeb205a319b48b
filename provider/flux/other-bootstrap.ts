import { join } from "../../manifests/files";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import { readSync, rootName, USUAL_ROOT } from "../../manifests/flux/read-bootstrap";
import { UserError } from "../plugin/handler";
import type { Branch, Head } from "../git/branch";

const SYNC = "gotk-sync.yaml";

/**
 * Sees that a repository's Flux for a folder is the one that the stack is going to lead. Beside another one it would be
 * a second Flux in the cluster; written anew under another name, its root would remove all that it has applied.
 * @param gotkPath folder in which the stack has Flux's files
 * @param path folder that its root reads; undefined where that isn't known
 * @throws UserError that names the file, and what to set or do
 */
export async function refuseOther(
  branch: Branch,
  { tree }: Head,
  gotkPath: string,
  path: string | undefined,
): Promise<void> {
  const own = join(gotkPath, SYNC);
  const files = [...tree].filter(
    ([file, { mode }]) => mode.startsWith("100") && (file === SYNC || file.endsWith(`/${SYNC}`)),
  );
  const contents = await branch.read(files.map(([, { oid }]) => oid));
  const texts = files.map(([file, { oid }]): [string, string] => [
    file,
    contents.get(oid)?.toString("utf8") ?? "",
  ]);
  const mine = texts.find(([file]) => file === own)?.[1] ?? "";
  const others = texts.filter(([, text]) => path !== undefined && placeOf(readSync(text)?.path) === path);
  const [file, text] = rootName(mine) === undefined ? (others[0] ?? [own, ""]) : [own, mine];
  const root = rootName(text);
  if (root === undefined || (root === USUAL_ROOT && file === own)) return;
  if (root !== USUAL_ROOT)
    throw new UserError(
      `${file} of ${branch.branch} has Flux with the root ${root}, as by \`flux bootstrap --namespace\`; this program leads one in ${FLUX_SYSTEM}, whose root has that name. ` +
        `Nothing was changed\n→ Choose another folder and cluster for this stack; or move that Flux first: flux uninstall --namespace=${root.split("/")[0] ?? ""} leaves what it applied running, then take ${file.slice(0, -SYNC.length)} out of the repository.`,
    );
  const folder = file === SYNC ? "./" : file.slice(0, -SYNC.length - 1);
  throw new UserError(
    `${branch.branch} has Flux's files for this folder in ${folder}, not in ${gotkPath === "" ? "./" : gotkPath}: they would be there twice. Nothing was changed\n` +
      `→ Set flux.gotkPath: ${folder}`,
  );
}

/** As git's paths have it: `./clusters/prod/` is `clusters/prod`. */
function placeOf(path: string | undefined): string | undefined {
  return path
    ?.split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}
