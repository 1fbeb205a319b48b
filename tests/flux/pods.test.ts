import { strict as assert } from "node:assert";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { describePods, type EventObject } from "../../provider/flux/follow/pods";

const NAMESPACE = "calcom";
const NAME = "calcom-7d9c6b5f8-x2x4z";

type Fields = Readonly<Record<string, unknown>>;

const pod = (status: Fields, spec: Fields = {}, name = NAME): LiveObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: NAMESPACE },
  spec,
  status,
});
const notReady = (message: string): Fields[] => [
  { type: "Initialized", status: "True" },
  { type: "Ready", status: "False", reason: "ContainersNotReady", message },
  { type: "PodScheduled", status: "True" },
];
const pending = (containerStatuses: Fields[], more: Fields = {}): LiveObject =>
  pod({
    phase: "Pending",
    conditions: notReady("containers with unready status: [calcom]"),
    containerStatuses: containerStatuses.map((status) => ({ name: "calcom", ready: false, ...status })),
    ...more,
  });
const warning = (message: string, name = NAME, kind = "Pod"): EventObject => ({
  type: "Warning",
  message,
  involvedObject: { kind, name, namespace: NAMESPACE },
});

/** Statuses as the kubelet and the scheduler write them. */
const table: readonly [what: string, pod: LiveObject, events: readonly EventObject[], reason: string][] = [
  [
    "whose image isn't there",
    pending([
      {
        state: {
          waiting: {
            reason: "ImagePullBackOff",
            message: `Back-off pulling image "calcom/cal.com:v0": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/calcom/cal.com:v0": failed to resolve reference "docker.io/calcom/cal.com:v0": docker.io/calcom/cal.com:v0: not found`,
          },
        },
      },
    ]),
    [],
    `container calcom: ImagePullBackOff, Back-off pulling image "calcom/cal.com:v0": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/calcom/cal.com:v0": failed to resolve reference "docker.io/calcom/cal.com:v0": docker.io/calcom/cal.com:v0: not found`,
  ],
  [
    "that crashes",
    pending(
      [
        {
          restartCount: 7,
          state: {
            waiting: {
              reason: "CrashLoopBackOff",
              message: `back-off 5m0s restarting failed container=calcom pod=${NAME}_calcom(9f)`,
            },
          },
          lastState: { terminated: { exitCode: 1, reason: "Error", startedAt: "2026-11-20T10:00:00Z" } },
        },
      ],
      { phase: "Running" },
    ),
    [warning("Back-off restarting failed container calcom in pod")],
    `container calcom: CrashLoopBackOff, exit code 1, 7 times (kubectl logs -n calcom ${NAME} -c calcom --previous)`,
  ],
  [
    "that needs more memory than it may have",
    pending([
      {
        restartCount: 1,
        state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s restarting" } },
        lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
      },
    ]),
    [],
    `container calcom: CrashLoopBackOff, exit code 137 (OOMKilled) (kubectl logs -n calcom ${NAME} -c calcom --previous)`,
  ],
  [
    "that ended, with its last words",
    pending(
      [{ state: { terminated: { exitCode: 2, reason: "Error", message: "usage: calcom\n  --port" } } }],
      { phase: "Failed" },
    ),
    [],
    `container calcom: ended, exit code 2: usage: calcom --port (kubectl logs -n calcom ${NAME} -c calcom)`,
  ],
  [
    "whose Secret is missing",
    pending([
      {
        state: {
          waiting: { reason: "CreateContainerConfigError", message: 'secret "calcom-secret" not found' },
        },
      },
    ]),
    [],
    'container calcom: CreateContainerConfigError, secret "calcom-secret" not found',
  ],
  [
    "whose volume can't be mounted",
    pending([{ state: { waiting: { reason: "ContainerCreating" } } }]),
    [
      warning("0/1 nodes are available"),
      warning('MountVolume.SetUp failed for volume "config" : configmap "cloudflared" not found'),
      warning("of another pod", "other"),
      { ...warning("of another namespace"), involvedObject: { kind: "Pod", name: NAME, namespace: "other" } },
      { ...warning("Successfully assigned"), type: "Normal" },
    ],
    'container calcom waits: MountVolume.SetUp failed for volume "config" : configmap "cloudflared" not found',
  ],
  [
    "that is being created",
    pending([{ state: { waiting: { reason: "ContainerCreating" } } }]),
    [],
    "containers with unready status: [calcom]",
  ],
  [
    "whose first container doesn't end",
    pending([{ state: { waiting: { reason: "PodInitializing" } } }], {
      initContainerStatuses: [
        {
          name: "wait-for-postgres",
          ready: false,
          state: { running: { startedAt: "2026-11-20T10:00:00Z" } },
        },
        { name: "migrate", ready: false, state: { waiting: { reason: "PodInitializing" } } },
      ],
    }),
    [],
    "init container wait-for-postgres still runs",
  ],
  [
    "whose second container crashes",
    pending([{ state: { waiting: { reason: "PodInitializing" } } }], {
      initContainerStatuses: [
        {
          name: "wait-for-postgres",
          ready: true,
          state: { terminated: { exitCode: 0, reason: "Completed" } },
        },
        {
          name: "migrate",
          ready: false,
          restartCount: 2,
          state: { waiting: { reason: "CrashLoopBackOff", message: "back-off" } },
          lastState: { terminated: { exitCode: 1, reason: "Error" } },
        },
      ],
    }),
    [],
    `init container migrate: CrashLoopBackOff, exit code 1, 2 times (kubectl logs -n calcom ${NAME} -c migrate --previous)`,
  ],
  [
    "that runs and fails its probe",
    pending([{ state: { running: { startedAt: "2026-11-20T10:00:00Z" } } }], { phase: "Running" }),
    [warning("Readiness probe failed: dial tcp 10.0.0.7:3000: connect: connection refused")],
    "container calcom runs, but isn't ready: Readiness probe failed: dial tcp 10.0.0.7:3000: connect: connection refused",
  ],
  [
    "that no node takes",
    pod({
      phase: "Pending",
      conditions: [
        {
          type: "PodScheduled",
          status: "False",
          reason: "Unschedulable",
          message: "0/3 nodes are available: 3 Insufficient memory. no new claims to deallocate.",
        },
      ],
    }),
    [],
    "can't be scheduled: 0/3 nodes are available: 3 Insufficient memory. no new claims to deallocate.",
  ],
  [
    "whose claim isn't bound",
    pod(
      {
        phase: "Pending",
        conditions: [
          {
            type: "PodScheduled",
            status: "False",
            reason: "Unschedulable",
            message: "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
          },
        ],
      },
      {
        volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data-calcom-db-0" } }, { name: "x" }],
      },
    ),
    [warning('storageclass.storage.k8s.io "nfs" not found', "data-calcom-db-0", "PersistentVolumeClaim")],
    `can't be scheduled: 0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.; PersistentVolumeClaim data-calcom-db-0: storageclass.storage.k8s.io "nfs" not found`,
  ],
  [
    "that was evicted",
    pod({ phase: "Failed", reason: "Evicted", message: "The node was low on resource: ephemeral-storage." }),
    [],
    "Evicted: The node was low on resource: ephemeral-storage.",
  ],
  [
    "that goes",
    { ...pod({}), metadata: { name: NAME, namespace: NAMESPACE, deletionTimestamp: "2026-11-20T10:00:00Z" } },
    [],
    "is being deleted",
  ],
  ["that nobody has looked at", pod({}), [], "hasn't been looked at yet"],
];

