import { accessFindings } from "./access";
import { type Check, ok } from "./check";
import { expiryFindings } from "./expiry";
import { externalSecretsFindings, fluxFindings, vaultFindings } from "./health";
import { toolFindings } from "./machine";
import { nodeFindings } from "./nodes";
import { kustomizationFalse, namespaceMissing, releaseStuck, sopsFailed } from "./rows/applying";
import { certificateStuck, driftStays, podStuck, secretsDontCome } from "./rows/operators";
import { newCommitNotPickedUp, sourceNotUpdating, suspended } from "./rows/sources";
import { unattended } from "./rows/unattended";

/** What must be so for `up`, and for Flux after it. Those that need nothing come first. */
export const CHECKS: readonly Check[] = [
  {
    id: "tools",
    title: "Tools",
    run: async (patient) => {
      const { secrets } = await patient.settings().then(
        (stack) => stack.settings,
        () => ({ secrets: undefined }),
      );
      return await toolFindings(secrets === "sops");
    },
  },
  {
    id: "settings",
    title: "Settings",
    run: async (patient) => [ok(`Pulumi.${(await patient.settings()).name}.yaml has no faults`)],
  },
  { id: "cluster", title: "Cluster", run: (patient) => accessFindings("cluster", patient) },
  { id: "nodes", title: "Nodes", run: nodeFindings },
  { id: "repositories", title: "Repositories", run: (patient) => accessFindings("repository", patient) },
  { id: "cloudflare", title: "Cloudflare", run: (patient) => accessFindings("cloudflare", patient) },
  { id: "azure", title: "Azure", run: (patient) => accessFindings("azure", patient) },
  { id: "sops", title: "SOPS", run: (patient) => accessFindings("sops", patient) },
  { id: "vault", title: "Vault", run: vaultFindings },
  { id: "flux", title: "Flux", run: fluxFindings },
  { id: "external-secrets", title: "External Secrets", run: externalSecretsFindings },
  { id: "expiry", title: "Credentials", run: expiryFindings },
];

/** What is wrong with a sick cluster, from causes to what follows from them: the first that applies is the one to mend. */
export const ROWS: readonly Check[] = [
  suspended,
  unattended,
  sourceNotUpdating,
  newCommitNotPickedUp,
  sopsFailed,
  namespaceMissing,
  releaseStuck,
  certificateStuck,
  secretsDontCome,
  podStuck,
  kustomizationFalse,
  driftStays,
];
