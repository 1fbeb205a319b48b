import { rmSync } from "node:fs";
import type { Files } from "../../manifests/files";
import { homelab } from "../../stacks/homelab";
import type { Environment } from "../../stacks/settings/references";
import { byName, type MockAnswers, type Registered } from "../mocks";
import { configuration, merge, readFixture, type Document } from "../settings/fixture";
import { builtUnderMocks, fluxManifests, KEY } from "./under-mocks";

export const answers: MockAnswers = {
  outputs: {
    "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared": () => ({ id: "tunnel-id" }),
    "random:index/randomPassword:RandomPassword": () => ({ result: "canary-password" }),
    "random:index/randomBytes:RandomBytes": () => ({ base64: "canary-bytes", hex: "canary-hex" }),
    "handoff:cloudflare:Mark": () => ({ mark: "0123456789ab", found: [] }),
    "handoff:git:GitCommit": () => ({ commit: "c0ffee", revision: "main@sha1:c0ffee", merged: true }),
    "handoff:flux:FluxReady": () => ({ ready: true, reconciled: {} }),
  },
  functions: {
    "handoff:flux:bootstrapped": () => ({}),
    "handoff:index:preflight": () => ({ faults: [] }),
    "handoff:cloudflare:tunnelToken": () => ({
      token: Buffer.from(JSON.stringify({ a: "account", t: "tunnel-id", s: "canary-tunnel" })).toString(
        "base64",
      ),
    }),
  },
};

/** The homelab under mocks, with Flux's manifests for the tests of a file. */
export function useHomelab() {
  let manifests: string;
  before(() => {
    manifests = fluxManifests();
  });
  after(() => {
    rmSync(manifests, { recursive: true });
  });

  /** The settings of the smallest stack, with some put over them. */
  function settings(over: object = {}): [Record<string, unknown>, Environment] {
    const { document } = readFixture("homelab", "minimal.yaml");
    const config = merge(document.config, { "handoff:flux": { manifests }, ...over }) as Document["config"];
    const { raw, env } = configuration({ config });
    return [raw, { ...env, stack: "homelab", variables: { ...env.variables, DEPLOY_KEY: KEY } }];
  }

  async function outputsAndResources(over?: object): Promise<[Record<string, unknown>, Registered[]]> {
    const { outputs, resources } = await builtUnderMocks(answers, () =>
      homelab.run(...settings(over), ["homelab"]),
    );
    return [outputs, resources];
  }

  return { settings, outputsAndResources };
}

export const commitOf = (resources: readonly Registered[]) =>
  byName(resources, "handoff-commit").inputs as {
    readonly files: Files;
    readonly edits: Readonly<Record<string, readonly { readonly entry: string }[]>>;
  };

export const entries = (resources: readonly Registered[]): string[] =>
  commitOf(resources).edits["k3s/flux/apps/kustomization.yaml"]!.map(({ entry }) => entry);
