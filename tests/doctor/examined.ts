/** The doctor's looks at a cluster in memory. */
import { strict as assert } from "node:assert";
import { Cluster } from "../../provider/kubernetes/cluster";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { type Check, runChecks } from "../../tools/doctor/check";
import { CHECKS, ROWS } from "../../tools/doctor/checks";
import { lookedAt, type Patient } from "../../tools/doctor/patient";
import { reportOf } from "../../tools/doctor/text";
import type { Stack } from "../../tools/stack/stack";
import { FakeCluster } from "../flux/fake-cluster";
import { OUTPUTS } from "../status/objects";

export const stack = {
  name: "prod",
  settings: { flux: { version: "v2.9.4" }, ready: {} },
} as unknown as Stack;

/** Those that look at the cluster alone. */
export const LOOKS: readonly Check[] = CHECKS.filter(({ id }) =>
  ["nodes", "flux", "external-secrets"].includes(id),
);

export function patient(connect: Patient["cluster"], more: Partial<Patient> = {}): Patient {
  const known = () => Promise.resolve(stack);
  const never = () => Promise.reject(new Error("isn't looked at"));
  const outputs = () => Promise.resolve(OUTPUTS);
  return { settings: known, stack: known, preflight: never, outputs, ...lookedAt(connect), ...more };
}

export async function examined(objects: readonly LiveObject[], deny: FakeCluster["deny"] = () => undefined) {
  const cluster = await FakeCluster.start(...objects);
  cluster.deny = deny;
  try {
    const one = patient(() => Cluster.connect(cluster));
    const [checks, rows] = [await runChecks(LOOKS, one), await runChecks(ROWS, one)];
    const writes = cluster.requests.filter((request) => !request.startsWith("GET "));
    assert.deepEqual(writes, [], "the doctor changes nothing");
    return reportOf(checks, rows);
  } finally {
    cluster.stop();
  }
}
