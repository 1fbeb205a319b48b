import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import { parse } from "yaml";
import { systems } from "../../stacks";
import { prod } from "../../stacks/prod";
import { parseSettings } from "../../stacks/settings";
import type { Environment } from "../../stacks/settings/references";
import { schemaFile, schemaText } from "../../stacks/settings/json-schema";
import { SHIPPED_PROD, shippedSettings } from "../stacks/shipped";
import { Document, KEY, configuration, fixtures, merge, readFixture, revealed } from "./fixture";
import type { GitAuth } from "../../manifests/git/auth";

const ROOT = join(__dirname, "..", "..");

const prodSettings = (raw: Readonly<Record<string, unknown>>, env: Environment) =>
  parseSettings(raw, env, ["prod"], shippedSettings(prod, SHIPPED_PROD.settings));

function faultsOf(document: unknown): string[] {
  const { raw, env } = configuration(document as Document);
  try {
    prodSettings(raw, env);
  } catch (error) {
    assert.ok(error instanceof RunError, String(error));
    return error.message.split("\n");
  }
  return [];
}

describe("settings", () => {
  const minimal = readFixture("valid", "minimal.yaml").document;

  // Each is a patch of valid/minimal.yaml with one fault; its first line is the message.
  for (const name of fixtures("invalid")) {
    it(`refuses ${name}`, () => {
      const { text, document } = readFixture("invalid", name);
      const [head, ...faults] = faultsOf(merge(minimal, document));
      assert.equal(head, "Pulumi.prod.yaml has 1 fault:");
      assert.deepEqual(faults, [`  ${text.split("\n")[0]!.replace(/^# /, "")}`]);
      assert.doesNotMatch(faults.join("\n"), /canary/);
    });
  }

  it("reports the faults of all files together, one a line, sorted", () => {
    const documents = [
      "account-id.yaml",
      "interval-words.yaml",
      "azure-tenant.yaml",
      "host-outside-zone.yaml",
    ];
    const all = documents.reduce<unknown>(
      (sum, name) => merge(sum, readFixture("invalid", name).document),
      minimal,
    );
    const expected = documents.map((name) =>
      readFixture("invalid", name).text.split("\n")[0]!.replace("# ", "  "),
    );
    assert.deepEqual(faultsOf(all), ["Pulumi.prod.yaml has 4 faults:", ...expected.sort()]);
  });

  it("reports what is missing in an empty stack", () => {
    assert.deepEqual(
      faultsOf({})
        .slice(1)
        .map((line) => /^ {2}(\S+): found nothing;/.exec(line)?.[1]),
      ["appRepository", "author", "azure", "calcom", "cloudflare", "cluster", "fluxRepository"].map(
        (key) => `handoff:${key}`,
      ),
    );
  });

  it("never shows an encrypted value", () => {
    const document = merge(minimal, { config: { "handoff:secrets": { secure: "canary-mode" } } });
    const [, fault] = faultsOf(document);
    assert.match(fault!, /found an encrypted value, which is not shown/);
    assert.doesNotMatch(fault!, /canary/);
  });

  it("fills in the defaults of the smallest stack", async () => {
    const { raw, env } = configuration(minimal);
    const settings = prodSettings(raw, env);
    assert.equal(settings.system, "prod");
    assert.equal(settings.secrets, "keyVault");
    assert.deepEqual(settings.flux, {
      namespace: "flux-system",
      controllers: {},
      shards: [],
      timeout: "5m",
    });
    const knownHosts = "git.example.com ssh-ed25519 AAAAC3Nza";
    assert.deepEqual(await revealed(settings.fluxRepository), {
      url: "ssh://git@git.example.com/your-org/flux-config.git",
      branch: "main",
      path: "clusters/my-cluster",
      fluxUrl: "ssh://git@git.example.com/your-org/flux-config.git",
      auth: { secret: { ssh: { privateKey: KEY.trimEnd(), knownHosts } } },
      fluxAuth: { secret: { ssh: { privateKey: KEY.trimEnd(), knownHosts } } },
    });
    assert.deepEqual(await revealed(settings.appRepository.auth), {
      secret: { basic: { username: "git", password: "canary-git-password" } },
    });
    assert.deepEqual(await revealed(settings.cluster), {
      name: "my-cluster",
      kubeconfig: { secret: "apiVersion: v1\nkind: Config" },
    });
    assert.equal(settings.azure?.subscriptionId, "99999999-8888-7777-6666-555555555555");
    assert.equal(settings.appRepository.path, "k8s/prod");
    assert.deepEqual(settings.cloudflare.tunnel, {
      name: "my-cluster",
      managed: "cloudflare",
      service: "https://ingress-nginx-controller.ingress-nginx.svc.cluster.local:443",
    });
    assert.deepEqual(settings.calcom, {
      host: "cal.example.com",
      emailFrom: "you@example.com",
      emailServer: { host: "email-relay.email-relay.svc.cluster.local", port: 25 },
      images: { calcom: "calcom/cal.com:v6.1.3", postgres: "postgres:16.4-alpine", keep: false },
      storageClass: "nfs-client",
      storageSize: "5Gi",
      ingressClass: "nginx",
    });
    assert.deepEqual(settings.rotate, {
      postgresPassword: 1,
      nextauthSecret: 1,
      calendsoEncryptionKey: 1,
      originCaToken: 1,
      certificates: 1,
      maxAge: {},
    });
    assert.deepEqual(settings.ready, { wait: true, timeout: "15m" });
  });

  it("takes references, SOPS and a local tunnel", async () => {
    const { raw, env } = configuration(readFixture("valid", "sops-local.yaml").document);
    const settings = prodSettings(raw, env);
    assert.equal(settings.azure, undefined);
    assert.deepEqual(await revealed(settings.cluster.kubeconfig), { secret: "apiVersion: v1\nkind: Config" });
    assert.equal(settings.fluxRepository.path, "clusters/my-cluster");
    assert.deepEqual(await revealed(settings.fluxRepository.auth), {
      secret: {
        bearer: { token: "canary-git-token" },
        ca: "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----",
      },
    });
    const { secret } = (await revealed(settings.appRepository.auth)) as { secret: GitAuth };
    assert(secret.ssh !== undefined && "privateKey" in secret.ssh);
    assert.equal(secret.ssh.passphrase, "canary-passphrase");
    assert.deepEqual(await revealed(settings.sops), {
      recipient: "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
      identity: { secret: "# created\nAGE-SECRET-KEY-1CANARY" },
    });
    assert.deepEqual(await revealed(settings.credentials), {
      postgresPassword: { secret: "canary-postgres" },
    });
    assert.deepEqual(settings.rotate.nextauthSecret, 2);
    assert.deepEqual(settings.charts.originCaIssuer.crds, { branch: "main" });
  });
});

