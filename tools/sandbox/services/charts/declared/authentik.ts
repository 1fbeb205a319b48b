/** authentik: the server and its workers; since 2025.10 without Redis. */
import type { Chart } from "../chart";
import { ingress } from "../ingress";
import { suffixed, workload } from "../workload";

/** The variables' Secret, when the release names one. */
const settings = ".Values.authentik.existingSecret.secretName";

export const authentik: Chart = {
  name: "authentik",
  repository: "goauthentik",
  versions: [
    { version: "2026.8.0", appVersion: "2026.8.0" },
    { version: "2026.2.2", appVersion: "2026.2.2" },
  ],
  values: `
    nameOverride, fullnameOverride, kubeVersionOverride, global: {security: object, nameOverride,
    fullnameOverride, namespaceOverride, additionalLabels: object, revisionHistoryLimit: int, image: object,
    imagePullSecrets: [any], deploymentAnnotations: object, podAnnotations: object, secretAnnotations: object,
    podLabels: object, addPrometheusAnnotations: bool, securityContext: object, hostAliases: [any],
    priorityClassName, nodeSelector: object, tolerations: [any], affinity: object, topologySpreadConstraints:
    [any], deploymentStrategy: object, env: [any], envFrom: [any], volumeMounts: [any], volumes: [any], ...},
    authentik: {enabled: bool, log_level, secret_key, existingSecret: {secretName}, events: object, web:
    object, email: object, outposts: object, error_reporting: object, postgresql: {host, name, user, password,
    port: any, ...}, ...}, blueprints: {configMaps: [string], secrets: [string]}, server: {enabled: bool,
    name, replicas: int, autoscaling: object, pdb: object, image: object, imagePullSecrets: [any], env: [any],
    envFrom: [any], lifecycle: object, extraContainers: [any], initContainers: [any], volumeMounts: [any],
    volumes: [any], deploymentAnnotations: object, podAnnotations: object, podLabels: object, resources:
    object, containerPorts: object, hostNetwork: bool, dnsConfig: object, dnsPolicy, serviceAccountName: any,
    automountServiceAccountToken: any, securityContext: object, containerSecurityContext: object,
    livenessProbe: object, readinessProbe: object, startupProbe: object, terminationGracePeriodSeconds: int,
    priorityClassName, nodeSelector: object, tolerations: [any], affinity: object, topologySpreadConstraints:
    [any], deploymentStrategy: object, service: object, metrics: object, ingress: object, route: object, ...},
    worker: {enabled: bool, name, replicas: int, autoscaling: object, pdb: object, image: object,
    imagePullSecrets: [any], env: [any], envFrom: [any], lifecycle: object, extraContainers: [any],
    initContainers: [any], volumeMounts: [any], volumes: [any], deploymentAnnotations: object, podAnnotations:
    object, podLabels: object, resources: object, containerPorts: object, hostNetwork: bool, dnsConfig:
    object, dnsPolicy, serviceAccountName: any, automountServiceAccountToken: any, securityContext: object,
    containerSecurityContext: object, livenessProbe: object, readinessProbe: object, startupProbe: object,
    terminationGracePeriodSeconds: int, priorityClassName, nodeSelector: object, tolerations: [any], affinity:
    object, topologySpreadConstraints: [any], deploymentStrategy: object, metrics: object, ...},
    serviceAccount: {create: bool, annotations: object, serviceAccountSecret: object, fullnameOverride, ...},
    geoip: {enabled: bool, editionIds, updateInterval: int, accountId, licenseKey, existingSecret: object,
    image: object, env: [any], envFrom: [any], volumeMounts: [any], resources: object,
    containerSecurityContext: object, ...}, prometheus: {rules: object}, postgresql: {enabled: bool, image:
    object, auth: object, primary: object, readReplicas: object, backup: object, passwordUpdateJob: object,
    volumePermissions: object, metrics: object, ...}, additionalObjects: [any]
  `,
  defaults: {
    authentik: { enabled: true },
    server: { enabled: true, replicas: 1, ingress: { enabled: false, paths: ["/"] } },
    worker: { enabled: true, replicas: 1 },
    postgresql: { enabled: false },
  },
  templates: {
    "server.yaml": workload({
      kind: "Deployment",
      name: suffixed("server"),
      component: "server",
      image: "ghcr.io/goauthentik/server",
      args: ["server"],
      replicas: ".Values.server.replicas",
      pods: [".Values.server", ".Values.global"],
      ports: { http: [80, 9000], https: [443, 9443] },
      service: ".Values.server.service",
      secrets: [settings],
      when: ".Values.server.enabled",
    }),
    "worker.yaml": workload({
      kind: "Deployment",
      name: suffixed("worker"),
      component: "worker",
      image: "ghcr.io/goauthentik/server",
      args: ["worker"],
      replicas: ".Values.worker.replicas",
      pods: [".Values.worker", ".Values.global"],
      secrets: [settings],
      when: ".Values.worker.enabled",
    }),
    "postgresql.yaml": workload({
      kind: "StatefulSet",
      name: suffixed("postgresql", ".Release.Name"),
      component: "postgresql",
      image: "library/postgres",
      pods: [".Values.postgresql.primary"],
      ports: { "tcp-postgresql": 5432 },
      when: ".Values.postgresql.enabled",
    }),
    "ingress.yaml": ingress({ values: ".Values.server.ingress", service: suffixed("server"), port: 80 }),
  },
};
