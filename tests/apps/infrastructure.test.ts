import { strict as assert } from "node:assert";
import { join } from "node:path";
import type { AppFiles } from "../../manifests/apps/app-files";
import { calcom } from "../../manifests/catalog/calcom";
import { certManager } from "../../manifests/catalog/cert-manager";
import {
  cloudflared,
  cloudflaredConfig,
  cloudflaredSecretManifest,
} from "../../manifests/catalog/cloudflared";
import { externalSecrets, STORE_SUBJECT } from "../../manifests/catalog/external-secrets";
import { originCaIssuer } from "../../manifests/catalog/origin-ca-issuer";
import { mergeFiles } from "../../manifests/files";
import { waves } from "../../manifests/flux/order";
import { assertGolden } from "../golden";

const folders = { clusterPath: "clusters/my-cluster" };
const vaultUrl = "https://my-vault.vault.azure.net/";
const secrets = { from: "keyvault" } as const;
const golden = (name: string, ...apps: AppFiles[]) => {
  assertGolden(join(__dirname, "golden", name), mergeFiles(...apps.map(({ files }) => files)));
};

describe("infrastructure", () => {
  const apps = [
    certManager({ folders }),
    originCaIssuer({ folders }),
    externalSecrets({ folders, vaultUrl, auth: { type: "ManagedIdentity" } }),
    cloudflared({ folders, secrets, tunnel: { managed: "cloudflare" } }),
  ];

  it("has its files", () => {
    golden("infrastructure", ...apps);
    assert.deepEqual(
      apps.map(({ aggregatorEntry }) => aggregatorEntry),
      ["./cert-manager", "./origin-ca-issuer", "./external-secrets", "./cloudflare"],
    );
  });

  it("starts before Cal.com, in this order", () => {
    const app = calcom({
      host: "cal.example.com",
      appRepository: { url: "https://git.example.com/calcom.git" },
      folders,
      secrets,
      email: { from: "you@example.com" },
    });
    assert.deepEqual(waves([app, ...apps].flatMap(({ kustomizations }) => kustomizations)), [
      ["cert-manager", "external-secrets", "origin-ca-issuer-crds"],
      ["external-secrets-store", "origin-ca-issuer-controller"],
      ["calcom-ns", "cloudflare"],
      ["calcom-app"],
    ]);
  });

  it("comes from mirrors", () => {
    golden(
      "mirror",
      certManager({
        folders,
        chart: { repository: "oci://registry.local:5000/cert-manager", insecure: true },
      }),
      originCaIssuer({
        folders,
        chart: { repository: "http://charts.local/cloudflare", version: "0.6.9", secretName: "charts" },
        crds: {
          url: "http://git.local/origin-ca-issuer.git",
          tag: "v0.14.0",
          path: "crds",
          secretName: "git",
        },
        namespace: "cert-manager",
        createNamespace: false,
      }),
      externalSecrets({
        folders: { ...folders, infrastructurePath: "shared" },
        vaultUrl,
        auth: { type: "ManagedIdentity" },
        chart: { repository: "http://charts.local/external-secrets", values: { replicaCount: 2 } },
      }),
    );
  });
});

describe("externalSecrets", () => {
  const store = (auth: Parameters<typeof externalSecrets>[0]["auth"]) => {
    const { files } = externalSecrets({ folders, vaultUrl, auth });
    return Object.fromEntries(
      Object.entries(files).filter(([path]) => path.includes("external-secrets-store/")),
    );
  };

  it("uses a workload identity by a ServiceAccount, which the federated credential names", () => {
    assertGolden(
      join(__dirname, "golden", "store-workload-identity"),
      store({ type: "WorkloadIdentity", clientId: "client", tenantId: "tenant" }),
    );
    assert.equal(STORE_SUBJECT, "system:serviceaccount:external-secrets:azure-keyvault");
  });

  it("uses a service principal by a Secret", () => {
    assertGolden(
      join(__dirname, "golden", "store-service-principal"),
      store({ type: "ServicePrincipal", tenantId: "tenant" }),
    );
  });

  it("refuses a vault's name where its address belongs", () => {
    assert.throws(
      () => externalSecrets({ folders, vaultUrl: "my-vault", auth: { type: "ManagedIdentity" } }),
      /https:\/\/my-vault\.vault\.azure\.net/,
    );
  });
});

describe("cloudflared", () => {
  const rule = {
    hostname: "cal.example.com",
    service: "http://calcom.calcom.svc:3000",
    originRequest: { connectTimeout: 30 },
  };
  const local = (config: string) => cloudflared({ folders, secrets, tunnel: { managed: "local", config } });

  it("reads its own rules when it is locally managed", () => {
    golden("cloudflared-local", local(cloudflaredConfig("6ff42ae2-765d-4adf-8112-31c55c1551ef", [rule])));
  });

  it("gets new pods when the rules change, and only then", () => {
    const path = "infrastructure/cloudflare/deployment.yaml";
    const [one, two] = ["a: 1\n", "a: 2\n"];
    assert.equal(local(one).files[path], local(one).files[path]);
    assert.notEqual(local(one).files[path], local(two).files[path]);
    assert(
      !cloudflared({ folders, secrets, tunnel: { managed: "cloudflare" } }).files[path]!.includes(
        "config-checksum",
      ),
    );
  });

  it("leaves a ConfigMap to those who keep it, and applies it when it lies in its folder", () => {
    const withFile = (configMapFile: string) =>
      cloudflared({
        folders,
        secrets,
        tunnel: { managed: "local", config: "", configMapName: "theirs", configMapFile },
      }).files;
    const elsewhere = withFile("apps/configmap.yaml");
    assert(!Object.entries(elsewhere).some((entry) => entry.join().includes("configmap.yaml")));
    assert.match(elsewhere["infrastructure/cloudflare/deployment.yaml"]!, /configMap:\n {10}name: theirs/);
    const beside = withFile("infrastructure/cloudflare/theirs.yaml");
    assert.match(beside["infrastructure/cloudflare/kustomization.yaml"]!, /^- theirs\.yaml$/m);
    assert(!("infrastructure/cloudflare/theirs.yaml" in beside));
  });

  it("has its token encrypted in SOPS mode", () => {
    const recipients = ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"];
    const options = {
      folders,
      secrets: { from: "sops", recipients },
      tunnel: { managed: "cloudflare" },
    } as const;
    const { files } = cloudflared(options);
    const [path, text] = Object.entries(cloudflaredSecretManifest(options, "canary"))[0]!;
    assert.equal(path, "infrastructure/cloudflare/secret-cloudflared-token.enc.yaml");
    assert.match(text, /stringData:\n {2}token: canary\n/);
    assert.match(
      files["infrastructure/cloudflare/kustomization.yaml"]!,
      /- secret-cloudflared-token\.enc\.yaml\n/,
    );
    assert.match(files["clusters/my-cluster/cloudflare/00-kustomization.yaml"]!, /provider: sops/);
    assert(!JSON.stringify(files).includes("canary") && !(path in files));
  });
});
