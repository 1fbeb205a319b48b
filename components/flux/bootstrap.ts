import * as pulumi from "@pulumi/pulumi";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import { readBlob } from "../../cache/blobs";
import { InputError, join, under } from "../../manifests/files";
import { toYaml } from "../../manifests/yaml";
import type { Controllers } from "../../manifests/flux/controllers";
import { customize, installedComponents, type Customization } from "../../manifests/flux/customize";
import { gitSecretData } from "../../manifests/flux/git-secret";
import { FluxInstall } from "./install";
import { FLUX_SYSTEM, kustomizeConfig } from "../../manifests/flux/objects";
import { syncManifest } from "../../manifests/flux/sync-manifest";
import type { GitAuth } from "../../manifests/git/auth";
import type { ListEdit } from "../../manifests/git/edits";
import type { Protection } from "../../manifests/git/protection";

/** Files that Flux generates. */
const GENERATED = ["gotk-components.yaml", "gotk-sync.yaml"];

export interface FluxBootstrapArgs {
  /** Text of a kubeconfig for the cluster; may be the output of a cluster that doesn't exist yet. */
  readonly kubeconfig: pulumi.Input<string>;
  /** @default the kubeconfig's current context */
  readonly context?: string;
  /** Release of Flux, such as `v2.9.4`. */
  readonly version: string;
  /** SHA-256 of `gotk-components.yaml`, see `componentsDigest`. */
  readonly components: string;
  /** Address of the flux repository, as the cluster reaches it. */
  readonly url: string;
  readonly branch: string;
  /** Folder of the cluster in the repository, such as `clusters/my-cluster`. */
  readonly path: string;
  /** How Flux signs in to the repository. Reading is enough. */
  readonly auth: pulumi.Input<GitAuth>;
  /** `github` when `auth` is a GitHub App, which Flux has to be told. */
  readonly provider?: "github";
  /** How often Flux looks for new commits. @default "1m" */
  readonly interval?: string;
  /** How long to wait for the controllers. @default 300 */
  readonly timeoutSeconds?: number;
  /** Pace and size of controllers: `{ "kustomize-controller": { concurrent: 20, tmpInMemory: "1Gi" } }`. */
  readonly controllers?: Controllers;
  /**
   * Further sets of controllers, by name. Each takes the objects whose label `sharding.fluxcd.io/key` is that name.
   * @default none
   */
  readonly shards?: readonly string[];
}

/**
 * Leaves what `flux bootstrap git` leaves: the components and the Secret in the cluster, and the files of
 * `<path>/flux-system`, which `FluxHandoff` commits together with everything else.
 *
 * ```ts
 * const flux = new FluxBootstrap("flux", { kubeconfig, version: "v2.9.4", components, url, branch, path, auth });
 * ```
 */
export class FluxBootstrap extends pulumi.ComponentResource {
  /** Text of `gotk-sync.yaml`. */
  readonly sync: string;
  /** UID of the namespace flux-system, a `replacementTrigger` for what is in it; null where it isn't known. */
  readonly namespace: pulumi.Output<string | null>;
  /** Files that are Flux's own: path → text. */
  readonly files: Readonly<Record<string, string>>;
  /** Generated files by digest. */
  readonly digests: Readonly<Record<string, string>>;
  /** Files that are the user's once they are there: patches of the components go into this kustomization.yaml. */
  readonly initialFiles: Readonly<Record<string, string>>;
  /** What the root sync reads about itself, which no commit may take away while Flux runs. */
  readonly protect: Protection;
  /** Entries of ours in that kustomization.yaml, for the options of the controllers. */
  readonly edits: Readonly<Record<string, readonly ListEdit[]>>;

  constructor(
    name: string,
    readonly args: FluxBootstrapArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("handoff:flux:FluxBootstrap", name, {}, options);
    const { kubeconfig, context, version, components, timeoutSeconds } = args;
    const { files, edits, operations } = this.customization();
    this.sync = syncManifest(args);
    const install = new FluxInstall(
      `${name}-install`,
      {
        ...{ kubeconfig, context, version, components, sync: this.sync, timeoutSeconds },
        ...(Object.keys(operations).length > 0 && { operations }),
      },
      { parent: this },
    );
    this.namespace = install.namespace.apply((uid: string | undefined) => uid ?? null);
    // The namespace comes with the components, and goes with them.
    new Secret(
      `${name}-auth`,
      {
        metadata: {
          name: FLUX_SYSTEM,
          namespace: FLUX_SYSTEM,
          // `flux bootstrap` and `flux create secret` write the same keys; the stack's are the ones that count.
          annotations: { "pulumi.com/patchForce": "true" },
        },
        stringData: pulumi.secret(pulumi.output(args.auth).apply(secretData)),
      },
      // The namespace, when it goes, takes the Secret with it; a Flux that stays goes on needing it.
      { parent: this, dependsOn: install, retainOnDelete: true, replacementTrigger: this.namespace },
    );
    const folder = join(args.path, FLUX_SYSTEM);
    const initial = toYaml(kustomizeConfig(GENERATED));
    const kustomization = `${folder}/kustomization.yaml`;
    this.files = { [`${folder}/gotk-sync.yaml`]: this.sync, ...under(folder, files) };
    this.digests = { [`${folder}/gotk-components.yaml`]: components };
    this.protect = rootSync(args.path);
    this.initialFiles = { [kustomization]: initial };
    this.edits = edits.length === 0 ? {} : { [kustomization]: edits.map((edit) => ({ ...edit, initial })) };
    this.registerOutputs({ sync: this.sync });
  }

  /** The controllers of the installation. */
  get installed(): readonly string[] {
    return installedComponents(readBlob(this.args.components));
  }

  private customization(): Customization {
    const { controllers = {}, shards = [], components } = this.args;
    if (Object.keys(controllers).length === 0 && shards.length === 0)
      return { files: {}, edits: [], operations: {} };
    try {
      return customize(readBlob(components), { controllers, shards });
    } catch (error) {
      throw error instanceof InputError ? new pulumi.ResourceError(error.message, this, true) : error;
    }
  }
}

/** The files by which Flux applies itself, and the entries that lead to them from the cluster's folder. */
function rootSync(path: string): Protection {
  const folder = join(path, FLUX_SYSTEM);
  return {
    files: [...GENERATED, "kustomization.yaml"].map((name) => `${folder}/${name}`),
    resources: {
      [`${folder}/kustomization.yaml`]: GENERATED,
      [join(path, "kustomization.yaml")]: [`./${FLUX_SYSTEM}`],
    },
    root: path,
    reason: "Flux's root sync reads it: without it Flux would remove itself from the cluster.",
  };
}

/** A key that can't be read is shown without a stack trace. */
function secretData(auth: GitAuth): Readonly<Record<string, string>> {
  try {
    return gitSecretData(auth);
  } catch (error) {
    throw error instanceof InputError ? new pulumi.RunError(error.message) : error;
  }
}
