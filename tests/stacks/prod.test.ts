import assert from "node:assert/strict";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { password } from "../../components/secrets/values";
import type { App } from "../../manifests/app";
import { app } from "../../manifests/apps/app";
import { namespace } from "../../manifests/flux/objects";
import { value } from "../../manifests/secrets/secret-text";
import { defineSystem } from "../../stacks/platform";
import { prod } from "../../stacks/prod";
import { assertGolden } from "../golden";
import { byName, type Registered, run, valueOf } from "../mocks";
import { merge, readFixture } from "../settings/fixture";
import { SHIPPED_PROD, shippedPart } from "./shipped";
import { dump } from "./under-mocks";
import { answers, WholeStack } from "./whole-stack";

/** prod, as a user has it who added an app of their own. */
const extended = defineSystem({
  ...prod,
  build: (settings, platform) => {
    const built = prod.build(settings, platform);
    const another = app({
      name: "another-app",
      image: "ghcr.io/your-org/another:v1.0.0",
      hosts: ["another.example.com"],
      secrets: { another: { PASSWORD: value("another-password") } },
      values: { "another-password": password() },
    });
    return { ...built, apps: [...built.apps, another] };
  },
});

const stack = new WholeStack();

for (const [name, system] of Object.entries({ prod, "prod with an app more": extended })) {
  describe(`stacks/${name}`, () => {
    before(() => {
      stack.setUp();
    });
    after(() => {
      stack.tearDown();
    });

    const shipped = shippedPart(system, SHIPPED_PROD);
    const resources = (over?: Readonly<Record<string, unknown>>): Promise<Registered[]> =>
      stack.resources(shipped, over);
    const golden = (folder: string, found: readonly Registered[]): void => {
      assertGolden(join(__dirname, "golden", folder), { "resources.yaml": dump(found) });
    };

    it("registers just these resources with Key Vault", async () => {
      golden("prod-keyvault", await resources());
    });

    it("registers just these resources with SOPS", async () => {
      const recipient = `age1${"q".repeat(58)}`;
      golden(
        "prod-sops",
        await resources({
          "handoff:secrets": "sops",
          "handoff:sops": { recipient },
          "handoff:azure": undefined,
        }),
      );
    });

    it("registers just these resources with certificates that it has signed itself", async () => {
      const { document } = readFixture("valid", "minimal.yaml");
      const given = document.config?.["handoff:cloudflare"] as object;
      const found = await resources({ "handoff:cloudflare": { ...given, certificates: "direct" } });
      golden("prod-direct-certificates", found);
      const text = JSON.stringify(found);
      assert.doesNotMatch(text, /cert-manager|origin-ca-issuer|OriginIssuer|cfapi/);
    });

    it("takes a token of the Origin CA that is given, makes none and revokes none", async () => {
      const { document } = readFixture("valid", "minimal.yaml");
      const given = document.config?.["handoff:cloudflare"] as object;
      const originCaToken = { value: { env: "POSTGRES_PASSWORD" } };
      let asked: Record<string, unknown> = {};
      const told = {
        ...answers,
        functions: {
          ...answers.functions,
          "handoff:index:preflight": (args: Record<string, unknown>) => {
            asked = args;
            return { faults: [] };
          },
        },
      };
      const over = { "handoff:cloudflare": { ...given, originCaToken } };
      const { resources: found } = await stack.outcome(shipped, over, told);
      assert.doesNotMatch(found.map(({ type }) => type).join(), /Token(?!Review)/);
      const { originCaToken: looked, tokenOwner } = asked.cloudflare as Record<string, unknown>;
      assert.deepEqual([looked, tokenOwner], ["canary-postgres", undefined]);
      const { values, revokes } = byName(found, "secrets").inputs as Record<string, Record<string, unknown>>;
      assert.deepEqual(values?.["calcom-cfapi-token"], { secret: "canary-postgres" });
      assert.equal(revokes?.["calcom-cfapi-token"], undefined);
    });

    it("makes a token of the Origin CA with an end and networks, and tells the end", async () => {
      const { document } = readFixture("valid", "minimal.yaml");
      const given = document.config?.["handoff:cloudflare"] as object;
      const originCaToken = { days: 90, addresses: ["203.0.113.0/24"] };
      const outputs = {
        ...answers.outputs,
        "handoff:secrets:CredentialAge": () => ({ generation: 0, since: "2026-11-01T00:00:00.000Z" }),
      };
      const over = { "handoff:cloudflare": { ...given, originCaToken } };
      const { resources: found, outputs: told } = await stack.outcome(shipped, over, { ...answers, outputs });
      const { expiresOn, condition } = byName(found, "origin-ca-token").inputs;
      assert.deepEqual(
        [expiresOn, condition],
        ["2027-01-30T00:00:00Z", { requestIp: { ins: ["203.0.113.0/24"] } }],
      );
      const { originCaTokenEnds } = told as { originCaTokenEnds: pulumi.Output<string> };
      assert.equal(await valueOf(originCaTokenEnds), expiresOn);
    });

    it("edits others' ConfigMap, and makes no rule at Cloudflare, with a locally managed tunnel", async () => {
      const { document } = readFixture("valid", "minimal.yaml");
      const tunnel = {
        name: "my-cluster",
        managed: "local",
        configMap: "infrastructure/cloudflare/configmap.yaml",
      };
      const cloudflare = { ...(document.config?.["handoff:cloudflare"] as object), tunnel };
      const found = await resources({ "handoff:cloudflare": cloudflare });
      assert.ok(!found.some(({ type }) => type === "handoff:cloudflare:IngressRule"));
      const commit = found.find(({ name }) => name === "handoff-commit")!;
      assert.deepEqual(
        (commit.inputs.edits as Record<string, unknown>)["infrastructure/cloudflare/configmap.yaml"],
        [
          {
            within: ["data", "config.yaml"],
            list: ["ingress"],
            position: "ingress",
            entry: {
              hostname: "cal.example.com",
              service: "https://ingress-nginx-controller.ingress-nginx.svc.cluster.local:443",
              originRequest: { originServerName: "cal.example.com" },
            },
            identity: ["hostname", "path"],
          },
        ],
      );
      const secret = found.find(({ name }) => name === "key-vault-cloudflared-credentials")!;
      assert.deepEqual((secret.inputs.properties as { value: unknown }).value, {
        secret: '{"AccountTag":"account","TunnelSecret":"tunnel-secret","TunnelID":"tunnel-id"}',
      });
    });

    it("keeps to the folders that the settings give it, beside another cluster's", async () => {
      const commit = byName(
        await resources({ "handoff:infrastructurePath": "staging/infrastructure" }),
        "handoff-commit",
      );
      const folders = Object.keys(commit.inputs.files as object).map((path) => path.split("/", 2).join("/"));
      assert.deepEqual([...new Set(folders)].sort(), ["clusters/my-cluster", "staging/infrastructure"]);
    });

    it("marks as secret whatever is one", async () => {
      const found = await resources();
      const text = JSON.stringify(found, (_key, value: unknown) =>
        value !== null && typeof value === "object" && "secret" in value ? "(secret)" : value,
      );
      for (const secret of ["p/=+?", "p%2F", "c2VjcmV0", "canary", "PRIVATE KEY", "tunnel-secret"]) {
        assert.ok(!text.includes(secret), secret);
      }
    });

    it("has the preflight look whether the cluster's key opens what SOPS encrypts", async () => {
      let asked: Record<string, unknown> = {};
      const functions = {
        ...answers.functions,
        "handoff:index:preflight": (args: Record<string, unknown>) => {
          asked = args;
          return { faults: ["it doesn't"] };
        },
      };
      const recipient = `age1${"q".repeat(58)}`;
      const over = {
        ...{ "handoff:secrets": "sops", "handoff:azure": undefined },
        "handoff:sops": { recipient, identity: { file: "~/age.txt" } },
      };
      const { result } = await run({ ...answers, functions }, () =>
        shipped.run(...stack.settings(over), ["prod"]),
      );
      await assert.rejects(result, { message: "nothing was changed:\nit doesn't" });
      assert.deepEqual(asked.sops, {
        recipients: [recipient],
        identity: "# created\nAGE-SECRET-KEY-1CANARY",
      });
    });

    it("warns of a host that Universal SSL doesn't cover", async () => {
      const { config } = readFixture("valid", "minimal.yaml").document;
      const calcom = { ...(config?.["handoff:calcom"] as object), host: "cal.eu.example.com" };
      const told: string[] = [];
      const { warn } = console;
      // Where no engine runs, Pulumi's log is the console's.
      console.warn = (text: string) => told.push(text);
      try {
        await resources({ "handoff:calcom": calcom });
      } finally {
        console.warn = warn;
      }
      assert.equal(
        told.filter((text) => text.includes("cal.eu.example.com is more than one level")).length,
        1,
      );
    });

    it("stops at what the preflight finds, before any resource", async () => {
      const functions = {
        ...answers.functions,
        "handoff:index:preflight": () => ({ faults: ["no such host", "no access"] }),
      };
      const { result, resources: found } = await run({ ...answers, functions }, () =>
        shipped.run(...stack.settings(), ["prod"]),
      );
      await assert.rejects(result, { message: "nothing was changed:\nno such host\nno access" });
      assert.deepEqual(found, []);
    });
  });
}

