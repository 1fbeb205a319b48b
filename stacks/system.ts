import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { PreflightArgs } from "../components/preflight";
import type { ValueSources } from "../components/secrets/values";
import type { App } from "../manifests/app";
import type { Edit } from "../manifests/git/edits";
import type { Delivery, Layout } from "../manifests/layouts/layout";
import type { Entrance, EntranceSettings } from "./entrance";
import type { DeliverySettings, SecretDelivery } from "./secret-delivery";
import type { SettingsOf } from "./settings";
import type { RepositorySettings } from "./settings/blocks/repository";
import type { Fault } from "./settings/faults";
import type { Environment } from "./settings/references";
import type { OwnSettings, SharedSettings } from "./settings/schema";

/** A system: its own settings, where its repository keeps things, and what it consists of. */
export interface System<Shape extends z.ZodRawShape> extends OwnSettings<Shape> {
  /** Heading of the stack's page. */
  readonly title: string;
  readonly layout: (settings: SettingsOf<Shape>) => Layout;
  /** Kustomizations that are shown as one wave, though one of them waits for another. */
  readonly together?: readonly (readonly string[])[];
  /** Folder of Flux's own files, where it isn't `flux-system` in the folder that Flux reads. */
  readonly gotkPath?: (settings: SettingsOf<Shape>) => string;
  /** False where Flux makes the kustomization.yaml of the cluster's folder from all that lies in it. @default true */
  readonly rootKustomization?: boolean;
  /** Repositories with manifests of apps, by the name of the GitRepository that reads each. */
  readonly repositories?: (settings: SettingsOf<Shape>) => Readonly<Record<string, AppRepository>>;
  /** How Secrets reach the cluster. @default as the setting `secrets` says */
  readonly delivery?: (settings: SettingsOf<Shape>) => Delivery;
  readonly build: (settings: SettingsOf<Shape>, platform: Platform) => Built;
}

/** What a system consists of. */
export interface Built {
  /** In the order in which a reader would list them. */
  readonly apps: readonly App[];
  /** The values that their Secrets take, by name. */
  readonly values?: ValueSources;
  /** Further files of the flux repository: path → text. */
  readonly files?: Readonly<Record<string, string>>;
  /** Further entries in files of others in the flux repository: path → entries. */
  readonly edits?: Readonly<Record<string, readonly Edit[]>>;
  /** Secrets in flux-system that are there before the first commit, for what can't be read from a vault yet: name → data. */
  readonly clusterSecrets?: Readonly<Record<string, pulumi.Input<Record<string, string>>>>;
  /** What must be there before the first commit. */
  readonly after?: readonly pulumi.Resource[];
  readonly outputs?: Readonly<Record<string, unknown>>;
}

export interface AppRepository {
  readonly settings: RepositorySettings;
  /** Secret in flux-system by which Flux reads it. */
  readonly secretName: string;
}

/** What every system stands on. */
export interface Platform {
  /** The way in from outside. */
  readonly entrance: Entrance;
  /** The way of Secrets into the cluster. */
  readonly delivery: SecretDelivery;
}

/** The settings that all systems share, and those blocks that a system takes. */
export type PlatformSettings = SharedSettings & EntranceSettings & DeliverySettings;

/** What a stack's configuration says, for a look from outside of a run. */
export interface ReadStack {
  readonly settings: PlatformSettings;
  /** What is signed in to before anything is made. */
  readonly preflight: PreflightArgs;
}

/** A system that can be run, whatever its settings. */
export interface RunnableSystem {
  readonly title: string;
  /** The schema of its stacks' configuration. */
  readonly schema: (env: Environment, systems: readonly string[]) => z.ZodObject;
  /** What is wrong with a stack's configuration, also one that isn't whole yet. */
  readonly faults: (
    raw: Readonly<Record<string, unknown>>,
    env: Environment,
    systems: readonly string[],
  ) => readonly Fault[];
  /**
   * Checks a stack's configuration, and makes nothing.
   * @param systems names of all systems
   * @throws pulumi.RunError with all faults
   */
  readonly read: (
    raw: Readonly<Record<string, unknown>>,
    env: Environment,
    systems: readonly string[],
  ) => ReadStack;
  /**
   * Checks a stack's configuration and builds the system.
   * @param systems names of all systems
   * @returns the stack's outputs
   */
  readonly run: (
    raw: Readonly<Record<string, unknown>>,
    env: Environment,
    systems: readonly string[],
  ) => Promise<Record<string, unknown>>;
}
