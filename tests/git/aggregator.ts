import { TestRemote } from "./remote";

/** The remote that the tests of a commit begin with. */
export const aggregator = "# ours and theirs\nresources:\n- ./apps # theirs\n";
export const entry = (name: string) => ({ "kustomization.yaml": [{ list: ["resources"], entry: name }] });

export const remoteWithAggregator = (): TestRemote =>
  new TestRemote({ "README.md": "# Repo\n", "kustomization.yaml": aggregator });