describe("an app more in prod", () => {
  before(() => {
    stack.setUp();
  });
  after(() => {
    stack.tearDown();
  });

  it("has its tag updated by Flux, which must have the image controllers", async () => {
    const system = defineSystem({
      ...prod,
      build: (settings, platform) => {
        const built = prod.build(settings, platform);
        const image = "ghcr.io/your-org/another:v1.0.0";
        const imagePolicy = { semver: "1.x" };
        return { ...built, apps: [...built.apps, app({ name: "another-app", image, imagePolicy })] };
      },
    });
    const controllers = ["image-reflector-controller", "image-automation-controller"];
    const found = await stack.resources(system, stack.flux({ componentsExtra: controllers }));
    const { files } = byName(found, "handoff-commit").inputs as { files: Record<string, string> };
    assert.match(files["clusters/my-cluster/image-automation/imageupdateautomation.yaml"]!, /branch: main/);
    assert.match(files["infrastructure/another-app/deployment.yaml"]!, /"flux-system:another-app"/);
    await assert.rejects(
      stack.resources(system),
      /^\S+: The ImagePolicy another-app needs image-reflector-controller and image-automation-controller, which aren't/,
    );
  });

  it("brings its rule, its password in the vault, its issuer's token, its files and its Kustomization", async () => {
    const found = await stack.resources(extended);
    const { inputs } = byName(found, "another-app-rule");
    assert.equal(inputs.hostname, "another.example.com");
    for (const [secret, text] of [
      ["another-password", "p/=+?"],
      ["another-app-cfapi-token", "cloudflare-canary"],
    ]) {
      const { properties } = byName(found, `key-vault-${secret!}`).inputs;
      assert.deepEqual((properties as { value: unknown }).value, { secret: text });
    }
    const { files, edits } = byName(found, "handoff-commit").inputs as { files: object; edits: object };
    assert.deepEqual(
      Object.keys(files).filter((path) => path.includes("another")),
      [
        ...["00-kustomization-another-app.yaml", "kustomization.yaml"].map(
          (file) => `clusters/my-cluster/another-app/${file}`,
        ),
        ...[
          ...["certificate", "deployment", "externalsecret-another", "externalsecret-cfapi-token", "ingress"],
          ...["kustomization", "namespace", "originissuer", "service"],
        ].map((file) => `infrastructure/another-app/${file}.yaml`),
      ],
    );
    assert.match(JSON.stringify(edits), /"\.\/another-app"/);
  });
});

