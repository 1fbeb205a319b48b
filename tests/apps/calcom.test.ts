import { strict as assert } from "node:assert";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { calcom } from "../../manifests/catalog/calcom/calcom";
import type { CalcomOptions } from "../../manifests/catalog/calcom/options";
import { calcomValues, databaseUrl } from "../../manifests/catalog/calcom/secrets";
import { hostRule } from "../../manifests/cloudflare/host-rule";
import { InputError, mergeFiles, under } from "../../manifests/files";
import { secretsOf, type Delivery } from "../../manifests/layouts/layout";
import { evaluate } from "../../manifests/secrets/secret-text";
import { sopsConfig } from "../../manifests/secrets/sops-config";
import { assertGolden } from "../golden";
import { FROM_VAULT, placed } from "./placed";

const options: CalcomOptions = {
  host: "cal.example.com",
  appRepository: { url: "ssh://git-ssh.example.local/your-org/calcom.git" },
  email: { from: "you@example.com" },
  loadBalancer: { address: "192.168.1.100" },
};
const recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const SOPS: Delivery = [{ from: "sops", recipients: [recipient] }];
const names = calcomValues();

function golden(name: string, delivery: Delivery, more: Record<string, string> = {}): void {
  const { files, elsewhere } = placed([calcom(options)], delivery);
  assertGolden(
    join(__dirname, "golden", name),
    mergeFiles(under("flux", files), under("app", { ...more, ...elsewhere })),
  );
}

describe("calcom", () => {
  it("gives both repositories' files where a vault has the values", () => {
    golden("calcom-keyvault", FROM_VAULT);
  });

  it("gives both repositories' files where SOPS encrypts them", () => {
    const rules = sopsConfig([{ pathRegex: "k8s/.*\\.enc\\.ya?ml$", recipients: [recipient] }]);
    golden("calcom-sops", SOPS, { ".sops.yaml": rules });
  });

  it("changes between the ways only what concerns Secrets", () => {
    const [vault, encrypted] = [placed([calcom(options)]), placed([calcom(options)], SOPS)];
    const differing = (a: object, b: object) =>
      [...new Set([...Object.keys(a), ...Object.keys(b)])]
        .filter((path) => Reflect.get(a, path) !== Reflect.get(b, path))
        .sort();
    assert.deepEqual(differing(vault.files, encrypted.files), [
      "clusters/my-cluster/calcom/10-kustomization-app.yaml",
    ]);
    assert.deepEqual(differing(vault.elsewhere, encrypted.elsewhere), [
      "k8s/prod/10-externalsecret-db.yaml",
      "k8s/prod/11-externalsecret-calcom.yaml",
      "k8s/prod/50-externalsecret-cfapi-token.yaml",
      "k8s/prod/kustomization.yaml",
    ]);
  });

  it("lists with SOPS exactly the files that exist once the Secrets are encrypted", () => {
    const { elsewhere, parts } = placed([calcom(options)], SOPS);
    const { resources } = parse(elsewhere["k8s/prod/kustomization.yaml"]!) as { resources: string[] };
    const written = Object.keys(parts[0]!.elsewhere["calcom-app"]!.files).filter(
      (path) => path.startsWith("k8s/prod/") && !path.endsWith("/kustomization.yaml"),
    );
    assert.deepEqual(
      resources.map((file) => `k8s/prod/${file}`),
      written,
    );
  });

  it("has each key of its Secrets in both ways", () => {
    const rendered = Object.values(placed([calcom(options)]).elsewhere)
      .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as ExternalSecretLike))
      .filter(({ kind }) => kind === "ExternalSecret")
      .map(({ metadata, spec }) => ({
        name: metadata.name,
        keys: [
          ...Object.keys(spec.target.template?.data ?? {}),
          ...spec.data.map(({ secretKey }) => secretKey),
        ].sort(),
      }));
    assert.deepEqual(
      rendered,
      secretsOf([calcom(options)]).map(({ secret: { name, data } }) => ({
        name,
        keys: Object.keys(data).sort(),
      })),
    );
  });

  it("makes the database's address of its password, encoded for a URL", () => {
    assert.equal(
      evaluate(databaseUrl(), { [names.postgresPassword]: "p/w=d+1" }),
      "postgresql://calcom:p%2Fw%3Dd%2B1@calcom-db:5432/calcom",
    );
    assert.throws(
      () => evaluate(databaseUrl(), { [names.postgresPassword]: "" }),
      /postgres-password is empty/,
    );
  });

  it("takes the user's choices", () => {
    const { files, elsewhere: appFiles } = placed([
      calcom({
        ...options,
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
      }),
    ]);
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
    "a database user that a shell would read": [{ database: { user: "a; reboot" } }, /may hold only/],
    "a malformed certificate duration": [{ certificate: { duration: "1y" } }, /certificate duration: "1y"/],
    "a repository address that Flux can't use": [{ appRepository: { url: "git@host:a.git" } }, /ssh:\/\//],
  };
  for (const [mistake, [change, message]] of Object.entries(mistakes)) {
    it(`refuses ${mistake}`, () => {
      assert.throws(
        () => placed([calcom({ ...options, ...change })]),
        (error) => error instanceof InputError && message.test(error.message),
      );
    });
  }

  it("sends the tunnel to the ingress controller, checking the host's certificate", () => {
    assert.deepEqual(hostRule({ hostname: "cal.example.com" }), {
      hostname: "cal.example.com",
      service: "https://ingress-nginx-controller.ingress-nginx.svc.cluster.local:443",
      originRequest: { originServerName: "cal.example.com" },
    });
  });
});

interface ExternalSecretLike {
  kind: string;
  metadata: { name: string };
  spec: {
    target: { template?: { data: Record<string, string> } };
    data: { secretKey: string; remoteRef: { key: string } }[];
  };
}
