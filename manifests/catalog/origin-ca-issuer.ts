import { INFRASTRUCTURE, onlyFolder, type App } from "../app";
import { chartFolder, type ChartOptions } from "../apps/chart";
import { join } from "../files";
import { FLUX_SYSTEM, gitRepository, namespace as namespaceObject } from "../flux/objects";

export interface OriginCaIssuerOptions {
  /** @default chart 0.6.10 (controller v0.15.0) from ghcr.io/cloudflare/origin-ca-issuer-charts */
  readonly chart?: ChartOptions;
  /** Where the CRDs come from: the chart hasn't got them. */
  readonly crds?: {
    /** @default "https://github.com/cloudflare/origin-ca-issuer" */
    readonly url?: string;
    /** @default "v0.15.0" */
    readonly tag?: string;
    /** Branch instead of the tag. */
    readonly branch?: string;
    /** @default "./deploy/crds" */
    readonly path?: string;
    /** Secret with the credentials of a mirror. */
    readonly secretName?: string;
  };
  /** Namespace of the controller. @default "origin-ca-issuer" */
  readonly namespace?: string;
  /** Whether to make that namespace; `false` for one that exists, such as cert-manager's. @default true */
  readonly createNamespace?: boolean;
}

/** Kustomization that an app with an OriginIssuer depends on. */
export const ORIGIN_CA_ISSUER = "origin-ca-issuer-controller";

/** Cloudflare's Origin CA issuer for cert-manager: https://github.com/cloudflare/origin-ca-issuer */
export function originCaIssuer(options: OriginCaIssuerOptions = {}): App {
  const { chart = {}, crds = {}, namespace = "origin-ca-issuer", createNamespace = true } = options;
  const name = "origin-ca-issuer";
  const { url = "https://github.com/cloudflare/origin-ca-issuer", tag = "v0.15.0", branch } = crds;
  const path = join(crds.path ?? "deploy/crds");
  return {
    name,
    objects: {
      "source.yaml": gitRepository({
        name,
        url,
        ref: branch === undefined ? { tag } : { branch },
        secretName: crds.secretName,
        ignore: onlyFolder(path),
        interval: "1h",
      }),
    },
    kustomizations: [
      {
        name: "origin-ca-issuer-crds",
        file: "00-kustomization-crds.yaml",
        path,
        sourceRef: { kind: "GitRepository", name, namespace: FLUX_SYSTEM },
        ...INFRASTRUCTURE,
        // As cert-manager's chart does with its own: deleting a CRD deletes everybody's issuers with it.
        prune: false,
      },
      {
        name: ORIGIN_CA_ISSUER,
        file: "10-kustomization-controller.yaml",
        folder: name,
        dependsOn: [{ name: "cert-manager" }, { name: "origin-ca-issuer-crds" }],
        ...INFRASTRUCTURE,
        manifests: {
          ...(createNamespace && { "namespace.yaml": namespaceObject(namespace) }),
          ...chartFolder(chart, {
            name,
            namespace,
            repository: "oci://ghcr.io/cloudflare/origin-ca-issuer-charts/origin-ca-issuer",
            version: "0.6.10",
          }),
        },
      },
    ],
  };
}
