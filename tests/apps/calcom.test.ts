import { strict as assert } from "node:assert";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { calcom, calcomTunnelRule } from "../../manifests/catalog/calcom";
import { calcomSecretManifests, calcomVaultSecrets } from "../../manifests/catalog/calcom-secrets";
import type { CalcomOptions } from "../../manifests/catalog/calcom-options";
import { InputError, mergeFiles, under } from "../../manifests/files";
import { assertGolden } from "../golden";

const keyVault: CalcomOptions = {
  host: "cal.example.com",
  appRepository: { url: "ssh://git-ssh.example.local/your-org/calcom.git" },
  folders: { clusterPath: "clusters/my-cluster" },
  secrets: { from: "keyvault" },
  email: { from: "you@example.com" },
  loadBalancer: { address: "192.168.1.100" },
};
const recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const sops: CalcomOptions = { ...keyVault, secrets: { from: "sops", recipients: [recipient] } };
const credentials = {
  databasePassword: "p/w=d+1",
  nextAuthSecret: "auth-canary",
  encryptionKey: "key-canary",
  originCaToken: "token-canary",
};

const golden = (name: string, options: CalcomOptions) => {
  const { files, appFiles } = calcom(options);
  assertGolden(join(__dirname, "golden", name), mergeFiles(under("flux", files), under("app", appFiles)));
};