describe("pull requests, an ssh-agent and a signing key", () => {
  it("are secret as a whole, and Flux has a key of its own", async () => {
    const { raw, env } = configuration(readFixture("valid", "pull-requests.yaml").document);
    const { appRepository, fluxRepository, signing } = prodSettings(raw, env);
    const knownHosts = "git.example.com ssh-ed25519 AAAAC3Nza";
    assert.deepEqual(await revealed(fluxRepository.auth), { secret: { ssh: { agent: true, knownHosts } } });
    assert.deepEqual(await revealed(fluxRepository.fluxAuth), {
      secret: { ssh: { privateKey: KEY.trimEnd(), knownHosts } },
    });
    assert.deepEqual(await revealed(fluxRepository.mode), {
      secret: {
        pullRequest: {
          branch: "handoff/prod",
          host: "gitea",
          token: "canary-pull-request",
          title: "Hand off Cal.com",
          apiUrl: "https://git.example.com/api/v1",
        },
      },
    });
    assert.deepEqual(await revealed(appRepository.mode), {
      secret: { pullRequest: { branch: "handoff", host: "github" } },
    });
    assert.deepEqual(await revealed(signing), {
      secret: {
        gpg: {
          privateKey:
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\ncanary-gpg\n-----END PGP PRIVATE KEY BLOCK-----",
          passphrase: "canary-git-password",
        },
      },
    });
  });
});

describe("commits by GitHub's API", () => {
  it("are a mode of each repository", async () => {
    const { raw, env } = configuration(readFixture("valid", "github-api.yaml").document);
    const { appRepository, fluxRepository } = prodSettings(raw, env);
    assert.deepEqual(await revealed(fluxRepository.mode), { secret: { githubApi: {} } });
    assert.deepEqual(await revealed(appRepository.mode), {
      secret: { githubApi: { apiUrl: "https://api.example.ghe.com" } },
    });
  });
});

describe("a GitHub App and a proxy", () => {
  it("are secret as a whole, and Flux is told of the App", async () => {
    const githubApp = { appId: "42", installationId: "7", privateKey: { file: "~/key" } };
    const auth = { basic: null, githubApp, proxy: { env: "GIT_PROXY" } };
    const document = merge(readFixture("valid", "minimal.yaml").document, {
      config: { "handoff:appRepository": { auth }, "handoff:gitPassword": null },
    });
    const { raw, env } = configuration(document as Document);
    const { appRepository, fluxRepository } = prodSettings(raw, env);
    assert.equal(appRepository.provider, "github");
    assert.equal(fluxRepository.provider, undefined);
    assert.deepEqual(await revealed(appRepository.auth), {
      secret: {
        githubApp: { ...githubApp, privateKey: KEY.trimEnd() },
        proxy: "http://user:canary-proxy@proxy.example.com:3128",
      },
    });
  });
});

describe("Pulumi.prod.yaml", () => {
  it("is valid, given its environment", () => {
    const document = parse(readFileSync(join(ROOT, "Pulumi.prod.yaml"), "utf8")) as Document;
    const { raw, env } = configuration(document);
    const variables = {
      FLUX_DEPLOY_KEY: KEY,
      APP_DEPLOY_KEY: KEY,
      GIT_KNOWN_HOSTS: "git-ssh.example.local ssh-ed25519 AAAAC3Nza",
      CLOUDFLARE_API_TOKEN: "token",
      ARM_SUBSCRIPTION_ID: "99999999-8888-7777-6666-555555555555",
      KUBECONFIG: "/home/you/kubeconfig",
    };
    const { calcom } = prodSettings(raw, { ...env, variables });
    // A cluster without MetalLB would never give it, and \`up\` would wait in vain.
    assert.equal(calcom.loadBalancerIP, undefined);
  });

  it("has a comment for each key that it leaves out", () => {
    const text = readFileSync(join(ROOT, "Pulumi.prod.yaml"), "utf8");
    const schema = JSON.parse(readFileSync(schemaFile("prod"), "utf8")) as {
      properties: { config: { properties: object } };
    };
    for (const key of Object.keys(schema.properties.config.properties)) {
      assert.match(text, new RegExp(`^  (# )?${key}:`, "m"));
    }
  });
});

describe("JSON schemas of the settings", () => {
  for (const [name, system] of Object.entries(systems)) {
    it(`of ${name} is what its schema gives: npm run settings`, async () => {
      assert.equal(readFileSync(schemaFile(name), "utf8"), await schemaText(system));
    });
  }
});
