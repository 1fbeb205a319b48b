import type { Chart } from "../chart";
import { workload } from "../workload";

const common = '(pick .Values "nodeSelector" "tolerations" "extraEnvs" "podLabels" "podAnnotations")';

/** Dremio, whose free chart is in no repository of charts: the git repository `dremio/dremio-cloud-tools` has it. */
export const dremio: Chart = {
  name: "dremio",
  versions: [{ version: "2.0.0", appVersion: "25.2.0" }],
  values: `
    image, imageTag, annotations: object, podAnnotations: object, labels: object, podLabels: object,
    nodeSelector: object, tolerations: [object], coordinator: {cpu: number, memory: int, count: int,
    volumeSize, web: object, client: object, flight: object, startupProbe: object, readinessProbe: object,
    ...}, executor: {cpu: number, memory: int, engines: [any], count: int, volumeSize, cloudCache: object,
    ...}, zookeeper: {image, imageTag, cpu: number, memory: int, count: int, volumeSize, ...}, distStorage:
    {type: string(local|aws|azure|azureStorage|gcp), gcp: object, aws: object, azure: object, azureStorage:
    object}, extraVolumes: [any], extraVolumeMounts: [any], extraEnvs: [any], service: object,
    imagePullSecrets: [any]
  `,
  defaults: {
    image: "dremio/dremio-oss",
    imageTag: "latest",
    coordinator: { count: 0 },
    executor: { count: 3, engines: ["default"] },
    zookeeper: { count: 3 },
    service: { type: "LoadBalancer" },
  },
  templates: {
    "master.yaml": part("dremio-master", 1, "coordinator"),
    "coordinator.yaml": part("dremio-coordinator", ".Values.coordinator.count", "coordinator"),
    "executor.yaml": part("dremio-executor", ".Values.executor.count", "executor"),
    "zookeeper.yaml": workload({
      kind: "StatefulSet",
      name: '"zk"',
      component: "zk",
      image: "zookeeper",
      replicas: ".Values.zookeeper.count",
      pods: [".Values.zookeeper", common],
      ports: { client: 2181 },
    }),
    "service.yaml": `
apiVersion: v1
kind: Service
metadata:
  name: dremio-client
  namespace: {{ .Release.Namespace }}
spec:
  type: {{ .Values.service.type }}
  selector: {{- include "sandbox.selector" (dict "root" . "component" "dremio-master") | nindent 4 }}
  ports:
    - name: client
      port: 31010
    - name: web
      port: 9047
`,
  },
};

function part(name: string, replicas: number | string, values: string): string {
  return workload({
    kind: "StatefulSet",
    name: JSON.stringify(name),
    component: name,
    image: "dremio/dremio-oss",
    replicas,
    pods: [`.Values.${values}`, common],
  });
}
