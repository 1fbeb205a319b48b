/** From what the vault gave to the Secret that shall be: pure. */
import { sha256 } from "../state";
import type { Secret } from "../controllers/cluster";
import { renderTemplate } from "./template";
import type { ExternalSecret } from "./types";

const hashAnnotation = "reconcile.external-secrets.io/data-hash";
export const managedLabel = "reconcile.external-secrets.io/managed";

/** @throws Error for a template that the sandbox cannot render. */
export function renderData(
  external: ExternalSecret,
  values: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const template = external.spec.target?.template;
  if (!template) return values;
  if (template.templateFrom?.length) throw new Error("template.templateFrom is not supported by the sandbox");
  if ((template.engineVersion ?? "v2") !== "v2") throw new Error("template.engineVersion must be v2");
  if (!template.data) return values;
  const rendered: Record<string, string> = {};
  for (const [key, text] of Object.entries(template.data)) {
    try {
      rendered[key] = renderTemplate(text, values);
    } catch (error) {
      throw new Error(`template.data.${key}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
  return template.mergePolicy === "Merge" ? { ...values, ...rendered } : rendered;
}

export function renderSecret(external: ExternalSecret, data: Readonly<Record<string, string>>): Secret {
  const { metadata, spec } = external;
  const target = spec.target ?? {};
  // Without a template the ExternalSecret's own labels and annotations go over to the Secret.
  const from = target.template ? target.template.metadata : metadata;
  const annotations = Object.entries(from?.annotations ?? {}).filter(
    ([key]) => key !== "kubectl.kubernetes.io/last-applied-configuration",
  );
  const owner = {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    name: metadata.name,
    uid: metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
  return {
    metadata: {
      name: targetName(external),
      namespace: metadata.namespace,
      labels: { ...from?.labels, [managedLabel]: "true" },
      annotations: { ...Object.fromEntries(annotations), [hashAnnotation]: dataHash(data) },
      ...((target.creationPolicy ?? "Owner") === "Owner" ? { ownerReferences: [owner] } : {}),
    },
    type: target.template?.type ?? "Opaque",
    data: Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "utf8").toString("base64")]),
    ),
    ...(target.immutable === undefined ? {} : { immutable: target.immutable }),
  };
}

export function targetName({ metadata, spec }: ExternalSecret): string {
  return spec.target?.name ?? metadata.name;
}

function dataHash(data: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify(sorted));
}

/** Whether the Secret still holds, for each key that was written, what was written. */
export function isUntouched(secret: Secret): boolean {
  const data = Object.entries(secret.data ?? {}).map(([key, text]) => [
    key,
    Buffer.from(text, "base64").toString("utf8"),
  ]);
  return (
    secret.metadata.annotations?.[hashAnnotation] ===
    dataHash(Object.fromEntries(data) as Record<string, string>)
  );
}

/** Changes when the ExternalSecret asks for something else, or by its annotation for another sync. */
export function syncVersion({ metadata }: ExternalSecret): string {
  const hash = sha256(JSON.stringify([metadata.labels ?? {}, metadata.annotations ?? {}])).slice(0, 32);
  return `${metadata.generation ?? 0}-${hash}`;
}