describe("describePods", () => {
  for (const [what, object, events, reason] of table) {
    it(`tells of one ${what}`, () => {
      assert.deepEqual(describePods([object], events), [`pod ${NAME}: ${reason}`]);
    });
  }

  it("leaves out those that are ready or done", () => {
    const ready = pod({ phase: "Running", conditions: [{ type: "Ready", status: "True" }] });
    assert.deepEqual(describePods([ready, pod({ phase: "Succeeded" })]), []);
  });

  it("tells a reason once for all pods that have it", () => {
    const crashing = (name: string): LiveObject => ({
      ...pending([
        {
          state: { waiting: { reason: "CrashLoopBackOff" } },
          lastState: { terminated: { exitCode: 1, reason: "Error" } },
        },
      ]),
      metadata: { name, namespace: NAMESPACE },
    });
    assert.deepEqual(describePods([crashing("a"), pod({}), crashing("b"), crashing("c")]), [
      "pod a: container calcom: CrashLoopBackOff, exit code 1 (kubectl logs -n calcom a -c calcom --previous); 2 more like it",
      `pod ${NAME}: hasn't been looked at yet`,
    ]);
  });

  it("cuts long messages and long lists", () => {
    const pods = Array.from({ length: 8 }, (_, index) =>
      pending([{ state: { waiting: { reason: `Reason${String(index)}`, message: "x ".repeat(400) } } }]),
    );
    const lines = describePods(pods);
    assert.equal(lines.length, 6);
    assert.equal(lines.at(-1), "and 3 more");
    assert.ok(lines.every((line) => line.length < 340));
  });
});
