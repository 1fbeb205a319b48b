import { strict as assert } from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";
import { disguises } from "../expect";
import type { RepositoryName } from "../repositories";
import type { Sandbox } from "../sandbox";

const repositories: readonly RepositoryName[] = ["your-org/calcom", "your-org/flux-config"];

/**
 * Where one of the secrets stands, in whatever form: in what a run printed, in all objects of the repositories, what the
 * stack exports, the backend's files, the sandbox's logs, and what runs have left in their temporary folder.
 * @param secrets by what each is called
 * @param printed by where it was printed
 */
export async function leaks(
  sandbox: Sandbox,
  secrets: ReadonlyMap<string, string>,
  printed: ReadonlyMap<string, string>,
): Promise<string[]> {
  const places = new Map(printed);
  for (const repository of repositories) {
    const everything = sandbox.git(repository, "cat-file", "--batch-all-objects", "--batch");
    assert.ok(everything.includes("kind: Kustomization") || everything.includes("kind: Deployment"));
    places.set(`the history of ${repository}`, everything);
  }
  const exported = await sandbox.pulumi(["stack", "export"]);
  assert.equal(exported.status, 0);
  places.set("pulumi stack export", exported.stdout);
  places.set("pulumi stack output", (await sandbox.pulumi(["stack", "output"])).output);
  for (const folder of ["backend", "logs", TEMPORARY])
    for (const [file, text] of sandbox.texts(folder)) places.set(file, text);
  return [...places].flatMap(([place, text]) =>
    [...secrets]
      .filter(([, secret]) => disguises(secret).some((form) => text.includes(form)))
      .map(([name]) => `${name} in ${place}`),
  );
}

const TEMPORARY = "tmp";

/** The environment of runs whose temporary files are looked at. */
export function withTemporaryFolder(sandbox: Sandbox): { readonly TMPDIR: string } {
  const TMPDIR = path.join(sandbox.state, TEMPORARY);
  fs.mkdirSync(TMPDIR, { recursive: true });
  return { TMPDIR };
}
