import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { clusterSecret } from "../components/flux/cluster-secret";
import { FluxHandoff } from "../components/flux/handoff";
import { preflight, type PreflightArgs } from "../components/preflight";
import { fileTexts } from "../components/secrets/file-texts";
import { makeValues, storedKey } from "../components/secrets/values";
import { InputError } from "../manifests/files";
import { bootstrapLayout } from "../manifests/flux/layout";
import { milliseconds } from "../manifests/flux/names";
import { syncManifest } from "../manifests/flux/sync-manifest";
import type { FileTexts } from "../manifests/layouts/layout";
import { appWaves } from "../manifests/layouts/wave-groups";
import { appObjects } from "./app-objects";
import { appRepositories, sopsRules } from "./app-repositories";
import { objectFaults } from "./check-objects";
import { checkPlaces } from "./check-places";
import { checkReferences } from "./check-references";
import { Entrance } from "./entrance";
import { bootstrapFlux } from "./flux";
import { accessFaults } from "./flux-access";
import { kubernetesProvider } from "./kubernetes-provider";
import { patchSecrets } from "./patched-secrets";
import { platformApps, platformOutputs } from "./platform-apps";
import { readme } from "./readme";
import { SecretDelivery } from "./secret-delivery";
import { secretRollout } from "./secret-rollout";
import { checkSettings, parseSettings, type SettingsOf } from "./settings";
import { settingsSchema } from "./settings/schema";
import { inReview } from "./review-hosts";
import type { PlatformSettings, RunnableSystem, System } from "./system";

/** Defines a system; stacks/index.ts lists it. */
export function defineSystem<Shape extends z.ZodRawShape>(
  system: System<Shape>,
): System<Shape> & RunnableSystem {
  return {
    ...system,
    schema: (env, systems) => settingsSchema(env, systems, system),
    faults: (raw, env, systems) => checkSettings(raw, env, systems, system).faults,
    read: (raw, env, systems) => {
      const settings = parseSettings(raw, env, systems, system);
      return { settings, preflight: preflightArgs(system, settings) };
    },
    run: (raw, env, systems) => runSystem(system, parseSettings(raw, env, systems, system)),
  };
}

/**
 * Runs a system: what all have in common, in order. Nothing is made before the preflight has signed in everywhere, what
 * secrets are made of comes before the commits, and Flux is followed after them.
 */
async function runSystem<Shape extends z.ZodRawShape>(
  system: System<Shape>,
  settings: SettingsOf<Shape>,
): Promise<Record<string, unknown>> {
  try {
    return await build(system, settings);
  } catch (error) {
    // What a builder refuses is worded for the user: shown without a stack trace.
    throw error instanceof InputError ? new pulumi.RunError(error.message) : error;
  }
}

