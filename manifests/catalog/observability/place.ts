/** Where things of the observability stack are, and where they run. */

export const NAMESPACE = "observability";

/** On the nodes that are kept for what watches the others. */
export const ON_OWN_NODES = {
  nodeSelector: { role: "observability" },
  tolerations: [{ key: "role", operator: "Equal", value: "observability", effect: "NoSchedule" }],
} as const;

/** On every node, those that are kept for something included: whose logs and metrics are read there. */
export const ON_ALL_NODES = { tolerations: [{ operator: "Exists", effect: "NoSchedule" }] } as const;

export const LOKI_URL = `http://loki.${NAMESPACE}.svc.cluster.local:3100`;
/** `vmsingle-<fullnameOverride>`, as the operator names it. */
export const METRICS_URL = `http://vmsingle-vm.${NAMESPACE}.svc.cluster.local:8428`;
