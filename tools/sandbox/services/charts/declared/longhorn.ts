/** Longhorn. Its storage class is in a ConfigMap that Longhorn reads in reality; here it's the class itself. */
import { longhornCrds } from "../../../crds/longhorn";
import type { Chart } from "../chart";
import { workload } from "../workload";

export const longhorn: Chart = {
  name: "longhorn",
  repository: "longhorn",
  versions: [{ version: "1.7.2", appVersion: "v1.7.2" }],
  values: `
    global: {cattle: object, ...}, networkPolicies: {enabled: bool, type, ...}, image: {longhorn: object, csi:
    object, openshift: object, pullPolicy, ...}, service: {ui: object, manager: object, ...}, persistence:
    {defaultClass: bool, defaultFsType, defaultMkfsParams, defaultClassReplicaCount: int, defaultDataLocality:
    string(disabled|best-effort), reclaimPolicy: string(Retain|Delete), migratable: bool, nfsOptions,
    recurringJobSelector: object, backingImage: object, defaultNodeSelector: object,
    removeSnapshotsDuringFilesystemTrim: string(enabled|disabled|ignored), disableRevisionCounter,
    dataEngine}, preUpgradeChecker: {jobEnabled: bool, upgradeVersionCheck: bool}, csi: {kubeletRootDir,
    attacherReplicaCount: int, provisionerReplicaCount: int, resizerReplicaCount: int,
    snapshotterReplicaCount: int}, defaultSettings: {backupTarget: any, backupTargetCredentialSecret: any,
    allowRecurringJobWhileVolumeDetached: any, createDefaultDiskLabeledNodes: any, defaultDataPath: any,
    defaultDataLocality: any, replicaSoftAntiAffinity: any, replicaAutoBalance: any,
    storageOverProvisioningPercentage: any, storageMinimalAvailablePercentage: any,
    storageReservedPercentageForDefaultDisk: any, upgradeChecker: any, defaultReplicaCount: any,
    defaultLonghornStaticStorageClass: any, backupstorePollInterval: any, failedBackupTTL: any,
    restoreVolumeRecurringJobs: any, recurringSuccessfulJobsHistoryLimit: any,
    recurringFailedJobsHistoryLimit: any, recurringJobMaxRetention: any, supportBundleFailedHistoryLimit: any,
    taintToleration: any, systemManagedComponentsNodeSelector: any, priorityClass, autoSalvage: any,
    autoDeletePodWhenVolumeDetachedUnexpectedly: any, disableSchedulingOnCordonedNode: any,
    replicaZoneSoftAntiAffinity: any, replicaDiskSoftAntiAffinity: any, nodeDownPodDeletionPolicy: any,
    nodeDrainPolicy: any, detachManuallyAttachedVolumesWhenCordoned: any, replicaReplenishmentWaitInterval:
    any, concurrentReplicaRebuildPerNodeLimit: any, concurrentVolumeBackupRestorePerNodeLimit: any,
    disableRevisionCounter: any, systemManagedPodsImagePullPolicy: any,
    allowVolumeCreationWithDegradedAvailability: any, autoCleanupSystemGeneratedSnapshot: any,
    autoCleanupRecurringJobBackupSnapshot: any, concurrentAutomaticEngineUpgradePerNodeLimit: any,
    backingImageCleanupWaitInterval: any, backingImageRecoveryWaitInterval: any, guaranteedInstanceManagerCPU:
    any, kubernetesClusterAutoscalerEnabled: any, orphanAutoDeletion: any, storageNetwork: any,
    deletingConfirmationFlag: any, engineReplicaTimeout: any, snapshotDataIntegrity: any,
    snapshotDataIntegrityImmediateCheckAfterSnapshotCreation: any, snapshotDataIntegrityCronjob: any,
    removeSnapshotsDuringFilesystemTrim: any, fastReplicaRebuildEnabled: any,
    replicaFileSyncHttpClientTimeout: any, logLevel: any, backupCompressionMethod: any, backupConcurrentLimit:
    any, restoreConcurrentLimit: any, v1DataEngine: any, v2DataEngine: any, v2DataEngineHugepageLimit: any,
    offlineReplicaRebuilding: any, v2DataEngineGuaranteedInstanceManagerCPU: any,
    allowEmptyNodeSelectorVolume: any, allowEmptyDiskSelectorVolume: any, allowCollectingLonghornUsageMetrics:
    any, disableSnapshotPurge: any, snapshotMaxCount: any, ...}, privateRegistry: {createSecret: any,
    registryUrl: any, registryUser: any, registryPasswd: any, registrySecret: any, ...}, longhornManager:
    {log: object, priorityClass, tolerations: [any], nodeSelector: object, serviceAnnotations: object, ...},
    longhornDriver: {priorityClass, tolerations: [any], nodeSelector: object, ...}, longhornUI: {replicas:
    int, priorityClass, tolerations: [any], nodeSelector: object, ...}, ingress: {enabled: bool,
    ingressClassName: any, host, tls: bool, secureBackends: bool, tlsSecret, path, annotations: any, secrets:
    any, ...}, enablePSP: bool, namespaceOverride, annotations: object, serviceAccount: {annotations: object,
    ...}, metrics: {serviceMonitor: object, ...}, openshift: {enabled: bool, ui: object, ...},
    enableGoCoverDir: bool, defaultBackupStore: object
  `,
  defaults: {
    persistence: { defaultClass: true, defaultClassReplicaCount: 3, reclaimPolicy: "Delete" },
    preUpgradeChecker: { jobEnabled: true },
    longhornUI: { replicas: 2 },
    ingress: { enabled: false },
  },
  crds: { of: () => longhornCrds, when: "true" },
  templates: {
    "manager.yaml": workload({
      kind: "DaemonSet",
      name: '"longhorn-manager"',
      component: "longhorn-manager",
      image: "longhornio/longhorn-manager",
      pods: [".Values.longhornManager"],
    }),
    "services.yaml": service("longhorn-backend", "longhorn-manager", 9500, 9500),
    "driver.yaml": workload({
      kind: "Deployment",
      name: '"longhorn-driver-deployer"',
      component: "longhorn-driver-deployer",
      image: "longhornio/longhorn-manager",
      pods: [".Values.longhornDriver"],
    }),
    "ui.yaml":
      workload({
        kind: "Deployment",
        name: '"longhorn-ui"',
        component: "longhorn-ui",
        image: "longhornio/longhorn-ui",
        replicas: ".Values.longhornUI.replicas",
        pods: [".Values.longhornUI"],
      }) +
      "---\n" +
      service("longhorn-frontend", "longhorn-ui", 80, 8000),
    "storageclass.yaml": `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: longhorn
  annotations:
    storageclass.kubernetes.io/is-default-class: {{ .Values.persistence.defaultClass | quote }}
provisioner: driver.longhorn.io
allowVolumeExpansion: true
reclaimPolicy: {{ .Values.persistence.reclaimPolicy }}
volumeBindingMode: Immediate
parameters:
  numberOfReplicas: {{ .Values.persistence.defaultClassReplicaCount | quote }}
`,
    "settings.yaml": `
apiVersion: v1
kind: ConfigMap
metadata:
  name: longhorn-default-setting
  namespace: {{ .Release.Namespace }}
data:
  default-setting.yaml: |
    {{- range $name, $value := .Values.defaultSettings }}
    {{ kebabcase $name }}: {{ $value }}
    {{- end }}
`,
  },
};

function service(name: string, component: string, port: number, targetPort: number): string {
  return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: {{ .Release.Namespace }}
spec:
  selector: {{- include "sandbox.selector" (dict "root" . "component" "${component}") | nindent 4 }}
  ports:
    - name: http
      port: ${port}
      targetPort: ${targetPort}
`;
}
