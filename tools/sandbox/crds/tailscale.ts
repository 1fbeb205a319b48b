/** The objects of Tailscale's operator. */
import type { Manifest } from "../../../manifests/yaml";
import { crds } from "./crd";

export const tailscaleCrds: readonly Manifest[] = crds(
  "tailscale.com",
  {
    Connector: {
      scope: "Cluster",
      spec: `
      appConnector: {routes: [string]}, exitNode: bool, hostname, hostnamePrefix, proxyClass, replicas: int,
      subnetRouter: {advertiseRoutes!: [string]}, tags: [string], tailnet
    `,
    },
    ProxyClass: {
      scope: "Cluster",
      plural: "proxyclasses",
      spec: `
      metrics: {enable!: bool, serviceMonitor: {enable!: bool, labels: map<string>}}, statefulSet: {annotations:
      map<string>, labels: map<string>, pod: {affinity: object, annotations: map<string>, dnsConfig: object,
      dnsPolicy: string(ClusterFirstWithHostNet|ClusterFirst|Default|None), imagePullSecrets: [object], labels:
      map<string>, nodeName, nodeSelector: map<string>, priorityClassName, securityContext: object,
      tailscaleContainer: object, tailscaleInitContainer: object, tolerations: [object],
      topologySpreadConstraints: [object]}}, staticEndpoints: {nodePort!: {ports!: [object], selector:
      map<string>}}, tailscale: {acceptRoutes: bool}, useLetsEncryptStagingEnvironment: bool
    `,
    },
    ProxyGroup: {
      scope: "Cluster",
      spec: `
      hostnamePrefix, kubeAPIServer: {hostname, mode: string(auth|noauth)}, proxyClass, replicas: int, tags:
      [string], tailnet, type!: string(egress|ingress|kube-apiserver)
    `,
    },
    DNSConfig: {
      scope: "Cluster",
      spec: `
      nameserver!: {image: {repo, tag}, pod: {affinity: object, imagePullSecrets: [object], nodeSelector:
      map<string>, tolerations: [object]}, replicas: int, service: {clusterIP}}
    `,
    },
  },
  { version: "v1alpha1" },
);
