import { strict as assert } from "node:assert";
import { lacking } from "../../provider/flux/follow/readiness";

type Fields = Readonly<Record<string, unknown>>;

const condition = (type: string, status: string, reason?: string, message?: string): Fields => ({
  type,
  status,
  reason,
  message,
});

/** Kind, spec, status, and what is lacking. */
const table: readonly [kind: string, spec: Fields, status: Fields | undefined, lack: string | undefined][] = [
  ["Deployment", { replicas: 2 }, { updatedReplicas: 2, availableReplicas: 2 }, undefined],
  ["Deployment", { replicas: 2 }, { updatedReplicas: 2, availableReplicas: 1 }, "1 of 2 pods available"],
  ["Deployment", { replicas: 2 }, { updatedReplicas: 1, availableReplicas: 2 }, "1 of 2 pods updated"],
  [
    "Deployment",
    {},
    { replicas: 2, updatedReplicas: 1, availableReplicas: 1, unavailableReplicas: 1 },
    "1 pods not replaced yet",
  ],
  ["Deployment", {}, undefined, "0 of 1 pods updated"],
  ["Deployment", { replicas: 0 }, {}, undefined],
  [
    "Deployment",
    {},
    {
      updatedReplicas: 1,
      conditions: [
        condition("Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum"),
        condition("Progressing", "False", "ProgressDeadlineExceeded", 'ReplicaSet "x" has timed out'),
      ],
    },
    '0 of 1 pods available; ProgressDeadlineExceeded: ReplicaSet "x" has timed out',
  ],
  [
    "Deployment",
    {},
    {
      conditions: [
        condition("ReplicaFailure", "True", "FailedCreate", 'pods "x" is forbidden: exceeded quota'),
      ],
    },
    'FailedCreate: pods "x" is forbidden: exceeded quota',
  ],
  ["StatefulSet", { replicas: 3 }, { updatedReplicas: 3, readyReplicas: 1 }, "1 of 3 pods ready"],
  ["StatefulSet", { replicas: 1 }, { updatedReplicas: 1, readyReplicas: 1 }, undefined],
  [
    "StatefulSet",
    { replicas: 1, updateStrategy: { type: "OnDelete" } },
    { updatedReplicas: 0, readyReplicas: 1 },
    undefined,
  ],
  ["ReplicaSet", { replicas: 1 }, { availableReplicas: 0 }, "0 of 1 pods available"],
  [
    "DaemonSet",
    {},
    { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 2 },
    "2 of 3 pods available",
  ],
  ["DaemonSet", {}, { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 }, undefined],
  ["Job", {}, { active: 1 }, "isn't complete"],
  ["Job", {}, { conditions: [condition("Complete", "True")] }, undefined],
  [
    "Job",
    {},
    {
      conditions: [
        condition("Failed", "True", "BackoffLimitExceeded", "Job has reached the specified backoff limit"),
      ],
    },
    "BackoffLimitExceeded: Job has reached the specified backoff limit",
  ],
  ["PersistentVolumeClaim", {}, { phase: "Pending" }, "Pending"],
  ["PersistentVolumeClaim", {}, { phase: "Bound" }, undefined],
  ["Pod", {}, { phase: "Running", conditions: [condition("Ready", "True")] }, undefined],
  ["Pod", {}, {}, "hasn't been looked at yet"],
  [
    "ExternalSecret",
    {},
    {
      conditions: [
        condition("Ready", "False", "SecretSyncedError", "could not get secret data from provider"),
      ],
    },
    "SecretSyncedError: could not get secret data from provider",
  ],
  ["Certificate", {}, { conditions: [condition("Issuing", "True"), condition("Ready", "True")] }, undefined],
  [
    "Certificate",
    {},
    {
      conditions: [
        condition("Issuing", "False", "Failed", "the request has failed: Authentication error"),
        condition("Ready", "False", "DoesNotExist", "Issuing certificate as Secret does not exist"),
      ],
    },
    "Failed: the request has failed: Authentication error",
  ],
  [
    "Certificate",
    {},
    { conditions: [condition("Issuing", "False", "Failed", "renewal"), condition("Ready", "True")] },
    undefined,
  ],
  [
    "HelmRepository",
    {},
    { conditions: [condition("Ready", "True"), condition("Stalled", "True", "URLInvalid", "bad scheme")] },
    "URLInvalid: bad scheme",
  ],
  ["ConfigMap", {}, undefined, undefined],
];

describe("lacking", () => {
  for (const [kind, spec, status, lack] of table) {
    it(`${kind} ${JSON.stringify(status)}: ${lack ?? "nothing"}`, () => {
      const metadata = { name: "x", namespace: "calcom" };
      assert.equal(lacking({ kind, metadata, spec, status }), lack);
    });
  }

  it("waits for the controller to see the newest generation", () => {
    const ready = { observedGeneration: 1, updatedReplicas: 1, availableReplicas: 1 };
    const of = (generation: number): string | undefined =>
      lacking({ kind: "Deployment", metadata: { name: "x", generation }, spec: {}, status: ready });
    assert.equal(of(1), undefined);
    assert.equal(of(2), "waits for its controller");
  });
});
