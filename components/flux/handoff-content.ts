import * as pulumi from "@pulumi/pulumi";
import { join, mergeFiles, type Files } from "../../manifests/files";
import type { BootstrapLayout } from "../../manifests/flux/layout";
import { kustomizeConfig } from "../../manifests/flux/objects";
import { withServiceAccount } from "../../manifests/flux/service-account";
import type { Edit } from "../../manifests/git/edits";
import type { KeptField, KeptFields } from "../../manifests/git/kept-fields";
import { toYaml } from "../../manifests/yaml";
import type { HandoffApp } from "./handoff-args";

export type FileInputs = Readonly<Record<string, pulumi.Input<string>>>;

/**
 * The files of all apps.
 * @throws InputError when two apps have a path, unless its text is known and the same
 */
export function mergeAppFiles(apps: readonly HandoffApp[]): FileInputs {
  // A text that isn't known yet could be anything: its own text stands for it.
  const texts = (app: HandoffApp, index: number): Files =>
    Object.fromEntries(
      Object.entries(app.files).map(([path, text]) => [
        path,
        typeof text === "string" ? text : `text of app ${String(index)}`,
      ]),
    );
  mergeFiles(...apps.map(texts));
  return Object.fromEntries(apps.flatMap((app) => Object.entries(app.files)));
}

/** The files with every Kustomization and HelmRelease that names no ServiceAccount applied as this one. */
export function asAccount(name: string | undefined, files: FileInputs): FileInputs {
  if (name === undefined) return files;
  const account = (text: string): string => withServiceAccount(text, name);
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      path,
      typeof text === "string" ? account(text) : pulumi.output(text).apply(account),
    ]),
  );
}

/** All that is named; undefined when nothing is. */
export function keptFields(parts: readonly { readonly keep?: KeptFields }[]): KeptFields | undefined {
  const all: Record<string, readonly KeptField[]> = {};
  for (const [path, fields] of parts.flatMap(({ keep = {} }) => Object.entries(keep))) {
    all[path] = [...(all[path] ?? []), ...fields];
  }
  return Object.keys(all).length === 0 ? undefined : all;
}

/** All edits by path: a file may hold entries of several parts. */
export function mergeEdits(
  ...parts: readonly (Readonly<Record<string, readonly Edit[]>> | undefined)[]
): Record<string, readonly Edit[]> {
  const all: Record<string, readonly Edit[]> = {};
  for (const [path, edits] of parts.flatMap((part) => Object.entries(part ?? {}))) {
    all[path] = [...(all[path] ?? []), ...edits];
  }
  return all;
}

/**
 * What leads to Flux's own folder, among the entries of the cluster's kustomization.yaml, which others edit too. Where
 * Flux lives in this very folder, the bootstrap lists its files.
 */
export function aggregator({ path, own, entries }: BootstrapLayout): Record<string, readonly Edit[]> {
  const initial = toYaml(kustomizeConfig([]));
  if (own) return {};
  return {
    [join(path, "kustomization.yaml")]: entries.map((entry) => ({ list: ["resources"], entry, initial })),
  };
}
