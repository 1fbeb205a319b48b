import type { App } from "../../manifests/app";
import { mergeFiles, type Files } from "../../manifests/files";
import type { Delivery, FileTexts } from "../../manifests/layouts/layout";
import { perApp } from "../../manifests/layouts/per-app";

/** From the cluster's vault, by Azure's store. */
export const FROM_VAULT: Delivery = [{ from: "store" }];

const known = (files: FileTexts): Files =>
  Object.fromEntries(
    Object.entries(files).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );

/** What apps put into repositories in the layout of Cal.com; texts that only `up` knows are left out. */
export function placed(
  apps: readonly App[],
  delivery: Delivery = FROM_VAULT,
  infrastructurePath?: string,
): { files: Files; elsewhere: Files; parts: ReturnType<ReturnType<typeof perApp>> } {
  const parts = perApp({ clusterPath: "clusters/my-cluster", infrastructurePath })(apps, delivery);
  return {
    files: mergeFiles(...parts.map(({ files }) => known(files))),
    elsewhere: mergeFiles(
      ...parts.flatMap((part) => Object.values(part.elsewhere).map(({ files }) => known(files))),
    ),
    parts,
  };
}