async function build<Shape extends z.ZodRawShape>(system: System<Shape>, own: SettingsOf<Shape>) {
  const settings: PlatformSettings = own;
  const { fluxRepository } = settings;
  const entrance = new Entrance(settings);
  const delivery = new SecretDelivery(settings, system.delivery?.(own));
  const repositories = system.repositories?.(own) ?? {};
  await preflight(preflightArgs(system, own, delivery));

  // What the system consists of, and where it lies in git.
  const built = inReview(settings, entrance.guarded(system.build(own, { entrance, delivery })));
  const platform = platformApps(settings, built.apps, Object.keys(repositories), delivery.wayOfOwn);
  const apps = entrance.certified([...built.apps, ...platform.apps], delivery.wayOfOwn);
  const { sources, faults } = checkReferences(apps, {
    "the platform": { ...entrance.values(apps), ...platform.values },
    "the system": built.values ?? {},
  });
  const modes = delivery.modes.map((mode) =>
    mode.from === "store" ? { key: storedKey(sources), ...mode } : mode,
  );
  const placed = checkPlaces({
    apps,
    place: () => system.layout(own)(apps, modes),
    faults: [
      ...faults,
      ...objectFaults(apps),
      ...delivery.faults(apps, sources),
      ...accessFaults(built.apps, fluxRepository),
    ],
    flux: bootstrapLayout(fluxRepository.path, settings.flux.gotkPath ?? system.gotkPath?.(own)),
    further: built.files,
  });
  const nodes = placed.flatMap((app) => app.kustomizations);

  // What has to be there before the commits.
  const published = entrance.publish(apps);
  const kubernetes = kubernetesProvider(settings);
  const bootstrap = await bootstrapFlux(settings, kubernetes, {
    ownFolder: system.gotkPath?.(own),
    secrets: [
      ...delivery.clusterSecrets,
      ...Object.keys(built.clusterSecrets ?? {}),
      ...Object.values(repositories).map(({ secretName }) => secretName),
    ],
    kustomizations: nodes,
  });
  const values = makeValues("values", sources, { aliases: [{ name: "calcom" }] });
  const delivered = await delivery.deliver(apps, { sources, values, bootstrap, kubernetes });
  const texts = { outputs: delivered.outputs, values, recipients: delivery.recipients };
  const secrets = Object.entries(built.clusterSecrets ?? {}).map(([name, data]) =>
    clusterSecret(name, data, { bootstrap, kubernetes }),
  );
  const further = appRepositories(repositories, placed, { texts, bootstrap, kubernetes });

  // One commit per repository, the apps' own first; then follow Flux until the cluster runs it.
  const handoff = new FluxHandoff("handoff", {
    bootstrap,
    url: fluxRepository.url,
    from: fluxRepository.from,
    auth: fluxRepository.auth,
    mode: fluxRepository.mode,
    author: settings.author,
    signing: settings.signing,
    apps: [
      ...placed.map((app) => ({ ...app, files: fileTexts(app.files, texts) })),
      // Whatever the layout, Flux must have what they ask for.
      { files: {}, kustomizations: [], imagePolicies: apps.flatMap((app) => app.imagePolicies ?? []) },
    ],
    files: built.files,
    appRepositories: further.commits,
    adopt: fluxRepository.adopt,
    retain: fluxRepository.retain,
    formerPlace: fluxRepository.formerPlace,
    edits: {
      ...built.edits,
      ...published.edits,
      ...sopsRules(Object.assign({}, ...placed.map(({ files }) => files)) as FileTexts, delivery.recipients),
    },
    message: `Hand off ${system.title} to Flux`,
    subject: "changes",
    after: [
      ...published.resources,
      ...secrets,
      ...further.secrets,
      ...delivered.after,
      ...(built.after ?? []),
    ],
    takeOver: settings.takeOver,
    serviceAccountName: settings.serviceAccountName,
    wait: settings.ready.wait,
    allowSuspended: settings.ready.allowSuspended,
    timeoutSeconds: milliseconds(settings.ready.timeout) / 1000,
    rootKustomization: system.rootKustomization,
  });
  const patched = patchSecrets(apps, { settings, modes: delivery.modes, values, bootstrap, handoff });
  secretRollout(apps, { settings, delivery, sources, values, handoff, patched });
  const parked = built.apps.filter((app) => app.parked === true).map(({ name }) => name);
  return {
    ...published.outputs,
    ...entrance.certificateEnds(),
    ...platformOutputs(settings, values),
    revision: handoff.revision,
    revisions: handoff.revisions,
    pending: handoff.pending,
    kustomizations: handoff.kustomizations,
    apps: appObjects(placed),
    readme: readme({
      ...{ title: system.title, urls: published.urls, settings, handoff, parked },
      waves: appWaves(nodes, system.together),
      nodes,
    }),
    ...(parked.length > 0 && { parked }),
    ...built.outputs,
  };
}

/** What a system signs in to. */
function preflightArgs<Shape extends z.ZodRawShape>(
  system: System<Shape>,
  own: SettingsOf<Shape>,
  delivery = new SecretDelivery(own, system.delivery?.(own)),
): PreflightArgs {
  const settings: PlatformSettings = own;
  const { cluster, fluxRepository } = settings;
  const repositories = Object.values(system.repositories?.(own) ?? {});
  return {
    repositories: [fluxRepository, ...repositories.map((one) => one.settings)],
    cluster: {
      kubeconfig: cluster.kubeconfig,
      context: cluster.context,
      sync: syncManifest({ ...fluxRepository, url: fluxRepository.fluxUrl }),
    },
    cloudflare: new Entrance(settings).checks(),
    ...delivery.checks(),
  };
}
