import type { KubeObject } from "./kube";

interface Container {
  readonly image?: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

/** The fields of a Deployment by which its controller runs as a process of this machine. */
export interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly spec: {
        readonly serviceAccountName?: string;
        readonly containers: readonly Container[];
        readonly volumes?: readonly {
          readonly name: string;
          readonly emptyDir?: { readonly medium?: string };
        }[];
      };
    };
  };
}

/** `ghcr.io/fluxcd/kustomize-controller:v1.9.4` → `kustomize-controller`. */
export const imageName = (image = ""): string => (image.split("/").at(-1) ?? "").split(/[:@]/)[0] ?? "";

/** Name of a flag: `--concurrent=4` → `--concurrent`. */
export const flagName = (flag: string): string => flag.split("=")[0] ?? flag;
