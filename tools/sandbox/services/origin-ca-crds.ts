/**
 * The CRDs of Cloudflare's Origin CA issuer, reduced to the fields that an issuer takes. The sandbox seeds the
 * repository `cloudflare/origin-ca-issuer` with them, where the real ones are applied from. As there, the folder has
 * no kustomization.yaml: Flux takes every manifest that it finds.
 */
import type { Files } from "../../../manifests/files";
import { toYaml } from "../../../manifests/yaml";

const group = "cert-manager.k8s.cloudflare.com";
const text = { type: "string" };

export const originCaCrds: Files = {
  [`deploy/crds/${group}_clusteroriginissuers.yaml`]: crd("ClusterOriginIssuer", "Cluster"),
  [`deploy/crds/${group}_originissuers.yaml`]: crd("OriginIssuer", "Namespaced"),
};

function crd(kind: string, scope: "Cluster" | "Namespaced"): string {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  return toYaml({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular },
      scope,
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
            { name: "Reason", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
          ],
          schema: {
            openAPIV3Schema: object({
              apiVersion: text,
              kind: text,
              metadata: { type: "object" },
              spec: object(
                {
                  requestType: { type: "string", enum: ["OriginRSA", "OriginECC"] },
                  auth: object({ tokenRef: secretKey(), serviceKeyRef: secretKey() }),
                },
                ["requestType", "auth"],
              ),
              status: object({ conditions: { type: "array", items: condition() } }),
            }),
          },
        },
      ],
    },
  });
}

function object(properties: object, required?: readonly string[]): object {
  return { type: "object", properties, required };
}

function secretKey(): object {
  return object({ name: text, key: text }, ["name", "key"]);
}

function condition(): object {
  const fields = {
    type: { type: "string", enum: ["Ready"] },
    status: { type: "string", enum: ["True", "False", "Unknown"] },
    reason: text,
    message: text,
    lastTransitionTime: { type: "string", format: "date-time" },
  };
  return object(fields, ["type", "status"]);
}
