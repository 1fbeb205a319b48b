import { type Change, found, type Found, isFlux, part } from "./change";

/**
 * HelmReleases by whose change Flux uninstalls the release and installs another one: helm-controller, where the target
 * of a release changes (internal/action, ReleaseTargetChanged; defaults as in the HelmRelease API).
 */
export function remadeReleases({ objects }: Change): Found[] {
  return objects.flatMap((one) => {
    const { before, after } = one;
    if (!isFlux(before, "HelmRelease") || !isFlux(after, "HelmRelease")) return [];
    const [was, is] = [targetOf(before), targetOf(after)];
    const changes = Object.entries(is)
      .filter(([what, now]) => now !== was[what])
      .map(([what, now]) => `its ${what} changes from ${String(was[what])} to ${String(now)}`);
    return changes.length === 0 ? [] : [found(one, changes.join(", "))];
  });
}

function targetOf(release: object | undefined): Readonly<Record<string, unknown>> {
  const [name, namespace] = [part(release, "metadata", "name"), part(release, "metadata", "namespace")];
  const target = part(release, "spec", "targetNamespace");
  const chart = part(release, "spec", "chart", "spec", "chart");
  return {
    name: part(release, "spec", "releaseName") ?? (target === undefined ? name : [target, name].join("-")),
    namespace: target ?? namespace,
    "storage namespace": part(release, "spec", "storageNamespace") ?? namespace,
    // A folder, of a chart in git, has most likely the chart's name.
    chart: typeof chart === "string" ? chart.split("/").filter(Boolean).at(-1) : undefined,
  };
}
