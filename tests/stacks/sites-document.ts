import assert from "node:assert/strict";
import { parse } from "yaml";
import { sites } from "../../stacks/sites";
import { byName, type Registered } from "../mocks";
import { readFixture } from "../settings/fixture";
import { CLOUDFLARE, filesOf, runSites } from "./sites-run";

/** What `sites` commits with the settings of the platform's document. */
export interface DocumentsSystem {
  readonly files: Readonly<Record<string, string>>;
  readonly commit: Registered;
  /** The object in a file. */
  readonly object: (path: string) => unknown;
}

export async function documentsSystem(): Promise<DocumentsSystem> {
  const zones = ["aiimmigrants.com", "specmcp.ai", "sddbook.com", "distributedequity.org"].map(
    (zone, index) => ({ zone, zoneId: String(index + 1).repeat(32) }),
  );
  const azure = readFixture("sites", "minimal.yaml").document.config?.["handoff:azure"] as object;
  const found = await runSites(sites, {
    "handoff:cloudflare": { ...CLOUDFLARE, zone: "kevinryan.io", zones },
    "handoff:azure": {
      ...azure,
      vault: { name: "kv-kevinryan-io", url: "https://kv-kevinryan-io.vault.azure.net/" },
    },
    "handoff:umami": { host: "analytics.kevinryan.io" },
    "handoff:observability": { host: "monitoring.kevinryan.io" },
  });
  const files = filesOf(found);
  const object = (path: string): unknown => {
    const text = files[path];
    assert.ok(text !== undefined, `${path} is missing`);
    return parse(text);
  };
  return { files, commit: byName(found, "handoff-commit"), object };
}

export function syncSpec(name: string) {
  return {
    interval: "10m0s",
    path: `./k8s/${name}`,
    prune: true,
    sourceRef: { kind: "GitRepository", name: "flux-system" },
  };
}

export function route(name: string, namespace: string, hosts: readonly string[]) {
  return {
    apiVersion: "traefik.io/v1alpha1",
    kind: "IngressRoute",
    metadata: { name, namespace },
    spec: {
      entryPoints: ["websecure"],
      routes: [
        {
          match: hosts.map((host) => `Host(\`${host}\`)`).join(" || "),
          kind: "Rule",
          services: [{ name, port: 80 }],
        },
      ],
      tls: {},
    },
  };
}
