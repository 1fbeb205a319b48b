import type { Kube, KubeObject } from "./kube";

/** Label of the pods that the chart of cert-manager has for its check; kwok leaves them to this host. */
export const STARTUP_CHECK = "app.kubernetes.io/component=startupapicheck";

interface Pod extends KubeObject {
  readonly metadata: KubeObject["metadata"] & { readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status?: { readonly phase?: string };
}

/**
 * Does what the pods of cert-manager's startupapicheck do, for which its release waits: they end well once the API
 * server takes a Certificate as a dry run, so its webhook answers.
 */
export async function playStartupChecks(kube: Kube): Promise<void> {
  const pods =
    (await kube.list<Pod>(`/api/v1/pods?labelSelector=${encodeURIComponent(STARTUP_CHECK)}`)) ?? [];
  for (const { metadata, spec, status } of pods) {
    const path = `/api/v1/namespaces/${metadata.namespace ?? ""}/pods/${metadata.name}`;
    if (metadata.deletionTimestamp !== undefined) await kube.delete(`${path}?gracePeriodSeconds=0`);
    else if (spec.nodeName !== undefined && !["Succeeded", "Failed"].includes(status?.phase ?? "")) {
      if (await answers(kube, metadata.namespace ?? "")) await kube.patchStatus(path, { phase: "Succeeded" });
    }
  }
}

async function answers(kube: Kube, namespace: string): Promise<boolean> {
  const certificate = {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name: "startupapicheck", namespace },
    spec: {
      dnsNames: ["example.com"],
      secretName: "startupapicheck",
      issuerRef: { name: "startupapicheck" },
    },
  };
  const path = `/apis/cert-manager.io/v1/namespaces/${namespace}/certificates`;
  return kube.tryOut(path, certificate).then(
    () => true,
    () => false,
  );
}
