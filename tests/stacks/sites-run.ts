import { rmSync } from "node:fs";
import type { RunnableSystem } from "../../stacks/system";
import { byName, type MockAnswers, type Registered } from "../mocks";
import { configuration, type Document, merge, readFixture } from "../settings/fixture";
import { builtUnderMocks, fluxManifests } from "./under-mocks";

const answers: MockAnswers = {
  outputs: {
    "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared": () => ({ id: "tunnel-id" }),
    "random:index/randomPassword:RandomPassword": () => ({ result: "password-canary" }),
    "random:index/randomBytes:RandomBytes": () => ({ base64: "bytes-canary" }),
    "handoff:azure:Mark": () => ({ mark: "a1b2" }),
    "handoff:cloudflare:Mark": () => ({ mark: "0123456789ab", found: [] }),
    "handoff:git:GitCommit": () => ({ commit: "c0ffee", revision: "main@sha1:c0ffee", changed: [] }),
    "handoff:flux:FluxReady": () => ({ ready: true, reconciled: {} }),
  },
  functions: {
    "handoff:azure:look": () => ({ granted: false }),
    "handoff:index:preflight": () => ({ faults: [] }),
    "handoff:flux:bootstrapped": () => ({}),
    "handoff:cloudflare:tunnelToken": () => ({
      token: Buffer.from(JSON.stringify({ a: "account", t: "tunnel-id", s: "tunnel-secret" })).toString(
        "base64",
      ),
    }),
  },
};

export const CLOUDFLARE = {
  accountId: "0123456789abcdef0123456789abcdef",
  zoneId: "fedcba9876543210fedcba9876543210",
  zone: "example.com",
  zones: [{ zone: "example.org", zoneId: "00000000000000000000000000000001" }],
  address: "203.0.113.10",
  apiToken: { env: "CLOUDFLARE_API_TOKEN" },
};

/** Runs a system of sites under mocks, with the smallest settings and some put over them. */
export async function runSites(
  system: RunnableSystem,
  over: Readonly<Record<string, unknown>> = {},
): Promise<readonly Registered[]> {
  const manifests = fluxManifests();
  try {
    const { document } = readFixture("sites", "minimal.yaml");
    const flux = { manifests, components: CONTROLLERS };
    const config = { "handoff:flux": flux, "handoff:cloudflare": CLOUDFLARE, ...over };
    const { raw, env } = configuration(merge(document, { config }) as Document);
    const stack = { ...env, stack: "sites" };
    return (await builtUnderMocks(answers, () => system.run({ ...raw, system: "sites" }, stack, ["sites"])))
      .resources;
  } finally {
    rmSync(manifests, { recursive: true });
  }
}

/** The files of the flux repository: path → text. */
export function filesOf(resources: readonly Registered[]): Readonly<Record<string, string>> {
  return byName(resources, "handoff-commit").inputs.files as Readonly<Record<string, string>>;
}

const CONTROLLERS = ["source-controller", "kustomize-controller", "helm-controller"];
