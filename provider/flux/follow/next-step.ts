import type { LiveObject } from "../../kubernetes/live-object";
import { type EventObject, oneLine } from "./pods";

/** The newest warnings about an object, each once: operators keep the cause for their events. */
export function lastWarnings(
  { kind, metadata }: LiveObject,
  events: readonly EventObject[],
  most = 2,
): readonly string[] {
  const about = events
    .filter(
      ({ type, involvedObject: it }) =>
        type === "Warning" && it?.kind === kind && it?.name === metadata?.name,
    )
    .map(({ message = "" }) => oneLine(message))
    .filter((message) => message !== "");
  // The newest stand last.
  return [...new Set(about.reverse())].slice(0, most).reverse();
}

/** What to run next about an object of an operator that isn't ready. */
export function nextStep(object: LiveObject): string {
  const { apiVersion = "", kind = "", metadata: { name = "", namespace } = {}, status } = object;
  const place = namespace === undefined ? "" : ` -n ${namespace}`;
  if (saysNothing(status)) {
    const group = apiVersion.split("/")[0] ?? "";
    return `is a controller of ${group} among them? kubectl get deployments -A; then: kubectl describe ${kind.toLowerCase()} ${name}${place}`;
  }
  const failed = (status as { readonly lastFailureTime?: string } | undefined)?.lastFailureTime;
  if (kind === "Certificate" && failed !== undefined)
    return (
      `cert-manager failed at ${failed} and tries again after an hour, then after longer; at once, when the cause is mended: ` +
      `cmctl renew ${name}${place}, or kubectl patch certificate ${name}${place} --subresource=status --type=merge -p '{"status":{"lastFailureTime":null}}'`
    );
  if (kind === "ExternalSecret")
    return `once the cause is mended, it is asked again by: kubectl annotate externalsecret ${name}${place} force-sync=$(date +%s) --overwrite`;
  return `kubectl describe ${kind.toLowerCase()} ${name}${place}`;
}

/** True for a status as an object has it before anybody looked at it: nothing, or the empty values of its kind. */
export function saysNothing(status: unknown): boolean {
  if (status === undefined || status === null || status === "") return true;
  return typeof status === "object" && Object.values(status).every(saysNothing);
}

/** Of an object whose kind has a status, and whose status is empty. */
export const UNWATCHED =
  "its status is empty: no controller looks at it. Is the one of its kind installed, and does it run?";
