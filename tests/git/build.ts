import assert from "node:assert/strict";
import type { Props } from "../../provider/plugin/handler";
import { Hand, TestRemote } from "./remote";

export const ROOT = "clusters/prod";
export const object = (kind: string, name: string, namespace?: string, apiVersion = "v1"): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n${namespace === undefined ? "" : `  namespace: ${namespace}\n`}`;
export const sync = (name: string, path = `./${name}`): string =>
  `${object("Kustomization", name, "flux-system", "kustomize.toolkit.fluxcd.io/v1")}spec:\n  path: ${path}\n`;
export const listing = (...entries: readonly string[]): string =>
  `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:${entries.length === 0 ? " []" : ""}\n${entries.map((entry) => `- ${entry}\n`).join("")}`;
export const edits = (path: string, ...entries: readonly string[]) => ({
  [path]: entries.map((entry) => ({ list: ["resources"], entry, initial: listing() })),
});

/** What the stack hands off: an app's folder, and its entry in the cluster's list. */
export const APP = {
  files: {
    [`${ROOT}/calcom/kustomization.yaml`]: listing("calcom.yaml"),
    [`${ROOT}/calcom/calcom.yaml`]: sync("calcom"),
  },
  edits: edits(`${ROOT}/kustomization.yaml`, "./calcom"),
  protect: { files: [], resources: {}, root: ROOT, reason: "Flux reads it." },
};

/** Makes the remotes of a file's tests, and what is to be refused in them. */
export function useRemotes() {
  const remotes: TestRemote[] = [];
  const remoteWith = (files: Readonly<Record<string, string>>): TestRemote => {
    const remote = new TestRemote(files);
    remotes.push(remote);
    return remote;
  };
  afterEach(() => {
    for (const remote of remotes.splice(0)) remote.dispose();
  });

  const refused = async (
    files: Readonly<Record<string, string>>,
    inputs: Props,
    ...words: readonly (RegExp | string)[]
  ): Promise<void> => {
    const remote = remoteWith(files);
    const hand = new Hand(remote.url);
    const before = remote.log("%H");
    for (const act of [() => hand.preview(inputs), () => hand.up(inputs)]) {
      await assert.rejects(act(), (error: Error) => {
        for (const word of words)
          if (typeof word === "string") assert.ok(error.message.includes(word), error.message);
          else assert.match(error.message, word);
        assert.match(error.message, /\n→ Nothing was changed\b/);
        return true;
      });
    }
    assert.deepEqual(remote.log("%H"), before);
  };

  return { remoteWith, refused };
}
