import { isDeepStrictEqual } from "node:util";
import { stringify } from "yaml";
import { withoutCredentials } from "../../../provider/http/credentials";
import { nameOf } from "../../../provider/live/objects";
import { withoutData } from "../../../provider/live/secret-values";
import type { LiveObject } from "../../../provider/kubernetes/live-object";
import { yamlData } from "../../../manifests/yaml-data";
import { part } from "../danger/change";
import type { ChangedObject, Proposed } from "../findings";
import { chartOf } from "./chart";
import type { RenderedRelease } from "./release";

type Data = Readonly<Record<string, unknown>>;

/** Runs helm with values on its standard input. @throws Error with helm's words */
export type Helm = (args: readonly string[], values: string) => Promise<string>;

/** What `helm template` makes of each HelmRelease that changes, before and after; Secrets are masked. */
export async function renderReleases(
  proposed: readonly Proposed[],
  helm: Helm,
): Promise<readonly RenderedRelease[]> {
  const releases: RenderedRelease[] = [];
  for (const { forecast, sources = [] } of proposed) {
    const objects = forecast?.objects ?? [];
    const source =
      (side: "before" | "after") =>
      (name: string): object | undefined => {
        const changed = objects.find((one) => one.name === name);
        if (changed !== undefined) return changed[side];
        return sources.find((one) => nameOf(one as LiveObject) === name);
      };
    for (const one of objects.filter(({ name }) => name.startsWith("HelmRelease ")))
      releases.push(await rendered(one, source, helm));
  }
  return releases;
}

async function rendered(
  { name, before, after }: ChangedObject,
  source: (side: "before" | "after") => (name: string) => object | undefined,
  helm: Helm,
): Promise<RenderedRelease> {
  const sides = [
    before && chartOf(before, source("before")),
    after && chartOf(after, source("after")),
  ] as const;
  const charts = [...new Set(sides.flatMap((side) => (typeof side === "object" ? [side.shown] : [])))];
  const refused = sides.find((side) => typeof side === "string");
  if (refused !== undefined) return { name, charts, reason: refused };
  if (part(after, "spec", "suspend") === true)
    return { name, charts, reason: "it is suspended: Flux leaves it alone" };
  try {
    const made = async (release: Data | undefined, side: (typeof sides)[number], first: boolean) =>
      release === undefined || typeof side !== "object"
        ? new Map<string, LiveObject>()
        : await template(release, side, first, helm);
    const [old, now] = [
      await made(before, sides[0], false),
      // Helm makes the definitions of a chart's crds/ once, and never changes nor deletes them.
      await made(after, sides[1], before === undefined),
    ];
    return { name, charts, objects: changes(old, now) };
  } catch (error) {
    const words = withoutCredentials((error as Error).message)
      .trim()
      .split("\n");
    return { name, charts, reason: `helm says: ${words.at(-1) ?? ""}` };
  }
}

async function template(
  release: Data,
  { flags, chart }: Exclude<ReturnType<typeof chartOf>, string>,
  first: boolean,
  helm: Helm,
): Promise<Map<string, LiveObject>> {
  const own = part(release, "metadata", "name") as string;
  const target = part(release, "spec", "targetNamespace") as string | undefined;
  const namespace = target ?? (part(release, "metadata", "namespace") as string);
  const name =
    (part(release, "spec", "releaseName") as string | undefined) ??
    (target === undefined ? own : `${target}-${own}`);
  const crds = first && part(release, "spec", "install", "crds") !== "Skip" ? ["--include-crds"] : [];
  const args = ["template", "--no-hooks", ...crds, `--namespace=${namespace}`, "--values=-", ...flags];
  const text = await helm([...args, "--", name, chart], stringify(part(release, "spec", "values") ?? {}));
  const data = yamlData(text, "1.2");
  if (typeof data === "string") throw new Error(`what it made can't be read: ${data}`);
  const objects = (data as readonly (LiveObject | null)[]).filter(
    (object) => object?.metadata?.name !== undefined,
  );
  return new Map(
    objects.flatMap((object) => {
      if (object === null) return [];
      const metadata = CLUSTER_WIDE.test(object.kind ?? "")
        ? object.metadata
        : { namespace, ...object.metadata };
      return [[nameOf({ ...object, metadata }), object] as const];
    }),
  );
}

/** Kinds that charts make and that have no namespace; others get the release's where the chart leaves it out. */
const CLUSTER_WIDE =
  /^(Cluster(Role|RoleBinding|Issuer|SecretStore|PolicyReport|Policy)|CustomResourceDefinition|Namespace|PersistentVolume|APIService|CSIDriver|(Storage|Ingress|Priority|Runtime|Gateway)Class|(Validating|Mutating)(WebhookConfiguration|AdmissionPolicy(Binding)?))$/;

function changes(
  old: ReadonlyMap<string, LiveObject>,
  now: ReadonlyMap<string, LiveObject>,
): readonly ChangedObject[] {
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name): ChangedObject[] => {
    const [before, after] = [old.get(name), now.get(name)];
    if (isDeepStrictEqual(before, after)) return [];
    // Helm leaves these when they leave the chart.
    const kept = before?.metadata?.annotations?.["helm.sh/resource-policy"] === "keep";
    if (after === undefined && kept) return [];
    const masked = { before: withoutData(before), after: withoutData(after, before) };
    return [{ name, path: "", ...(masked as Pick<ChangedObject, "before" | "after">) }];
  });
}
