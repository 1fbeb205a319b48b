import { rmSync } from "node:fs";
import type { Environment } from "../../stacks/settings/references";
import type { RunnableSystem } from "../../stacks/system";
import type { MockAnswers, Registered } from "../mocks";
import { configuration, readFixture } from "../settings/fixture";
import { furtherSettings, SHIPPED_PROD } from "./shipped";
import { builtUnderMocks, fluxManifests, KEY } from "./under-mocks";

export const answers: MockAnswers = {
  outputs: {
    "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared": () => ({ id: "tunnel-id" }),
    "cloudflare:index/accountToken:AccountToken": () => ({ value: "cloudflare-canary" }),
    "handoff:cloudflare:TokenMark": ({ name }) => ({ markedName: `${String(name)} 0123456789ab` }),
    "handoff:cloudflare:CertificateMark": () => ({ privateKey: "key-canary" }),
    "handoff:cloudflare:SignedCertificate": () => ({
      certificate: "certificate",
      expiresOn: "2041-11-25T00:00:00.000Z",
    }),
    "handoff:secrets:CredentialAge": () => ({ generation: 0 }),
    "random:index/randomPassword:RandomPassword": () => ({ result: "p/=+?" }),
    "random:index/randomBytes:RandomBytes": () => ({ base64: "c2VjcmV0", hex: "68657831" }),
    "azure-native:managedidentity:UserAssignedIdentity": () => ({
      clientId: "client-id",
      principalId: "principal",
    }),
    "handoff:azure:Mark": () => ({ mark: "a1b2" }),
    "handoff:cloudflare:Mark": () => ({ mark: "0123456789ab", found: [] }),
    "handoff:git:GitCommit": () => ({ commit: "c0ffee", revision: "main@sha1:c0ffee", changed: [] }),
    "handoff:flux:FluxReady": () => ({ ready: true, reconciled: {} }),
    "handoff:secrets:SopsFile": () => ({ ciphertext: "ENC" }),
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

/** Runs systems of Cal.com's settings under mocks. */
export class WholeStack {
  /** The release's manifests, as small as can be. */
  private folder = "";

  setUp(): void {
    this.folder = fluxManifests();
  }

  tearDown(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** The settings of the smallest stack, with some put over them. */
  settings(over: Readonly<Record<string, unknown>> = {}): [Record<string, unknown>, Environment] {
    const { document } = readFixture("valid", "minimal.yaml");
    const config = {
      ...furtherSettings("prod", SHIPPED_PROD.stackFile),
      ...document.config,
      "handoff:flux": { manifests: this.folder },
      ...over,
    };
    const { raw, env } = configuration({ config });
    return [
      { ...raw, system: "prod" },
      { ...env, variables: { ...env.variables, DEPLOY_KEY: KEY } },
    ];
  }

  /** Settings of Flux, with the release's manifests. */
  flux(more: object): Record<string, unknown> {
    return { "handoff:flux": { manifests: this.folder, ...more } };
  }

  async outcome(system: RunnableSystem, over?: Readonly<Record<string, unknown>>, told = answers) {
    return await builtUnderMocks(told, () => system.run(...this.settings(over), ["prod"]));
  }

  async resources(system: RunnableSystem, over?: Readonly<Record<string, unknown>>): Promise<Registered[]> {
    return (await this.outcome(system, over)).resources;
  }
}
