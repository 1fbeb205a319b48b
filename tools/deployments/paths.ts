import type { Modules } from "../pipeline/inputs";

/** What a stack needs besides what the program imports. */
const ALWAYS = ["Pulumi.yaml", "package-lock.json", "package.json", "provider/**", "tsconfig.json"];

/**
 * Paths that concern a stack, as filters of Pulumi Deployments: its file, and of what the program imports the folders,
 * so that a new module needs no new filter.
 * @param folder of Pulumi.yaml in the repository
 */
export function pathFilters(stack: string, modules: Modules, folder = "."): readonly string[] {
  const imported = [...modules.keys()].map((path) => {
    const [top = path, ...rest] = path.split("/");
    return rest.length === 0 ? top : `${top}/**`;
  });
  const paths = [...new Set([`Pulumi.${stack}.yaml`, ...ALWAYS, ...imported])].sort();
  return folder === "." ? paths : paths.map((path) => `${folder.replace(/\/$/, "")}/${path}`);
}
