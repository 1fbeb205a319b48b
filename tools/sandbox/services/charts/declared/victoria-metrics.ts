/** VictoriaMetrics with what watches a cluster. What the operator would make of its objects is the chart's here. */
import { victoriaMetricsCrds } from "../../../crds/monitoring";
import type { Chart } from "../chart";
import { fullname, suffixed, workload } from "../workload";

export const victoriaMetricsStack: Chart = {
  name: "victoria-metrics-k8s-stack",
  repository: "victoria-metrics",
  oci: "victoriametrics/helm-charts/victoria-metrics-k8s-stack",
  versions: [{ version: "0.91.2", appVersion: "v1.150.0" }],
  values: `
    global: object, nameOverride, fullnameOverride, tenant, argocdReleaseOverride, victoria-metrics-operator:
    {enabled: bool, nodeSelector: object, tolerations: [object], resources: object, crds: object, operator:
    object, admissionWebhooks: object, serviceMonitor: object, ...}, defaultDashboards: {enabled: bool, ...},
    syncJob: {enabled: bool, ...}, defaultRules: {create: bool, enabled: bool, rules: object, groups: object,
    ...}, extraRules: object, additionalVictoriaMetricsMap: object, external: object, vlsingle: {enabled:
    bool, ...}, vlcluster: {enabled: bool, ...}, vldistributed: {enabled: bool, ...}, vlagent: {enabled: bool,
    ...}, vtsingle: {enabled: bool, ...}, vtcluster: {enabled: bool, ...}, vmsingle: {enabled: bool, spec:
    {replicaCount: int, nodeSelector: object, tolerations: [object], resources: object, retentionPeriod,
    storage: object, extraArgs: object, ...}, annotations: object, labels: object, ingress: object, route:
    object, ...}, vmdistributed: {enabled: bool, ...}, vmcluster: {enabled: bool, spec: {replicaCount: int,
    nodeSelector: object, tolerations: [object], resources: object, retentionPeriod, storage: object,
    extraArgs: object, ...}, annotations: object, labels: object, ingress: object, route: object, ...},
    alertmanager: {enabled: bool, spec: {replicaCount: int, nodeSelector: object, tolerations: [object],
    resources: object, retentionPeriod, storage: object, extraArgs: object, ...}, annotations: object, labels:
    object, ingress: object, route: object, ...}, vmalert: {enabled: bool, spec: {replicaCount: int,
    nodeSelector: object, tolerations: [object], resources: object, retentionPeriod, storage: object,
    extraArgs: object, ...}, annotations: object, labels: object, ingress: object, route: object, ...},
    vmauth: {enabled: bool, spec: {replicaCount: int, nodeSelector: object, tolerations: [object], resources:
    object, retentionPeriod, storage: object, extraArgs: object, ...}, annotations: object, labels: object,
    ingress: object, route: object, ...}, vmagent: {enabled: bool, spec: {replicaCount: int, nodeSelector:
    object, tolerations: [object], resources: object, retentionPeriod, storage: object, extraArgs: object,
    ...}, annotations: object, labels: object, ingress: object, route: object, ...}, defaultDatasources:
    object, grafana: {enabled: bool, ...}, defaultScrapeService: object, prometheus-node-exporter: {enabled:
    bool, nodeSelector: object, tolerations: [object], ...}, kube-state-metrics: {enabled: bool, nodeSelector:
    object, tolerations: [object], ...}, kubelet: {enabled: bool, ...}, kubeApiServer: {enabled: bool, ...},
    kubeControllerManager: {enabled: bool, ...}, kubeDns: {enabled: bool, ...}, coreDns: {enabled: bool, ...},
    kubeEtcd: {enabled: bool, ...}, kubeScheduler: {enabled: bool, ...}, kubeProxy: {enabled: bool, ...},
    internal: object, extraObjects: [any]
  `,
  defaults: {
    "victoria-metrics-operator": { enabled: true },
    vmsingle: { enabled: true },
    vmagent: { enabled: true },
    vmalert: { enabled: true },
    vmauth: { enabled: false },
    alertmanager: { enabled: true },
    grafana: { enabled: true },
    "prometheus-node-exporter": { enabled: true },
    "kube-state-metrics": { enabled: true },
  },
  crds: { of: () => victoriaMetricsCrds },
  templates: {
    "operator.yaml": workload({
      kind: "Deployment",
      name: suffixed("victoria-metrics-operator", ".Release.Name"),
      component: "victoria-metrics-operator",
      image: "victoriametrics/operator",
      pods: ['(index .Values "victoria-metrics-operator")'],
      ports: { http: 8080 },
      when: '(index .Values "victoria-metrics-operator").enabled',
    }),
    "vmsingle.yaml": workload({
      kind: "Deployment",
      name: `(printf "vmsingle-%s" ${fullname})`,
      component: "vmsingle",
      image: "victoriametrics/victoria-metrics",
      replicas: ".Values.vmsingle.spec.replicaCount",
      pods: [".Values.vmsingle.spec"],
      ports: { http: 8428 },
      when: ".Values.vmsingle.enabled",
    }),
    "vmagent.yaml": workload({
      kind: "Deployment",
      name: `(printf "vmagent-%s" ${fullname})`,
      component: "vmagent",
      image: "victoriametrics/vmagent",
      replicas: ".Values.vmagent.spec.replicaCount",
      pods: [".Values.vmagent.spec"],
      ports: { http: 8429 },
      when: ".Values.vmagent.enabled",
    }),
    "vmalert.yaml": workload({
      kind: "Deployment",
      name: `(printf "vmalert-%s" ${fullname})`,
      component: "vmalert",
      image: "victoriametrics/vmalert",
      replicas: ".Values.vmalert.spec.replicaCount",
      pods: [".Values.vmalert.spec"],
      ports: { http: 8080 },
      when: ".Values.vmalert.enabled",
    }),
    "vmauth.yaml": workload({
      kind: "Deployment",
      name: `(printf "vmauth-%s" ${fullname})`,
      component: "vmauth",
      image: "victoriametrics/vmauth",
      replicas: ".Values.vmauth.spec.replicaCount",
      pods: [".Values.vmauth.spec"],
      ports: { http: 8427 },
      when: ".Values.vmauth.enabled",
    }),
    "vmalertmanager.yaml": workload({
      kind: "StatefulSet",
      name: `(printf "vmalertmanager-%s" ${fullname})`,
      component: "vmalertmanager",
      image: "victoriametrics/alertmanager",
      replicas: ".Values.alertmanager.spec.replicaCount",
      pods: [".Values.alertmanager.spec"],
      ports: { http: 9093 },
      when: ".Values.alertmanager.enabled",
    }),
    "grafana.yaml": workload({
      kind: "Deployment",
      name: suffixed("grafana", ".Release.Name"),
      component: "grafana",
      image: "docker.io/grafana/grafana",
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
      when: '(index .Values "kube-state-metrics").enabled',
    }),
    "node-exporter.yaml": workload({
      kind: "DaemonSet",
      name: suffixed("prometheus-node-exporter", ".Release.Name"),
      component: "node-exporter",
      image: "quay.io/prometheus/node-exporter",
      pods: ['(index .Values "prometheus-node-exporter")'],
      ports: { "http-metrics": 9100 },
      when: '(index .Values "prometheus-node-exporter").enabled',
    }),
  },
};
