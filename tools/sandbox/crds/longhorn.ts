/** Longhorn's objects that people write; the others are between its own parts. */
import type { Manifest } from "../../../manifests/yaml";
import { crds } from "./crd";

export const longhornCrds: readonly Manifest[] = crds(
  "longhorn.io",
  {
    RecurringJob: `
    concurrency: int, cron, groups: [string], labels: map<string>, name, parameters: map<string>, retain: int,
    task:
    string(snapshot|snapshot-force-create|snapshot-cleanup|snapshot-delete|backup|backup-force-create|filesystem-trim)
  `,
    BackupTarget: `
    backupTargetURL, credentialSecret, pollInterval, syncRequestedAt
  `,
    Node: `
    allowScheduling: bool, disks: object, evictionRequested: bool, instanceManagerCPURequest: int, name, tags:
    [string]
  `,
    Setting: { fields: "value!", status: false },
  },
  { version: "v1beta2" },
);
