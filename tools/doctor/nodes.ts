import { oneLine } from "../../provider/flux/follow/pods";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { type Finding, ok } from "./check";
import type { Patient } from "./patient";

/** What is wrong with a node while it holds (https://kubernetes.io/docs/reference/node/node-status/#condition). */
const SHORTAGES = ["DiskPressure", "MemoryPressure", "PIDPressure", "NetworkUnavailable"];

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Whether pods have where to run: else Flux's own, too, only say that they aren't ready. */
export async function nodeFindings(patient: Patient): Promise<readonly Finding[]> {
  const nodes = await (await patient.cluster()).list("v1", "Node");
  if (nodes.length === 0)
    return [{ verdict: "warn", text: "the cluster has none, so no pod runs", fix: "add one to it" }];
  const well = nodes.filter(isReady);
  const faults = nodes.flatMap((node) => faultsOf(node, well.length === 0 ? "fail" : "warn"));
  return faults.length === 0 ? [ok(`${String(nodes.length)} ready`)] : faults;
}

const conditionsOf = ({ status }: LiveObject): readonly Condition[] =>
  (status?.conditions ?? []) as readonly Condition[];

function isReady(node: LiveObject): boolean {
  return conditionsOf(node).some(({ type, status }) => type === "Ready" && status === "True");
}

/** @param down of one that isn't ready: where others are, its pods move */
function faultsOf(node: LiveObject, down: "fail" | "warn"): readonly Finding[] {
  const { name = "" } = node.metadata ?? {};
  const object = `Node ${name}`;
  const look = `kubectl describe node ${name}`;
  if (!isReady(node)) {
    const ready = conditionsOf(node).find(({ type }) => type === "Ready");
    const fix = `see that the machine and its kubelet run: ${look}; pods with a volume there don't move`;
    return [{ verdict: down, object, text: `isn't ready: ${wordsOf(ready)}`, fix }];
  }
  const short = conditionsOf(node).filter(
    ({ type, status }) => SHORTAGES.includes(type) && status === "True",
  );
  const fix = `pods are put off it or don't start there until that is mended: ${look}`;
  return short.map((one) => ({ verdict: "warn", object, text: `${one.type}: ${wordsOf(one)}`, fix }));
}

function wordsOf(condition: Condition | undefined): string {
  const { reason = "", message = "" } = condition ?? {};
  const words = oneLine([reason, message].filter((word) => word !== "").join(": "));
  return words === "" ? "it doesn't say why" : words;
}
