import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import { parse, stringify } from "yaml";
import { systems } from "../../stacks";
import { checkSettings, systemOf } from "../../stacks/settings";
import { formatFault } from "../../manifests/fault";
import type { OwnSettings } from "../../stacks/settings/schema";
import { hasNumber, numberOf } from "../../stacks/settings/review";
import { homelab } from "../../stacks/homelab";
import { prod } from "../../stacks/prod";
import { configuration, readFixture, revealed } from "./fixture";

const PROD: OwnSettings = prod;
const ROOT = join(__dirname, "..", "..");
const TEMPLATE = {
  "handoff:review": { of: "prod" },
  "handoff:cluster": { name: "review-{number}", context: "review" },
  "handoff:fluxRepository": { branch: "pr-{number}" },
  "handoff:appRepository": { branch: "pr-{number}" },
  "handoff:cloudflare": { tunnel: { name: "review-{number}" } },
  "handoff:azure": {
    vault: { name: "review-{number}", create: true },
    identity: { oidcIssuer: "https://oidc.example.com/review" },
  },
};

/** A review stack's settings, and its faults as texts. */
function check(
  template: Readonly<Record<string, unknown>>,
  { stack = "pr-7", parent = readFixture("valid", "minimal.yaml").text, own = PROD } = {},
) {
  const { raw, env } = configuration({
    config: {
      ...template,
      ...(parent.includes("gitPassword") && { "handoff:gitPassword": { secure: "canary-of-the-review" } }),
    },
  });
  const readFile = (path: string): string => {
    if (path === "Pulumi.prod.yaml") return parent;
    return env.readFile(path);
  };
  const found = checkSettings(raw, { ...env, stack, readFile }, Object.keys(systems), own);
  return {
    settings: found.settings as Readonly<Record<string, unknown>> | undefined,
    faults: found.faults.map(formatFault),
  };
}

