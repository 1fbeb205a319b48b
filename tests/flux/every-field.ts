import type { BucketOptions } from "../../manifests/flux/bucket";
import type { HelmReleaseOptions } from "../../manifests/flux/helm-release";
import type {
  ImagePolicyOptions,
  ImageRepositoryOptions,
  ImageUpdateAutomationOptions,
} from "../../manifests/flux/image-automation";
import type { AlertOptions, ProviderOptions, ReceiverOptions } from "../../manifests/flux/notifications";
import type {
  GitRepositoryOptions,
  HelmRepositoryOptions,
  KustomizationOptions,
  OciRepositoryOptions,
} from "../../manifests/flux/objects";

/** Options with every field of the kind: one that a later release adds is missed by the compiler. */
const metadata = {
  name: "all",
  namespace: "apps",
  labels: { team: "a" },
  annotations: { "example.com/note": "b" },
};
const secret = { name: "secret" };
const accessFrom = { namespaceSelectors: [{ matchLabels: { team: "a" } }] };
const kubeConfig = { secretRef: { name: "kubeconfig", key: "value" } };
const commonMetadata = { labels: { part: "c" }, annotations: { owner: "d" } };
const healthCheckExprs = [
  {
    apiVersion: "example.com/v1",
    kind: "Thing",
    current: "status.ready",
    inProgress: "!status.ready",
    failed: "status.failed",
  },
];
const patches = [
  {
    patch: "- op: remove\n  path: /spec/replicas\n",
    target: { kind: "Deployment", name: "web", labelSelector: "a=b" },
  },
];
const images = [{ name: "web", newName: "registry.example.com/web", newTag: "1.2.3", digest: "sha256:00" }];

export const everyGitRepository: Required<GitRepositoryOptions> = {
  ...metadata,
  url: "https://git.example.com/apps.git",
  ref: { branch: "main", tag: "v1", semver: "1.x", commit: "0a", name: "refs/heads/main" },
  provider: "azure",
  secretName: "git",
  ignore: "/docs",
  interval: "1m",
  timeout: "20s",
  include: [{ repository: { name: "other" }, fromPath: "a", toPath: "b" }],
  proxySecretRef: secret,
  recurseSubmodules: true,
  serviceAccountName: "reader",
  sparseCheckout: ["apps"],
  suspend: false,
  verify: { mode: "HEAD", secretRef: { name: "keys" } },
};

export const everyKustomization: Required<Omit<KustomizationOptions, "sopsSecretName">> = {
  ...metadata,
  dependsOn: [{ name: "crds" }, { name: "db", namespace: "data", readyExpr: "dep.status.x == self.spec.y" }],
  path: "./apps",
  sourceRef: { kind: "Bucket", name: "apps", namespace: "sources" },
  interval: "1h",
  retryInterval: "1m",
  timeout: "5m",
  prune: false,
  wait: true,
  targetNamespace: "web",
  decryption: { provider: "sops", secretRef: { name: "age" }, serviceAccountName: "kms" },
  buildMetadata: ["originAnnotations"],
  commonMetadata,
  components: ["../components/a"],
  deletionPolicy: "Orphan",
  force: true,
  healthCheckExprs,
  healthChecks: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", namespace: "web" }],
  ignore: [{ paths: ["/spec/replicas"], target: { kind: "Deployment" } }],
  ignoreMissingComponents: true,
  images,
  kubeConfig,
  namePrefix: "pre-",
  nameSuffix: "-post",
  patches,
  postBuild: {
    substitute: { CLUSTER: "prod" },
    substituteFrom: [{ kind: "ConfigMap", name: "vars", optional: true }],
    substituteStrategy: "WithVariables",
  },
  serviceAccountName: "deployer",
  suspend: true,
};

export const everyHelmRepository: Required<HelmRepositoryOptions> = {
  ...metadata,
  url: "oci://registry.example.com/charts",
  type: "oci",
  interval: "2h",
  secretName: "registry",
  accessFrom,
  certSecretRef: secret,
  insecure: true,
  passCredentials: true,
  provider: "aws",
  suspend: true,
  timeout: "1m",
};

export const everyOciRepository: Required<Omit<OciRepositoryOptions, "tag" | "helmChart">> = {
  ...metadata,
  url: "oci://registry.example.com/apps",
  ref: { semver: "1.x", semverFilter: ".*-rc.*", digest: "sha256:00", tag: "1.0.0" },
  insecure: true,
  layerSelector: { mediaType: "application/tar", operation: "extract" },
  interval: "2h",
  secretName: "registry",
  certSecretRef: secret,
  ignore: "/docs",
  provider: "gcp",
  proxySecretRef: secret,
  serviceAccountName: "reader",
  suspend: true,
  timeout: "1m",
  verify: {
    provider: "cosign",
    secretRef: { name: "keys" },
    matchOIDCIdentity: [{ issuer: "^https://issuer$", subject: "^me$" }],
    trustedRootSecretRef: { name: "root" },
  },
};

