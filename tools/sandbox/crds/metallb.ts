/** MetalLB's addresses; the cluster's own where its installation brings MetalLB. */
import type { Manifest } from "../../../manifests/yaml";
import { crds } from "./crd";

export const metallbCrds: readonly Manifest[] = crds(
  "metallb.io",
  {
    IPAddressPool: `
    addresses!: [string], autoAssign: bool, avoidBuggyIPs: bool, serviceAllocation: {namespaceSelectors:
    [{matchExpressions: [object], matchLabels: map<string>}], namespaces: [string], priority: int,
    serviceSelectors: [{matchExpressions: [object], matchLabels: map<string>}]}
  `,
    L2Advertisement: `
    interfaces: [string], ipAddressPoolSelectors: [{matchExpressions: [{key!, operator!, values: [string]}],
    matchLabels: map<string>}], ipAddressPools: [string], nodeSelectors: [{matchExpressions: [{key!, operator!,
    values: [string]}], matchLabels: map<string>}], preferredNodeSelectors: [{preference!: {matchExpressions:
    [object], matchLabels: map<string>}, weight!: int}], serviceSelectors: [{matchExpressions: [{key!, operator!,
    values: [string]}], matchLabels: map<string>}]
  `,
  },
  { version: "v1beta1" },
);