describe("settings of a repository", () => {
  before(() => {
    stack.setUp();
  });
  after(() => {
    stack.tearDown();
  });

  it("say what becomes of others' files, and of ours at its former place, each for its own", async () => {
    const { config } = readFixture("valid", "minimal.yaml").document;
    const told = async (repository: string): Promise<unknown[]> => {
      const of = merge(config?.[repository], { adopt: true, formerPlace: "remove" });
      const found = await stack.resources(prod, { [repository]: of });
      return ["handoff-commit", "handoff-calcom-app-commit"].map((name) => {
        const { adopt, formerPlace } = byName(found, name).inputs;
        return [adopt, formerPlace];
      });
    };
    const [yes, no] = [
      [true, "remove"],
      [false, undefined],
    ];
    assert.deepEqual(await told("handoff:fluxRepository"), [yes, no]);
    assert.deepEqual(await told("handoff:appRepository"), [no, yes]);
  });
});

describe("a system that can't be", () => {
  before(() => {
    stack.setUp();
  });
  after(() => {
    stack.tearDown();
  });

  const image = { image: "ghcr.io/your-org/wrong:v1.0.0" };
  const wrong: Readonly<Record<string, [App, RegExp]>> = {
    "takes a value that nobody makes": [
      app({ ...image, name: "wrong", secrets: { wrong: { PASSWORD: value("wrong-pasword") } } }),
      /takes the value wrong-pasword, which nobody makes/,
    ],
    "writes over an app in the app's repository, among other faults": [
      {
        name: "wrong",
        hosts: [{ name: "cal.example.com" }],
        kustomizations: [
          {
            name: "wrong",
            sourceRef: { kind: "GitRepository", name: "calcom-app" },
            path: "./k8s/prod",
            manifests: { "90-wrong.yaml": namespace("wrong") },
          },
        ],
      },
      new RegExp(
        "The apps calcom and wrong both have the host cal\\.example\\.com: [^\n]*\n" +
          "The app calcom and the app wrong write different texts to k8s/prod/kustomization\\.yaml of the repository calcom-app: give one of them another folder\\.$",
      ),
    ],
    "has an app's name twice": [app({ ...image, name: "calcom" }), /Two apps are called calcom/],
    "has a host in no zone": [
      app({ ...image, name: "wrong", hosts: ["example.net"] }),
      /example\.net lies in none of the zones example\.com/,
    ],
  };
  for (const [fault, [another, message]] of Object.entries(wrong)) {
    it(`stops before any resource when it ${fault}`, async () => {
      const system = defineSystem({
        ...prod,
        build: (settings, platform) => {
          const built = prod.build(settings, platform);
          return { ...built, apps: [...built.apps, another] };
        },
      });
      const { result, resources: found } = await run(answers, () =>
        system.run(...stack.settings(), ["prod"]),
      );
      await assert.rejects(result, message);
      assert.deepEqual(found, []);
    });
  }
});

describe("an app of prod in a further zone", () => {
  before(() => {
    stack.setUp();
  });
  after(() => {
    stack.tearDown();
  });

  const zonesOf = async (host: string): Promise<string[]> => {
    const system = defineSystem({
      ...prod,
      build: (settings, platform) => {
        const built = prod.build(settings, platform);
        const image = "ghcr.io/your-org/another:v1.0.0";
        return { ...built, apps: [...built.apps, app({ name: "another", image, hosts: [host] })] };
      },
    });
    const { document } = readFixture("valid", "minimal.yaml");
    const given = document.config?.["handoff:cloudflare"] as object;
    const zones = [{ zone: "example.org", zoneId: "0".repeat(32) }];
    const found = await stack.resources(system, {
      "handoff:cloudflare": { ...given, zones },
    });
    const [policy] = byName(found, "origin-ca-token").inputs.policies as { readonly resources: string }[];
    return Object.keys(JSON.parse(policy?.resources ?? "{}") as object);
  };

  it("has a token of the Origin CA that is good for it, and only for zones with certificates", async () => {
    assert.equal((await zonesOf("another.example.com")).length, 1);
    assert.equal((await zonesOf("another.example.org")).length, 2);
  });
});
