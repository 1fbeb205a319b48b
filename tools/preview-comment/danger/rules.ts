import { isDeepStrictEqual } from "node:util";
import { imagesIn } from "../images";
import { nameOf, typeOf } from "../step";
import { type Change, FLUX, found, type Found, isFlux, list, part, type Rule } from "./change";
import { droppedGuards } from "./guards";
import { publicHosts } from "./hosts";
import { remadeReleases } from "./releases";

/** The rules, the worst first. */
export const RULES: readonly Rule[] = [
  {
    id: "namespace-deleted",
    reason: "everything in a namespace goes with it, also what others put there",
    find: prunedKinds(/^Namespace /),
  },
  {
    id: "definition-deleted",
    reason: "every object of the kind goes with its definition, in all namespaces and whoever made it",
    find: prunedKinds(/^CustomResourceDefinition /),
  },
  {
    id: "data-pruned",
    reason: "its volumes may go with it, and what is in them",
    find: prunedKinds(/^(StatefulSet|PersistentVolumeClaim|PersistentVolume|Cluster) /),
  },
  {
    id: "kustomization-renamed",
    reason:
      "the former one prunes all that it applied, then the new one makes it anew: the app is down between, and volumes may go",
    find: renamed,
  },
  {
    id: "release-remade",
    reason:
      "Flux uninstalls the release and installs another one: what it made is down between, and volumes may go",
    find: remadeReleases,
  },
  {
    id: "prune-on",
    reason: "from now on what leaves git leaves the cluster, also what left git before",
    find: ({ objects }) =>
      objects
        .filter(
          ({ before, after }) =>
            isFlux(after, "Kustomization") &&
            before !== undefined &&
            part(before, "spec", "prune") !== true &&
            part(after, "spec", "prune") === true,
        )
        .map((one) => found(one, "`prune` is turned on")),
  },
  {
    id: "order-dropped",
    reason: "it no longer waits, and may start before what it needs is there",
    find: ({ objects }) =>
      objects.flatMap((one) => {
        const [old, now] = [one.before, one.after].map((side) =>
          list(side, "spec", "dependsOn").map(reference),
        );
        if (
          one.after === undefined ||
          one.before === undefined ||
          !FLUX.test(String(part(one.after, "apiVersion")))
        )
          return [];
        const dropped = (old ?? []).filter((name) => now?.includes(name) !== true);
        return dropped.length === 0 ? [] : [found(one, `no longer waits for ${dropped.join(", ")}`)];
      }),
  },
  {
    id: "source-moved",
    reason: "Flux applies what is at the other address, and prunes what isn't there",
    find: ({ objects }) =>
      objects.flatMap((one) => {
        if (one.before === undefined || one.after === undefined) return [];
        if (!String(part(one.after, "apiVersion")).startsWith("source.toolkit.fluxcd.io/")) return [];
        return ["url", "endpoint", "bucketName"].flatMap((field) => {
          const [old, now] = [one.before, one.after].map((side) => part(side, "spec", field));
          return old === now
            ? []
            : [found(one, `its ${field} changes from ${String(old)} to ${String(now)}`)];
        });
      }),
  },
  {
    id: "host-public",
    reason: "it can be reached from outside as soon as it is there",
    find: publicHosts,
  },
  {
    id: "guard-dropped",
    reason: "who was kept out by Cloudflare Access reaches it from then on",
    find: droppedGuards,
  },
  {
    id: "secret-rotated",
    reason:
      "it is carried to the workloads that read it, which restart; what lives by the former value elsewhere, ends",
    find: ({ steps }) =>
      steps
        .filter(({ op, urn }) => /replace/.test(op) && ROTATED.test(typeOf(urn)))
        .map(({ urn }) => ({ object: nameOf(urn), what: "gets another value" }))
        .filter(({ object }, index, all) => all.findIndex((other) => other.object === object) === index),
  },
  {
    id: "image-unpinned",
    reason: "it runs whatever the name points to when a node pulls it, and can't be rolled back",
    find: ({ objects }) =>
      objects.flatMap((one) => {
        const before = new Set(imagesIn(one.before).values());
        return [...new Set(imagesIn(one.after).values())]
          .filter((image) => !before.has(image) && isUnpinned(image))
          .map((image) => found(one, `${image} has no tag or digest that stays`));
      }),
  },
];

/** Types whose replacement is another value. */
const ROTATED =
  /^(handoff:secrets:KeyPair|random:index\/random\w+:Random\w+|cloudflare:index\/(apiToken|accountToken):\w+)$/;

function prunedKinds(kinds: RegExp) {
  return ({ pruned, objects }: Change): Found[] =>
    [...pruned]
      .filter(([name]) => kinds.test(name))
      .map(([name, owner]) => {
        const what = owner === undefined ? "would be pruned" : `would be pruned with ${owner}`;
        const object = objects.find((one) => one.name === name);
        return object === undefined ? { object: name, what } : found(object, what);
      });
}

function reference(entry: Readonly<Record<string, unknown>>): string {
  const { name, namespace } = entry;
  return [namespace, name].filter((one) => typeof one === "string").join("/");
}

/** One that goes, while another one comes for the same folder of the same source. */
function renamed({ objects }: Change): Found[] {
  const applies = (object: object | undefined) => [
    part(object, "spec", "path"),
    part(object, "spec", "sourceRef"),
  ];
  const come = objects.filter(({ before, after }) => before === undefined && isFlux(after, "Kustomization"));
  return objects
    .filter(
      ({ before, after }) =>
        after === undefined && isFlux(before, "Kustomization") && part(before, "spec", "prune") === true,
    )
    .flatMap((gone) => {
      const now = come.find(({ after }) => isDeepStrictEqual(applies(after), applies(gone.before)));
      return now === undefined ? [] : [found(gone, `goes, and ${now.name} comes for the same folder`)];
    });
}

/** A name without tag or digest, or with the tag that moves. */
function isUnpinned(image: string): boolean {
  if (image.startsWith("chart ")) return /\s(\*|latest|[<>~^].*|.*\bx\b.*)$/.test(image);
  if (image.includes("@sha256:") || /\$\{\w/.test(image)) return false;
  const [, tag] = /:([^/:]+)$/.exec(image) ?? [];
  return tag === undefined || tag === "latest";
}