describe("a review stack's settings", () => {
  it("are those of the stack that it is a review of, with its own over them and the number in them", async () => {
    const { settings, faults } = check(TEMPLATE);
    assert.deepEqual(faults, []);
    const plain = (await revealed(settings)) as Record<string, Record<string, unknown>>;
    assert.deepEqual(plain.review, { of: "prod", number: "7" });
    assert.equal(plain.system, "prod");
    assert.equal(plain.cluster?.name, "review-7");
    assert.equal(plain.calcom?.host, "cal.example.com");
    for (const name of ["fluxRepository", "appRepository"]) {
      assert.equal(plain[name]?.branch, "pr-7");
      assert.equal(plain[name].from, "main");
    }
    assert.equal((plain.cloudflare?.tunnel as { name: string }).name, "review-7");
    const auth = plain.appRepository?.auth as { secret: { basic: { password: string } } };
    assert.equal(auth.secret.basic.password, "canary-of-the-review", "of its own file");
  });

  it("follow what a pull request changes in the parent's file", () => {
    const parent = readFixture("valid", "minimal.yaml").text.replace("cal.example.com", "new.example.com");
    const { settings } = check(TEMPLATE, { parent });
    assert.equal((settings?.calcom as { host: string }).host, "new.example.com");
  });

  it("are told by the stack's name which number they are of", () => {
    const names = {
      "pr-7": "7",
      "pr-your-org-infra2-12": "12",
      pr: undefined,
      "pr-0": undefined,
      "pr-x7y": undefined,
    };
    for (const [name, number] of Object.entries(names)) assert.equal(numberOf(name), number, name);
    assert.ok(hasNumber("pr-7", "7") && hasNumber("7", "7") && hasNumber("pr7-vault", "7"));
    assert.ok(!hasNumber("pr-70", "7") && !hasNumber("pr-17", "7") && !hasNumber("prod", "7"));
  });

  it("refuse every name that the parent or another review has, all at once", () => {
    const { faults } = check({ "handoff:review": { of: "prod" } });
    const named = faults.map((fault) => fault.split(":").slice(0, 2).join(":"));
    assert.deepEqual(
      named.filter((name) => !name.includes("identity")).sort(),
      [
        ...["azure.vault.name", "appRepository.branch", "cloudflare.tunnel.name", "cluster.kubeconfig"],
        ...["cluster.name", "fluxRepository.branch"],
      ]
        .map((path) => `handoff:${path}`)
        .sort(),
    );
    assert.match(
      faults.join("\n"),
      /handoff:azure\.vault\.name: found "my-vault"; allowed: a name with the pull request's number 7/,
    );
    // As another number's would.
    const { faults: others } = check({ ...TEMPLATE, "handoff:fluxRepository": { branch: "pr-70" } });
    assert.match(others.join("\n"), /^handoff:fluxRepository\.branch: found "pr-70"; allowed: .*$/);
  });

  it("refuse the parent's cluster, whether it is named or not", () => {
    const parent = (cluster: object) => {
      const { document } = readFixture("valid", "minimal.yaml");
      return stringify({
        config: { ...document.config, "handoff:cluster": { name: "my-cluster", ...cluster } },
      });
    };
    const refused =
      /cluster\.kubeconfig: found .*; allowed: the kubeconfig or the context of another cluster/;
    const cluster = { name: "review-{number}" };
    const own = (more: object) => ({ ...TEMPLATE, "handoff:cluster": { ...cluster, ...more } });
    assert.match(check(own({}), { parent: parent({ context: "prod" }) }).faults.join("\n"), refused);
    assert.match(
      check(own({ context: "prod" }), { parent: parent({ context: "prod" }) }).faults.join("\n"),
      refused,
    );
    assert.deepEqual(check(own({ context: "review" }), { parent: parent({ context: "prod" }) }).faults, []);
  });

  it("take over nothing that is the parent's alone", async () => {
    const { document } = readFixture("valid", "minimal.yaml");
    const { config = {} } = document;
    const repository = (name: string, more: object) => ({ [name]: { ...(config[name] as object), ...more } });
    const pullRequest = { branch: "handoff", host: "github", token: { env: "PULL_REQUEST_TOKEN" } };
    const parent = stringify({
      config: {
        ...config,
        ...repository("handoff:fluxRepository", {
          ...{ pullRequest, adopt: true, retain: ["x/"], formerPlace: "remove" },
        }),
        ...repository("handoff:calcom", { loadBalancerIP: "192.168.1.100" }),
        ...repository("handoff:cloudflare", {
          adopt: ["cal.example.com"],
          tunnel: { id: "00000000-0000-0000-0000-000000000000", managed: "local", configMap: "a/b.yaml" },
        }),
        ...repository("handoff:azure", {
          adopt: ["calcom-database-url"],
          vault: { name: "v", url: "https://v.vault.azure.net", recover: true },
        }),
        "handoff:takeOver": ["ConfigMap calcom/settings"],
        "handoff:credentials": { nextauthSecret: { env: "POSTGRES_PASSWORD" } },
        "handoff:sops": { recipient: `age1${"q".repeat(58)}` },
      },
    });
    const { settings, faults } = check(TEMPLATE, { parent });
    assert.deepEqual(faults, []);
    const text = JSON.stringify(await revealed(settings));
    for (const word of [
      ...["pullRequest", "retain", "192.168.1.100", '"adopt"', "00000000-0000-0000", "a/b.yaml"],
      ...["v.vault.azure.net", "takeOver", "canary-postgres", "recipient"],
    ])
      assert.ok(!text.includes(word), word);
  });

  it("take a setting away by null", () => {
    const { faults } = check({ ...TEMPLATE, "handoff:calcom": { emailFrom: null } });
    assert.match(faults.join("\n"), /^handoff:calcom\.emailFrom: found nothing; allowed: .*$/);
  });

  it("leave encrypted ones of the parent to it, and say which are missing", () => {
    const parent = readFixture("valid", "minimal.yaml").text.replace(
      "    accountId: 0123456789abcdef0123456789abcdef",
      "    accountId: { secure: v1:abc }",
    );
    const { faults } = check(TEMPLATE, { parent });
    assert.match(faults.join("\n"), /^handoff:cloudflare\.accountId: found nothing/);
  });

  it("say what is wrong with the template, and nothing else", () => {
    const one = (template: object, stack = "pr-7") => check({ ...TEMPLATE, ...template }, { stack }).faults;
    assert.deepEqual(one({ "handoff:review": { of: "none" } }), [
      'handoff:review.of: found "none"; allowed: the name of a stack whose file is there; Pulumi.none.yaml can\'t be read',
    ]);
    const [fault = "", ...more] = one({}, "pr");
    assert.match(fault, /found the stack pr; allowed: a stack whose name ends with a pull request's number/);
    assert.deepEqual(more, []);
    const { raw, env } = configuration({ config: TEMPLATE });
    assert.throws(() => systemOf(raw, { ...env, stack: "pr" }, systems), RunError);
  });

  it("of prod are whole with the template of docs/review-stacks.md", () => {
    const [, text = ""] =
      /```yaml\n([^]*?)```/.exec(readFileSync(join(ROOT, "docs/review-stacks.md"), "utf8")) ?? [];
    const { config } = parse(text) as { readonly config: Record<string, unknown> };
    const parent = readFileSync(join(ROOT, "Pulumi.prod.yaml"), "utf8");
    const faults = check(config, { parent }).faults.filter((fault) => !/environment variable/.test(fault));
    assert.deepEqual(faults, []);
  });

  // Each of the shipped files, as its users edit it.
  for (const [name, cluster, further] of [
    ["prod", "review", TEMPLATE],
    ["apps", "review", {}],
    ["homelab", "review", { "handoff:cloudflare": { tunnel: { name: "review-{number}" } } }],
    [
      "sites",
      "review",
      {
        "handoff:cloudflare": { address: "203.0.113.11" },
        "handoff:azure": { vault: { name: "review-{number}" }, identity: { managedIdentity: {} } },
      },
    ],
  ] as const) {
    it(`of ${name} lack only what the page of review stacks says`, () => {
      const parent = readFileSync(join(ROOT, `Pulumi.${name}.yaml`), "utf8");
      const template = {
        ...further,
        "handoff:review": { of: "prod" },
        "handoff:cluster": { name: "review-{number}", context: cluster },
        "handoff:fluxRepository": { branch: "pr-{number}" },
        "handoff:system": name,
      };
      const own = (name === "homelab" ? homelab : systems[name]) as unknown as OwnSettings;
      // Credentials that aren't in this environment are another matter.
      const faults = check(template, { parent, own }).faults.filter(
        (fault) => !/environment variable/.test(fault),
      );
      assert.deepEqual(
        faults.map((fault) => fault.split(":").slice(0, 2).join(":")),
        name === "homelab"
          ? ["handoff:homelab.addresses", "handoff:homelab.routes", "handoff:credentials"]
          : [],
      );
    });
  }
});
