import { strict as assert } from "node:assert";
import { join } from "node:path";
import type { App } from "../../manifests/app";
import { calcom } from "../../manifests/catalog/calcom/calcom";
import { certManager } from "../../manifests/catalog/cert-manager";
import { cloudflared, type TunnelMode } from "../../manifests/catalog/cloudflared";
import { externalSecrets, STORE_SUBJECT } from "../../manifests/catalog/external-secrets";
import { originCaIssuer } from "../../manifests/catalog/origin-ca-issuer";
import { localIngressRule } from "../../manifests/cloudflare/ingress-rules";
import { mergeFiles } from "../../manifests/files";
import { waves } from "../../manifests/flux/order";
import { toYaml } from "../../manifests/yaml";
import { assertGolden } from "../golden";
import { placed } from "./placed";

const vaultUrl = "https://my-vault.vault.azure.net/";
const golden = (name: string, ...apps: App[]) => {
  assertGolden(join(__dirname, "golden", name), placed(apps).files);
};

describe("infrastructure", () => {
  const apps = [
    certManager(),
    originCaIssuer(),
    externalSecrets({ vaultUrl, auth: { type: "ManagedIdentity" } }),
    cloudflared({ tunnel: { managed: "cloudflare" } }),
  ];

  it("has its files", () => {
    golden("infrastructure", ...apps);
    assert.deepEqual(
      placed(apps).parts.map(
        ({ edits }) =>
          edits["clusters/my-cluster/kustomization.yaml"]!.map(
            (edit) => Reflect.get(edit, "entry") as string,
          )[0],
      ),
      ["./cert-manager", "./origin-ca-issuer", "./external-secrets", "./cloudflare"],
    );
  });

  it("starts before Cal.com, in this order", () => {
    const app = calcom({
      host: "cal.example.com",
      appRepository: { url: "https://git.example.com/calcom.git" },
      email: { from: "you@example.com" },
    });
    assert.deepEqual(waves(placed([app, ...apps]).parts.flatMap(({ kustomizations }) => kustomizations)), [
      ["cert-manager", "external-secrets", "origin-ca-issuer-crds"],
      ["external-secrets-store", "origin-ca-issuer-controller"],
      ["calcom-ns", "cloudflare"],
      ["calcom-app"],
    ]);
  });

  it("comes from mirrors", () => {
    const mirrored = [
      certManager({
        chart: { repository: "oci://registry.local:5000/cert-manager", insecure: true },
      }),
      originCaIssuer({
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
    ];
    const shared = externalSecrets({
      vaultUrl,
      auth: { type: "ManagedIdentity" },
      chart: { repository: "http://charts.local/external-secrets", values: { replicaCount: 2 } },
    });
    assertGolden(
      join(__dirname, "golden", "mirror"),
      mergeFiles(placed(mirrored).files, placed([shared], undefined, "shared").files),
    );
  });
});

describe("externalSecrets", () => {
  const store = (auth: Parameters<typeof externalSecrets>[0]["auth"]) => {
    const { files } = placed([externalSecrets({ vaultUrl, auth })]);
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
      () => externalSecrets({ vaultUrl: "my-vault", auth: { type: "ManagedIdentity" } }),
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
  const filesOf = (tunnel: TunnelMode) => placed([cloudflared({ tunnel })]).files;
  const local = (config: string) => filesOf({ managed: "local", config });

  it("reads its own rules when it is locally managed", () => {
    const object = {
      tunnel: "6ff42ae2-765d-4adf-8112-31c55c1551ef",
      "credentials-file": "/etc/cloudflared/credentials/credentials.json",
      ingress: [localIngressRule(rule), { service: "http_status:404" }],
    };
    golden(
      "cloudflared-local",
      cloudflared({ tunnel: { managed: "local", config: toYaml({ object, comments: {} }) } }),
    );
  });

  it("gets new pods when the rules change, and only then", () => {
    const path = "infrastructure/cloudflare/deployment.yaml";
    const [one, two] = ["a: 1\n", "a: 2\n"];
    assert.equal(local(one)[path], local(one)[path]);
    assert.notEqual(local(one)[path], local(two)[path]);
    assert(!filesOf({ managed: "cloudflare" })[path]!.includes("config-checksum"));
  });

  it("leaves a ConfigMap to those who keep it, and applies it when it lies in its folder", () => {
    const withOthers = (file?: string) =>
      filesOf({ managed: "local", config: "", configMapName: "theirs", othersConfigMap: { file } });
    const elsewhere = withOthers();
    assert(!Object.entries(elsewhere).some((entry) => entry.join().includes("configmap.yaml")));
    assert.match(elsewhere["infrastructure/cloudflare/deployment.yaml"]!, /configMap:\n {10}name: theirs/);
    const beside = withOthers("theirs.yaml");
    assert.match(beside["infrastructure/cloudflare/kustomization.yaml"]!, /^- theirs\.yaml$/m);
    assert(!("infrastructure/cloudflare/theirs.yaml" in beside));
  });

  it("has its token encrypted by SOPS", () => {
    const recipients = ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"];
    const app = cloudflared({ tunnel: { managed: "cloudflare" } });
    const { files, parts } = placed([app], [{ from: "sops", recipients }]);
    const path = "infrastructure/cloudflare/secret-cloudflared-token.enc.yaml";
    assert.deepEqual(parts[0]!.files[path], {
      secret: {
        name: "cloudflared-token",
        namespace: "cloudflare",
        data: { token: { value: "cloudflared-token" } },
      },
    });
    assert.match(
      files["infrastructure/cloudflare/kustomization.yaml"]!,
      /- secret-cloudflared-token\.enc\.yaml\n/,
    );
    assert.match(files["clusters/my-cluster/cloudflare/00-kustomization.yaml"]!, /provider: sops/);
  });
});
