/** What kustomize's patches do to an object: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/ */

type Json = unknown;
type JsonMap = Record<string, Json>;

export interface JsonOperation {
  readonly op: string;
  readonly path: string;
  readonly value?: Json;
}

/** Lists of a pod whose entries Kubernetes tells apart by a key; all others are replaced as a whole. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  env: "name",
  volumes: "name",
  imagePullSecrets: "name",
  volumeMounts: "mountPath",
  hostAliases: "ip",
  topologySpreadConstraints: "topologyKey",
};

/** An object with a strategic merge patch, by the merge keys of a Deployment's fields. */
export function strategicMerge(target: Json, patch: Json, field = ""): Json {
  if (Array.isArray(patch)) return mergeLists(target, patch, field);
  if (!isMap(patch)) return patch;
  if (patch.$patch === "replace") return without(patch, "$patch");
  const result: JsonMap = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = strategicMerge(result[key], value, key);
  }
  return result;
}

function mergeLists(target: Json, patch: readonly Json[], field: string): Json {
  const key = MERGE_KEYS[field] ?? (field === "ports" ? portKey(patch) : undefined);
  if (key === undefined || patch.some((entry) => isMap(entry) && entry.$patch === "replace"))
    return patch.filter((entry) => !isMap(entry) || entry.$patch === undefined);
  const result = Array.isArray(target) ? [...(target as readonly Json[])] : [];
  const added: Json[] = [];
  for (const entry of patch) {
    const id = isMap(entry) ? entry[key] : undefined;
    const index = result.findIndex((other) => isMap(other) && other[key] === id);
    const gone = isMap(entry) && entry.$patch === "delete";
    if (index >= 0 && gone) result.splice(index, 1);
    else if (index >= 0) result[index] = strategicMerge(result[index], entry);
    else if (!gone) added.push(entry);
  }
  // kustomize puts what is new before what was there.
  return [...added, ...result];
}

function portKey(patch: readonly Json[]): string {
  return patch.some((entry) => isMap(entry) && "containerPort" in entry) ? "containerPort" : "port";
}

/**
 * An object with a JSON patch (RFC 6902).
 * @throws Error that names the operation that this object hasn't the place for
 */
export function jsonPatch(target: Json, operations: readonly JsonOperation[]): Json {
  const result = structuredClone(target);
  for (const operation of operations) {
    const steps = operation.path
      .split("/")
      .slice(1)
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = steps.pop() ?? "";
    const parent = steps.reduce<Json>((at, step) => (at as JsonMap | undefined)?.[step], result);
    if (!change(parent, last, operation))
      throw new Error(`there is no place for ${operation.op} ${operation.path}`);
  }
  return result;
}

function change(parent: Json, last: string, { op, value }: JsonOperation): boolean {
  if (Array.isArray(parent)) {
    const index = last === "-" ? parent.length : Number(last);
    const limit = op === "add" ? parent.length : parent.length - 1;
    if (!Number.isInteger(index) || index < 0 || index > limit) return false;
    if (op === "add") parent.splice(index, 0, value);
    else if (op === "replace") parent[index] = value;
    else if (op === "remove") parent.splice(index, 1);
    return ["add", "replace", "remove", "test"].includes(op);
  }
  if (!isMap(parent) || (op !== "add" && !(last in parent))) return false;
  if (op === "add" || op === "replace") parent[last] = value;
  else if (op === "remove") Reflect.deleteProperty(parent, last);
  return ["add", "replace", "remove", "test"].includes(op);
}

function isMap(value: Json): value is JsonMap {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function without(map: JsonMap, key: string): JsonMap {
  return Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));
}
