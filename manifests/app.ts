import type { Access } from "./cloudflare/access";
import type { OriginRequest } from "./cloudflare/ingress-rules";
import type { KustomizationOptions } from "./flux/objects";
import type { KeptField } from "./git/kept-fields";
import type { AppSecret } from "./secrets/app-secret";
import type { AppValues } from "./secrets/app-value";
import type { YamlSource } from "./yaml";

/** Objects of which one takes a text that only `up` knows, such as the client id of an identity. */
export interface FromOutput {
  /** Name of the output. */
  readonly output: string;
  readonly objects: (text: string) => YamlSource | readonly YamlSource[];
}

/**
 * The files of a folder: name → objects. A Secret's file gets another name when it is encrypted or comes from a vault
 * (`10-secret-db.yaml` → `10-externalsecret-db.yaml`, `10-secret-db.enc.yaml`). `undefined`: a file that somebody else writes.
 */
export type FolderContent = Readonly<
  Record<string, YamlSource | readonly YamlSource[] | AppSecret | FromOutput | undefined>
>;

/** A Flux Kustomization of an app, with what it applies. */
export interface AppKustomization extends Omit<KustomizationOptions, "path"> {
  /** Manifests that it applies; the layout says where they lie. */
  readonly manifests?: FolderContent;
  /** Further files of the folder that aren't applied by themselves, such as Terraform modules and charts: path in it → text. */
  readonly files?: Readonly<Record<string, string>>;
  /** Name of their folder. @default the Kustomization's name */
  readonly folder?: string;
  /** True: the manifests differ by cluster, and lie beside the cluster's own files. @default false */
  readonly perCluster?: boolean;
  /** Folder in the source of `sourceRef`: the manifests are written there, or others keep them. */
  readonly path?: string;
  /** Fields of the manifests that others set, such as an image tag that CI bumps: file → fields. */
  readonly keep?: Readonly<Record<string, readonly KeptField[]>>;
  /**
   * Name of its file, where the layout gives each Kustomization one; several of one file are its documents, after the
   * app's objects of that file. A fan-out has `…-sync.yaml` alone.
   * @default `NN-kustomization-<name>.yaml`, in a fan-out `<name>-sync.yaml`
   */
  readonly file?: string;
}

/** A public name of an app. */
export interface Host {
  readonly name: string;
  /** Go regular expression for the path; of several that match a request, the first in the program counts. @default every path */
  readonly path?: string;
  /** Where a tunnel sends the requests. @default the cluster's ingress controller */
  readonly service?: string;
  /** Further settings by which cloudflared reaches the service, spelled as in Cloudflare's API. */
  readonly originRequest?: OriginRequest;
  /** Who may reach it: an application of Cloudflare Access guards it. @default everybody, nothing does */
  readonly access?: Access;
  /** IP address or name that a plain record leads to, past the tunnel. @default as the settings publish all hosts */
  readonly address?: string;
}

/** A certificate of Cloudflare's Origin CA that the program has signed, for a Secret of the app. */
export interface DirectCertificate {
  /** Name of the value that is the certificate with its key, in PEM. */
  readonly value: string;
  readonly hosts: readonly string[];
}

/** One app of a system: what Flux keeps running, where it is reached. */
export interface App {
  /** Also of its folder or file, where the layout has one per app. */
  readonly name: string;
  readonly kustomizations: readonly AppKustomization[];
  /** Further objects of Flux, such as a source or a HelmRelease: file → objects. */
  readonly objects?: FolderContent;
  readonly hosts?: readonly Host[];
  /** Values that its Secrets take, beside those that the system gives. */
  readonly values?: AppValues;
  /** Certificates that its Secrets take, where no issuer in the cluster signs them. */
  readonly certificates?: readonly DirectCertificate[];
  /** ImagePolicies among the objects, whose choices Flux commits. */
  readonly imagePolicies?: readonly string[];
  /** ArtifactGenerators among the objects, which the Kustomizations wait for; one that cuts another's artifact comes after it. */
  readonly generators?: readonly string[];
  /** True: out of the cluster, its manifests stay in git. @default false */
  readonly parked?: boolean;
  /** What is wrong with the options that it was made of; every layout refuses it. */
  readonly faults?: readonly string[];
}

/** How Kustomizations that others depend on run: done when all is ready, soon tried again. */
export const INFRASTRUCTURE = { interval: "10m", retryInterval: "1m", timeout: "5m", wait: true } as const;

/** A GitRepository's `ignore` that leaves only one folder: changes elsewhere make no new artifact. */
export function onlyFolder(folder: string): string {
  const [top = folder] = folder.split("/");
  return `/*\n!/${top}/\n`;
}
