import type { FluxComponent } from "./install-manifests";

const ALL = ["CacheSecretsAndConfigMaps", "ObjectLevelWorkloadIdentity"];
const APPLYING = [
  ...["AdditiveCELDependencyCheck", "CancelHealthCheckOnNewRevision", "DirectSourceFetch"],
  ...["DisableConfigWatchers", "ExternalArtifact"],
];

/**
 * The feature gates that controllers know, in `internal/features` of each at Flux 2.9.4. One that they don't know ends
 * them at their start.
 */
export const FEATURE_GATES: Readonly<Record<FluxComponent, readonly string[]>> = {
  "source-controller": ALL,
  "kustomize-controller": [
    ...[...ALL, ...APPLYING, "DisableFailFastBehavior", "DisableStatusPollerCache"],
    ...["GroupChangeLog", "MigrateAPIVersion", "StrictPostBuildSubstitutions"],
  ],
  "helm-controller": [
    ...[...ALL, ...APPLYING, "AdoptLegacyReleases", "AllowDNSLookups", "CorrectDrift"],
    ...[
      "DefaultToRetryOnFailure",
      "DetectDrift",
      "DisableChartDigestTracking",
      "OOMWatch",
      "UseHelm3Defaults",
    ],
  ],
  "notification-controller": [...ALL, "DisableConfigWatchers"],
  "image-reflector-controller": [...ALL, "FluxStorage"],
  "image-automation-controller": [
    ...[...ALL, "GitAllBranchReferences", "GitForcePushBranch", "GitShallowClone", "GitSparseCheckout"],
  ],
  "source-watcher": [],
};
