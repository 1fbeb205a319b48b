/** What is scraped and what alerts: the objects of Prometheus' operator and of VictoriaMetrics'. */
import type { Manifest } from "../../../manifests/yaml";
import { crds } from "./crd";

export const prometheusCrds: readonly Manifest[] = crds("monitoring.coreos.com", {
  ServiceMonitor: {
    shortNames: ["smon"],
    spec: `
      attachMetadata: object, bodySizeLimit, convertClassicHistogramsToNHCB: bool, endpoints!: [object],
      fallbackScrapeProtocol: string, jobLabel, keepDroppedTargets: int, labelLimit: int, labelNameLengthLimit:
      int, labelValueLengthLimit: int, namespaceSelector: object, nativeHistogramBucketLimit: int,
      nativeHistogramMinBucketFactor: intOrString, podTargetLabels: [string], sampleLimit: int, scrapeClass,
      scrapeClassicHistograms: bool, scrapeNativeHistograms: bool, scrapeProtocols: [string], selector!: object,
      selectorMechanism: string(RelabelConfig|RoleSelector), serviceDiscoveryRole:
      string(Endpoints|EndpointSlice), targetLabels: [string], targetLimit: int
    `,
  },
  PodMonitor: {
    shortNames: ["pmon"],
    spec: `
      attachMetadata: object, bodySizeLimit, convertClassicHistogramsToNHCB: bool, fallbackScrapeProtocol:
      string, jobLabel, keepDroppedTargets: int, labelLimit: int, labelNameLengthLimit: int,
      labelValueLengthLimit: int, namespaceSelector: object, nativeHistogramBucketLimit: int,
      nativeHistogramMinBucketFactor: intOrString, podMetricsEndpoints: [object], podTargetLabels: [string],
      sampleLimit: int, scrapeClass, scrapeClassicHistograms: bool, scrapeNativeHistograms: bool,
      scrapeProtocols: [string], selector!: object, selectorMechanism: string(RelabelConfig|RoleSelector),
      targetLimit: int
    `,
  },
  PrometheusRule: {
    shortNames: ["promrule"],
    spec: `
      groups: [{name!, interval, limit: int, labels: map<string>, partial_response_strategy, query_offset,
      rules: [object]}]
    `,
  },
  Alertmanager: "...",
  Prometheus: { spec: "...", plural: "prometheuses" },
});

export const victoriaMetricsCrds: readonly Manifest[] = crds(
  "operator.victoriametrics.com",
  {
    VMAgent: "...",
    VMAlert: "...",
    VMAlertmanager: "...",
    VMAuth: "...",
    VMPodScrape: "...",
    VMRule: "...",
    VMServiceScrape: "...",
    VMSingle: "...",
  },
  { version: "v1beta1" },
);