export const everyBucket: Required<BucketOptions> = {
  ...metadata,
  interval: "1m",
  provider: "aws",
  bucketName: "apps",
  endpoint: "s3.example.com",
  secretName: "s3",
  certSecretRef: secret,
  ignore: "/docs",
  insecure: true,
  prefix: "prod",
  proxySecretRef: secret,
  region: "eu-central-1",
  serviceAccountName: "reader",
  sts: { provider: "ldap", endpoint: "https://sts.example.com", secretRef: secret, certSecretRef: secret },
  suspend: true,
  timeout: "1m",
};

export const everyHelmRelease: Required<HelmReleaseOptions> = {
  ...metadata,
  chart: {
    name: "web",
    version: "1.x",
    repository: { name: "charts", namespace: "sources" },
    metadata: { labels: { chart: "web" } },
    interval: "1h",
    reconcileStrategy: "ChartVersion",
    valuesFiles: ["values-prod.yaml"],
    ignoreMissingValuesFiles: true,
    verify: { provider: "cosign" },
  },
  dependsOn: [{ name: "db", namespace: "data", readyExpr: "dep.status.x == self.spec.y" }],
  interval: "1h",
  timeout: "5m",
  releaseName: "web",
  targetNamespace: "web",
  createNamespace: true,
  install: { remediation: { retries: 3 }, crds: "Create", disableWait: true },
  upgrade: { remediation: { retries: -1, strategy: "uninstall" }, cleanupOnFail: true },
  values: { replicas: 2 },
  commonMetadata,
  driftDetection: { mode: "warn", ignore: [{ paths: ["/spec/replicas"], target: { kind: "Deployment" } }] },
  healthCheckExprs,
  kubeConfig,
  maxHistory: 3,
  persistentClient: true,
  postRenderStrategy: "combined",
  postRenderers: [{ kustomize: { images, patches } }],
  rollback: { cleanupOnFail: true, timeout: "1m" },
  serviceAccountName: "deployer",
  storageNamespace: "releases",
  suspend: true,
  test: { enable: true, filters: [{ name: "smoke", exclude: true }] },
  uninstall: { keepHistory: true, deletionPropagation: "foreground" },
  valuesFrom: [{ kind: "Secret", name: "values", valuesKey: "x.yaml", targetPath: "a.b", optional: true }],
  waitStrategy: { name: "poller" },
};

export const everyProvider: Required<ProviderOptions> = {
  ...metadata,
  type: "slack",
  address: "https://hooks.example.com/a",
  channel: "ops",
  username: "flux",
  secretName: "slack",
  certSecretRef: secret,
  commitStatusExpr: "'a'",
  interval: "10m",
  proxy: "http://proxy.example.com",
  proxySecretRef: secret,
  serviceAccountName: "notifier",
  suspend: true,
  timeout: "20s",
};

export const everyAlert: Required<AlertOptions> = {
  ...metadata,
  provider: "slack",
  eventSeverity: "error",
  eventSources: [{ kind: "GitRepository", name: "*", namespace: "apps", matchLabels: { team: "a" } }],
  eventMetadata: { cluster: "prod" },
  exclusionList: ["waiting.*"],
  inclusionList: [".*failed.*"],
  summary: "prod",
  suspend: true,
};

export const everyReceiver: Required<Omit<ReceiverOptions, "oidcProviders">> = {
  ...metadata,
  type: "github",
  events: ["ping", "push"],
  interval: "1h",
  secretName: "webhook",
  resources: [{ kind: "GitRepository", name: "apps", namespace: "sources", filter: "true" }],
  resourceFilter: "has(res.metadata)",
  suspend: true,
};

export const everyImageRepository: Required<ImageRepositoryOptions> = {
  ...metadata,
  image: "registry.example.com:5000/web",
  interval: "1m",
  secretName: "registry",
  accessFrom,
  certSecretRef: secret,
  exclusionList: ["^.*\\.sig$"],
  insecure: true,
  provider: "azure",
  proxySecretRef: secret,
  serviceAccountName: "reader",
  suspend: true,
  timeout: "20s",
};

export const everyImagePolicy: Required<ImagePolicyOptions> = {
  ...metadata,
  imageRepository: { name: "web", namespace: "images" },
  filterTags: { pattern: "^main-[0-9a-f]+-(?P<time>[0-9]+)$", extract: "$time" },
  policy: { numerical: { order: "asc" } },
  digestReflectionPolicy: "Always",
  interval: "1h",
  suspend: true,
};

export const everyImageUpdateAutomation: Required<ImageUpdateAutomationOptions> = {
  ...metadata,
  sourceRef: { name: "apps", namespace: "sources" },
  git: {
    checkout: { ref: { branch: "main" } },
    commit: {
      author: { name: "Flux", email: "flux@example.com" },
      messageTemplate: "{{ .AutomationObject }}",
      messageTemplateValues: { cluster: "prod" },
      signingKey: { secretRef: { name: "key" }, type: "ssh" },
    },
    push: { branch: "updates", refspec: "refs/heads/updates", options: { ci: "skip" } },
  },
  path: "./apps",
  interval: "1h",
  policySelector: { matchLabels: { team: "a" }, matchExpressions: [{ key: "b", operator: "Exists" }] },
  suspend: true,
};
