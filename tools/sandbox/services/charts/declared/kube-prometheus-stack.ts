/** Prometheus with what watches a cluster. The sets that the operator would make of its objects are the chart's here. */
import { prometheusCrds } from "../../../crds/monitoring";
import type { Chart } from "../chart";
import { fullname, suffixed, workload } from "../workload";

export const kubePrometheusStack: Chart = {
  name: "kube-prometheus-stack",
  repository: "prometheus-community",
  oci: "prometheus-community/charts/kube-prometheus-stack",
  versions: [{ version: "69.8.2", appVersion: "v0.80.1" }],
  values: `
    nameOverride, namespaceOverride, kubeTargetVersionOverride, kubeVersionOverride, fullnameOverride,
    commonLabels: object, crds: {enabled: bool, ...}, customRules: object, defaultRules: {create: bool, rules:
    object, ...}, additionalPrometheusRulesMap: object, global: object, windowsMonitoring: {enabled: bool,
    ...}, prometheus-windows-exporter: {enabled: bool, ...}, alertmanager: {enabled: bool, config: object,
    ingress: object, service: object, alertmanagerSpec: {replicas: int, nodeSelector: object, tolerations:
    [object], resources: object, storage: object, ...}, ...}, grafana: {enabled: bool, adminUser,
    adminPassword, admin: {existingSecret, userKey, passwordKey}, ingress: object, persistence: object,
    service: object, sidecar: object, additionalDataSources: [object], env: object, envFromSecret,
    nodeSelector: object, tolerations: [object], ...}, kubernetesServiceMonitors: {enabled: bool, ...},
    kubeApiServer: {enabled: bool, ...}, kubelet: {enabled: bool, ...}, kubeControllerManager: {enabled: bool,
    ...}, coreDns: {enabled: bool, ...}, kubeDns: {enabled: bool, ...}, kubeEtcd: {enabled: bool, ...},
    kubeScheduler: {enabled: bool, ...}, kubeProxy: {enabled: bool, ...}, kubeStateMetrics: {enabled: bool,
    ...}, kube-state-metrics: object, nodeExporter: {enabled: bool, ...}, prometheus-node-exporter: object,
    prometheusOperator: {enabled: bool, ...}, prometheus: {enabled: bool, ingress: object, service: object,
    prometheusSpec: {replicas: int, retention, retentionSize, nodeSelector: object, tolerations: [object],
    resources: object, storageSpec: object, serviceMonitorSelectorNilUsesHelmValues: bool,
    podMonitorSelectorNilUsesHelmValues: bool, ruleSelectorNilUsesHelmValues: bool, additionalScrapeConfigs:
    any, ...}, ...}, thanosRuler: {enabled: bool, ...}, cleanPrometheusOperatorObjectNames: bool,
    extraManifests: any
  `,
  defaults: {
    crds: { enabled: true },
    prometheusOperator: { enabled: true },
    prometheus: { enabled: true, prometheusSpec: { replicas: 1 } },
    alertmanager: { enabled: true, alertmanagerSpec: { replicas: 1 } },
    grafana: { enabled: true },
    kubeStateMetrics: { enabled: true },
    nodeExporter: { enabled: true },
  },
  crds: { of: () => prometheusCrds },
  templates: {
    "operator.yaml": workload({
      kind: "Deployment",
      name: suffixed("operator"),
      component: "operator",
      image: "quay.io/prometheus-operator/prometheus-operator",
      pods: [".Values.prometheusOperator"],
      ports: { https: [443, 10250] },
      when: ".Values.prometheusOperator.enabled",
    }),
    "prometheus.yaml": workload({
      kind: "StatefulSet",
      name: `(printf "prometheus-%s-prometheus" ${fullname})`,
      component: "prometheus",
      image: "quay.io/prometheus/prometheus",
      replicas: ".Values.prometheus.prometheusSpec.replicas",
      pods: [".Values.prometheus.prometheusSpec"],
      ports: { "http-web": 9090 },
      when: ".Values.prometheus.enabled",
    }),
    "alertmanager.yaml": workload({
      kind: "StatefulSet",
      name: `(printf "alertmanager-%s-alertmanager" ${fullname})`,
      component: "alertmanager",
      image: "quay.io/prometheus/alertmanager",
      replicas: ".Values.alertmanager.alertmanagerSpec.replicas",
      pods: [".Values.alertmanager.alertmanagerSpec"],
      ports: { "http-web": 9093 },
      when: ".Values.alertmanager.enabled",
    }),
    "grafana.yaml": workload({
      kind: "Deployment",
      name: suffixed("grafana", ".Release.Name"),
      component: "grafana",
      image: "docker.io/grafana/grafana",
      secrets: [".Values.grafana.envFromSecret"],
      pods: [".Values.grafana"],
      ports: { "http-web": [80, 3000] },
      when: ".Values.grafana.enabled",
    }),
    "kube-state-metrics.yaml": workload({
      kind: "Deployment",
      name: suffixed("kube-state-metrics", ".Release.Name"),
      component: "kube-state-metrics",
      image: "registry.k8s.io/kube-state-metrics/kube-state-metrics",
      pods: ['(index .Values "kube-state-metrics")'],
      ports: { http: 8080 },
      when: ".Values.kubeStateMetrics.enabled",
    }),
    "node-exporter.yaml": workload({
      kind: "DaemonSet",
      name: suffixed("prometheus-node-exporter", ".Release.Name"),
      component: "node-exporter",
      image: "quay.io/prometheus/node-exporter",
      pods: ['(index .Values "prometheus-node-exporter")'],
      ports: { "http-metrics": 9100 },
      when: ".Values.nodeExporter.enabled",
    }),
  },
};