describe("calcom", () => {
  it("gives both repositories' files in Key Vault mode", () => {
    golden("calcom-keyvault", keyVault);
  });

  it("gives both repositories' files in SOPS mode", () => {
    golden("calcom-sops", sops);
  });

  it("changes between the modes only what concerns Secrets", () => {
    const [vault, encrypted] = [calcom(keyVault), calcom(sops)];
    const differing = (a: object, b: object) =>
      [...new Set([...Object.entries(a), ...Object.entries(b)].map(([path]) => path))]
        .filter((path) => Reflect.get(a, path) !== Reflect.get(b, path))
        .sort();
    assert.deepEqual(differing(vault.files, encrypted.files), [
      "clusters/my-cluster/calcom/10-kustomization-app.yaml",
    ]);
    assert.deepEqual(differing(vault.appFiles, encrypted.appFiles), [
      ".sops.yaml",
      "k8s/prod/10-externalsecret-db.yaml",
      "k8s/prod/11-externalsecret-calcom.yaml",
      "k8s/prod/50-externalsecret-cfapi-token.yaml",
      "k8s/prod/kustomization.yaml",
    ]);
  });

  it("lists in SOPS mode exactly the files that exist once the Secrets are encrypted", () => {
    const { appFiles } = calcom(sops);
    const { resources } = parse(appFiles["k8s/prod/kustomization.yaml"]!) as { resources: string[] };
    const files = mergeFiles(appFiles, calcomSecretManifests(sops, credentials));
    const written = Object.keys(files).filter(
      (path) => path.startsWith("k8s/prod/") && !path.endsWith("/kustomization.yaml"),
    );
    assert.deepEqual(
      resources.map((file) => `k8s/prod/${file}`),
      written,
    );
  });

  it("names the same vault secrets in both places", () => {
    const references = Object.values(calcom(keyVault).appFiles)
      .flatMap((text) => [...text.matchAll(/remoteRef:\n +key: (.*)/g)])
      .map((match) => match[1]!);
    assert.deepEqual(
      [...new Set(references)].sort(),
      Object.keys(calcomVaultSecrets(keyVault, credentials)).sort(),
    );
  });

  it("gives each Secret the keys and values of the other mode", () => {
    const vault = calcomVaultSecrets(keyVault, credentials);
    const manifests = Object.values(calcomSecretManifests(sops, credentials)).map(
      (text) => parse(text) as SecretLike,
    );
    const rendered = Object.values(calcom(keyVault).appFiles)
      .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as ExternalSecretLike))
      .filter(({ kind }) => kind === "ExternalSecret")
      .map(({ metadata, spec }) => ({
        name: metadata.name,
        values: {
          ...spec.target.template?.data,
          ...Object.fromEntries(
            spec.data.map(({ secretKey, remoteRef }) => [secretKey, vault[remoteRef.key]]),
          ),
        },
      }));
    assert.deepEqual(
      rendered,
      manifests.map(({ metadata, stringData }) => ({ name: metadata.name, values: stringData })),
    );
    assert.equal(vault["calcom-database-url"], "postgresql://calcom:p%2Fw%3Dd%2B1@calcom-db:5432/calcom");
  });

  it("puts no credential into a file that is committed", () => {
    for (const options of [keyVault, sops]) {
      const { files, appFiles } = calcom(options);
      const text = JSON.stringify([files, appFiles]);
      for (const value of Object.values(credentials)) assert(!text.includes(value));
    }
  });

  it("takes the user's choices", () => {
    const { files, appFiles } = calcom({
      ...keyVault,
      name: "meet",
      host: "meet.team.example.org",
      appRepository: {
        url: "https://git.example.org/meet.git",
        branch: "live",
        path: "./deploy/",
        secretName: null,
      },
      database: { user: "meet", storageClass: "fast", storage: "20Gi" },
      loadBalancer: false,
      ingressClass: "traefik",
      dependsOn: [],
      flux: { interval: "1h", retryInterval: "1m" },
    });
    assert.deepEqual(Object.keys(files), [
      "clusters/my-cluster/meet/00-kustomization-ns.yaml",
      "clusters/my-cluster/meet/10-kustomization-app.yaml",
      "clusters/my-cluster/meet/kustomization.yaml",
      "clusters/my-cluster/meet/ns/kustomization.yaml",
      "clusters/my-cluster/meet/ns/namespace.yaml",
      "clusters/my-cluster/meet/source.yaml",
    ]);
    const source = files["clusters/my-cluster/meet/source.yaml"]!;
    assert(source.includes("branch: live") && source.includes("!/deploy/") && !source.includes("secretRef"));
    assert.match(
      files["clusters/my-cluster/meet/10-kustomization-app.yaml"]!,
      /interval: 1h\n {2}retryInterval: 1m/,
    );
    assert(!files["clusters/my-cluster/meet/00-kustomization-ns.yaml"]!.includes("dependsOn"));
    const deployment = appFiles["deploy/30-calcom-deployment.yaml"]!;
    assert(
      deployment.includes("until pg_isready -h meet-db -U meet;") && !deployment.includes("LoadBalancer"),
    );
    assert(deployment.includes(`value: '["team.example.org"]'`));
    assert.match(
      appFiles["deploy/20-db-statefulset.yaml"]!,
      /storageClassName: fast\n {6}resources:\n {8}requests:\n {10}storage: 20Gi/,
    );
    assert(appFiles["deploy/40-ingress.yaml"]!.includes("ingressClassName: traefik"));
  });

  const mistakes: Record<string, [Partial<CalcomOptions>, RegExp]> = {
    "a host without a domain": [{ host: "calcom" }, /no domain/],
    "a host in capitals": [{ host: "Cal.example.com" }, /host "Cal/],
    "a name that isn't one": [{ name: "cal.com" }, /app name cal\.com must not hold/],
    "a folder outside the repository": [{ folders: { clusterPath: "../clusters" } }, /"\.\." is not allowed/],
    "a database user that a shell would read": [{ database: { user: "a; reboot" } }, /may hold only/],
    "a malformed certificate duration": [{ certificate: { duration: "1y" } }, /certificate duration: "1y"/],
    "a repository address that Flux can't use": [{ appRepository: { url: "git@host:a.git" } }, /ssh:\/\//],
    "a private key as recipient": [
      { secrets: { from: "sops", recipients: [`AGE-SECRET-KEY-1${"Q".repeat(58)}`] } },
      /private age key stands where/,
    ],
    "SOPS without a recipient": [{ secrets: { from: "sops", recipients: [] } }, /needs an age public key/],
  };
  for (const [mistake, [change, message]] of Object.entries(mistakes)) {
    it(`refuses ${mistake}`, () => {
      assert.throws(
        () => calcom({ ...keyVault, ...change }),
        (error) => error instanceof InputError && message.test(error.message),
      );
    });
  }

  it("refuses an empty credential", () => {
    assert.throws(
      () => calcomSecretManifests(sops, { ...credentials, originCaToken: "" }),
      /originCaToken is empty/,
    );
    assert.throws(
      () => calcomVaultSecrets(sops, { ...credentials, nextAuthSecret: "" }),
      /nextAuthSecret is empty/,
    );
  });

  it("sends the tunnel to the ingress controller, checking the host's certificate", () => {
    assert.deepEqual(calcomTunnelRule("cal.example.com"), {
      hostname: "cal.example.com",
      service: "https://ingress-nginx-controller.ingress-nginx.svc.cluster.local:443",
      originRequest: { originServerName: "cal.example.com" },
    });
  });
});

interface SecretLike {
  metadata: { name: string };
  stringData: Record<string, string>;
}

interface ExternalSecretLike {
  kind: string;
  metadata: { name: string };
  spec: {
    target: { template?: { data: Record<string, string> } };
    data: { secretKey: string; remoteRef: { key: string } }[];
  };
}
