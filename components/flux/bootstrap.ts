import * as pulumi from "@pulumi/pulumi";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import { readBlob } from "../../cache/blobs";
import { InputError, join, under } from "../../manifests/files";
import { toYaml, type Manifest } from "../../manifests/yaml";
import type { Controllers } from "../../manifests/flux/controllers";
import { customize, installedComponents, type Customization } from "../../manifests/flux/customize";
import { gitSecretData } from "../../manifests/flux/git-secret";
import { bootstrapLayout, GENERATED, type BootstrapLayout } from "../../manifests/flux/layout";
import { type Bootstrapped, settledSync } from "./bootstrapped";
import { FluxInstall } from "./install";
import { FLUX_SYSTEM, kustomizeConfig } from "../../manifests/flux/objects";
import { pullSecret } from "../../manifests/flux/pull-secret";
import type { GitAuth } from "../../manifests/git/auth";
import type { ListEdit } from "../../manifests/git/edits";
import type { Protection } from "../../manifests/git/protection";

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
  /** Folder of the cluster in the repository, such as `clusters/my-cluster`; `./` is the repository itself. */
  readonly path: string;
  /**
   * Folder of gotk-components.yaml and gotk-sync.yaml: `path` itself, for a cluster whose root reads the folder that
   * Flux lives in (`k8s/flux-system`), or a folder below it. Its kustomization.yaml lists them.
   * @default `<path>/flux-system`
   */
  readonly gotkPath?: string;
  /**
   * How Flux signs in to the repository. Reading is enough. A function is told whether Flux was in the cluster before,
   * and so stays when this goes.
   */
  readonly auth: pulumi.Input<GitAuth> | ((found: pulumi.Output<boolean>) => pulumi.Input<GitAuth>);
  /** `github` when `auth` is a GitHub App, which Flux has to be told. */
  readonly provider?: "github";
  /** How often Flux looks for new commits. @default "1m" */
  readonly interval?: string;
  /** Secret in flux-system that Flux signs in by; it is made of `auth`. @default "flux-system" */
  readonly secretName?: string;
  /** Fetch git submodules, too. @default false */
  readonly recurseSubmodules?: boolean;
  /** Folders of the repository that Flux fetches; `path` must be in one of them. @default all */
  readonly sparseCheckout?: readonly string[];
  /** Registry of the controllers' images, see `InstallOptions`: the one that `registryCreds` are for. */
  readonly registry?: string;
  /** Secret that `registryCreds` are put into, see `InstallOptions`. */
  readonly imagePullSecret?: string;
  /** `user:password` for the registry. Left out, somebody else makes the Secret. */
  readonly registryCreds?: pulumi.Input<string>;
  /**
   * What the repository has of Flux, see `bootstrapped`. Its gotk-sync.yaml then stays as it is, and the components are
   * installed with its own patches. `components` are those of `settledComponents`. @default nothing
   */
  readonly found?: Bootstrapped;
  /** Names of further Secrets that the stack makes in flux-system, see `secretTrigger`. @default none */
  readonly secrets?: readonly string[];
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
  /** Where Flux's files are, and what leads to them. */
  readonly layout: BootstrapLayout;
  /** Text of `gotk-sync.yaml`. */
  readonly sync: string;
  /** UID of the namespace flux-system; null where it isn't known. */
  readonly namespace: pulumi.Output<string | null>;
  private readonly lost: FluxInstall["lost"];
  private readonly secrets: readonly string[];
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
    const { kubeconfig, context, version, components, timeoutSeconds, registry, imagePullSecret } = args;
    const pull = (registryCreds: string): Manifest | undefined =>
      this.checked(() => pullSecret({ registry, imagePullSecret, registryCreds }));
    const { files, edits, operations } = this.customization();
    this.layout = this.checked(() => bootstrapLayout(args.path, args.gotkPath));
    const { url, branch, path, interval, provider, secretName, recurseSubmodules, sparseCheckout } = args;
    const explicit = { url, branch, path, interval, provider, secretName, recurseSubmodules, sparseCheckout };
    const sync = this.checked(() => settledSync(explicit, args.found));
    this.sync = sync.text;
    const overlay = args.found?.files ?? {};
    const gitSecret = sync.secretName ?? FLUX_SYSTEM;
    this.secrets = [gitSecret, ...(args.secrets ?? [])];
    const install = new FluxInstall(
      `${name}-install`,
      {
        ...{ kubeconfig, context, version, components, sync: this.sync, timeoutSeconds },
        ...(Object.keys(operations).length > 0 && { operations }),
        ...(Object.keys(overlay).length > 0 && { overlay }),
        ...(args.registryCreds !== undefined && {
          pullSecret: pulumi.output(args.registryCreds).apply(pull),
        }),
        secrets: this.secrets,
      },
      { parent: this },
    );
    this.lost = install.lost;
    this.namespace = install.namespace.apply((uid: string | undefined) => uid ?? null);
    const found = install.found.apply((found: boolean | undefined) => found === true);
    const auth = typeof args.auth === "function" ? args.auth(found) : args.auth;
    // The namespace comes with the components, and goes with them.
    new Secret(
      `${name}-auth`,
      {
        metadata: {
          name: gitSecret,
          namespace: FLUX_SYSTEM,
          // `flux bootstrap` and `flux create secret` write the same keys; the stack's are the ones that count.
          annotations: { "pulumi.com/patchForce": "true" },
        },
        stringData: pulumi.secret(pulumi.output(auth).apply(secretData)),
      },
      // The namespace, when it goes, takes the Secret with it; a Flux that stays goes on needing it.
      {
        parent: this,
        dependsOn: install,
        retainOnDelete: true,
        replacementTrigger: this.secretTrigger(gitSecret),
      },
    );
    const { gotkPath: folder, own } = this.layout;
    const kustomization = join(folder, "kustomization.yaml");
    this.files = { [join(folder, "gotk-sync.yaml")]: this.sync, ...under(folder, files) };
    this.digests = { [join(folder, "gotk-components.yaml")]: components };
    this.protect = rootSync(this.layout);
    // Beside the apps its entries are ours among others'; in a folder of its own the file is the user's.
    const initial = toYaml(kustomizeConfig(own ? [] : GENERATED));
    const listed = own ? GENERATED.map((entry) => ({ list: ["resources"], entry })) : [];
    this.initialFiles = own ? {} : { [kustomization]: initial };
    const all = [...listed, ...edits];
    this.edits = all.length === 0 ? {} : { [kustomization]: all.map((edit) => ({ ...edit, initial })) };
    this.registerOutputs({ sync: this.sync });
  }

  /** The controllers of the installation. */
  get installed(): readonly string[] {
    return installedComponents(readBlob(this.args.components));
  }

  /**
   * The `replacementTrigger` of a Secret in flux-system: it is another one after the Secret, or its namespace, was found
   * missing.
   * @throws ResourceError for a Secret that isn't among `secrets`, which nobody looks for
   */
  secretTrigger(name: string): pulumi.Output<string | null> {
    if (!this.secrets.includes(name)) {
      throw new pulumi.ResourceError(
        `the Secret ${name} isn't among the \`secrets\` of FluxBootstrap`,
        this,
        true,
      );
    }
    return pulumi.all([this.namespace, this.lost]).apply(([uid, lost]) => {
      const times = lost?.[name] ?? 0;
      return times === 0 ? uid : `${uid ?? ""} ${String(times)}`;
    });
  }

  private customization(): Customization {
    const { controllers = {}, shards = [], components } = this.args;
    if (Object.keys(controllers).length === 0 && shards.length === 0)
      return { files: {}, edits: [], operations: {} };
    return this.checked(() => customize(readBlob(components), { controllers, shards }));
  }

  /** A fault of the arguments is shown with the component's name and without a stack trace. */
  private checked<T>(build: () => T): T {
    try {
      return build();
    } catch (error) {
      throw error instanceof InputError ? new pulumi.ResourceError(error.message, this, true) : error;
    }
  }
}

/** The files by which Flux applies itself, and the entries that lead to them from the cluster's folder. */
function rootSync({ path, gotkPath, own, entries }: BootstrapLayout): Protection {
  return {
    files: [...GENERATED, "kustomization.yaml"].map((name) => join(gotkPath, name)),
    resources: {
      ...(own ? {} : { [join(gotkPath, "kustomization.yaml")]: GENERATED }),
      [join(path, "kustomization.yaml")]: entries,
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
