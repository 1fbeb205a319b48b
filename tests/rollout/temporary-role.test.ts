import { strict as assert } from "node:assert";
import { calcomDeployment } from "../../manifests/catalog/calcom/deployment";
import { calcomDefaults } from "../../manifests/catalog/calcom/options";
import type { PostgresRole } from "../../manifests/secrets/alter-role";
import { evaluate, template, value, type SecretText } from "../../manifests/secrets/secret-text";
import { byTemporaryRole } from "../../manifests/secrets/temporary-address";
import { temporaryRole, temporaryValue } from "../../manifests/secrets/temporary-role";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { isLed, wayOf } from "../../provider/rollout/environment";
import type { RolledSecret } from "../../provider/rollout/plan";
import { prod } from "../../stacks/prod";
import { byName } from "../mocks";
import { WholeStack } from "../stacks/whole-stack";

const role: PostgresRole = { namespace: "app", host: "db", user: "me", image: "postgres:16" };
const roles = { password: role };
const password = value("password", "url");

describe("a temporary role", () => {
  it("has a name that PostgreSQL takes whole, or none", () => {
    assert.equal(temporaryRole("calcom"), "calcom_rotation");
    assert.equal(temporaryRole("x".repeat(54)), `${"x".repeat(54)}_rotation`);
    assert.equal(temporaryRole("é".repeat(28)), undefined);
  });

  describe("takes the place of the user and the password in an address", () => {
    const led = (text: SecretText, some = roles): string | undefined => {
      const parts = byTemporaryRole(text, some);
      return parts && evaluate(parts, { [temporaryValue("password")]: "p/w", password: "own", other: "o" });
    };

    it("of the role's own server, that names its database", () => {
      for (const host of ["db", "db:5432", "db.app", "db.app.svc:5432", "db.app.svc.cluster.local"])
        assert.equal(
          led(template`postgresql://me:${password}@${host}/main?x=${value("other")}`),
          `postgresql://me_rotation:p%2Fw@${host}/main?x=o`,
        );
      const user = { password: { ...role, user: "a b" } };
      assert.equal(
        led(template`jdbc://a%20b:${password}@db/main`, user),
        "jdbc://a%20b_rotation:p%2Fw@db/main",
      );
    });

    it("and of no other text", () => {
      for (const text of [
        value("password"),
        template`postgresql://you:${password}@db/main`,
        template`postgresql://me:${password}@db-pooler/main`,
        template`postgresql://me:${password}@db.example.com/main`,
        template`postgresql://me:${password}@db`,
        template`postgresql://me:${password}@db/`,
        template`postgresql://me:${password}@db/?x`,
        template`user=me password=${value("password")} host=db`,
        template`postgresql://me:${password}@db/main ${value("password")}`,
      ])
        assert.equal(led(text), undefined, JSON.stringify(text));
    });
  });
});

describe("a workload that signs in to a database", () => {
  const url = template`postgresql://me:${password}@db/main`;
  const secrets: readonly RolledSecret[] = [
    { name: "urls", namespace: "app", from: "store", data: { URL: url, KEY: value("key") } },
    { name: "words", namespace: "app", from: "store", data: { USER: "me", PASSWORD: value("password") } },
    {
      name: "mixed",
      namespace: "app",
      from: "store",
      data: { URL: template`postgresql://me:${password}@db/main?x=${value("theirs")}` },
    },
    { name: "others", namespace: "app", from: "store", data: { KEY: value("key") } },
  ];
  const known = { password: "new", key: "key" };
  const workload = (podSpec: object, spec: object = {}, kind = "Deployment"): LiveObject => ({
    ...{ kind, metadata: { name: "app", namespace: "app" } },
    spec: { template: { spec: podSpec }, ...spec },
  });
  const from = (...names: string[]) => ({
    name: "app",
    envFrom: names.map((name) => ({ secretRef: { name } })),
  });
  const way = (...args: Parameters<typeof workload>) => wayOf(workload(...args), secrets, roles, known);
  const entry = (name: string, secret = "urls", key = "URL") => ({
    name,
    valueFrom: { secretKeyRef: { name: `${secret}.handoff-rotation`, key, optional: true } },
  });

  it("is led by entries that come before those of its Secrets, in each container that takes an address", () => {
    const prefixed = { name: "second", envFrom: [{ prefix: "DB_", secretRef: { name: "urls" } }] };
    const podSpec = {
      containers: [from("urls"), prefixed, { ...from("others"), name: "third" }],
      initContainers: [{ ...from("urls", "words"), name: "first" }],
    };
    const lead = {
      containers: [
        { name: "app", env: [entry("URL")] },
        { name: "second", env: [entry("DB_URL")] },
      ],
      initContainers: [{ name: "first", env: [entry("URL")] }],
    };
    assert.deepEqual(way(podSpec), { lead });
    assert.equal(isLed(workload(podSpec)), false);
    const led = { containers: [{ ...from("urls"), env: [entry("URL")] }] };
    assert.equal(isLed(workload(led)), true);
    assert.equal(isLed({ kind: "Pod", spec: led }), true);
    // What leads it already is no entry of its own.
    assert.deepEqual(way(led), { lead: { containers: lead.containers.slice(0, 1), initContainers: [] } });
  });

  it("isn't concerned when it takes no password, sets the variable itself, or signs in at its start alone", () => {
    assert.equal(way({ containers: [from("others")] }), undefined);
    assert.equal(way({ containers: [{ ...from("urls"), env: [{ name: "URL", value: "own" }] }] }), undefined);
    assert.equal(way({ containers: [{ name: "app" }], initContainers: [from("urls")] }), undefined);
  });

  const secretKeyRef = { name: "urls", key: "URL" };
  for (const [title, args, why] of [
    [
      "has the password apart from its user",
      [{ containers: [from("words")] }],
      /^has PASSWORD from Secret words/,
    ],
    [
      "names the key, which Flux would put back",
      [{ containers: [{ name: "app", env: [{ name: "A", valueFrom: { secretKeyRef } }] }] }],
      /^names URL of Secret urls/,
    ],
    [
      "reads files",
      [{ containers: [from("urls")], volumes: [{ secret: { secretName: "urls" } }] }],
      /^reads the password from files of Secret urls/,
    ],
    ["has an address with what others keep", [{ containers: [from("mixed")] }], /^has URL from Secret mixed/],
    [
      "has a container beside the others for it",
      [{ containers: [from("urls")], initContainers: [{ ...from("words"), restartPolicy: "Always" }] }],
      /^has PASSWORD/,
    ],
    ["is a StatefulSet", [{ containers: [from("urls")] }, {}, "StatefulSet"], /^ends its pods before others/],
    [
      "is made anew as a whole",
      [{ containers: [from("urls")] }, { strategy: { type: "Recreate" } }],
      /^ends its pods before others/,
    ],
    [
      "has no pod more than it wants",
      [{ containers: [from("urls")] }, { strategy: { rollingUpdate: { maxSurge: 0 } } }],
      /^ends its pods before others/,
    ],
    ["is paused", [{ containers: [from("urls")] }, { paused: true }], /^is paused/],
  ] as const)
    it(`is left as it is when it ${title}`, () => {
      const [podSpec, spec, kind] = args;
      assert.match(way(podSpec, spec, kind)?.why ?? "", why);
    });
});

describe("Cal.com of prod", () => {
  const stack = new WholeStack();
  before(() => {
    stack.setUp();
  });
  after(() => {
    stack.tearDown();
  });

  it("can be led over another password of its database, with its migration", async () => {
    const inputs = byName(await stack.resources(prod), "secrets").inputs as {
      secrets: readonly RolledSecret[];
      roles: Readonly<Record<string, PostgresRole>>;
      values: Readonly<Record<string, string>>;
    };
    const options = { host: "cal.example.com", appRepository: { url: "x" }, email: { from: "x" } };
    const { object } = calcomDeployment(calcomDefaults(options)) as unknown as { object: LiveObject };
    const { lead } = wayOf(object, inputs.secrets, inputs.roles, inputs.values) ?? {};
    const names = (lead?.containers ?? [])
      .concat(lead?.initContainers ?? [])
      .map(({ name, env = [] }) => [name, env.map((one) => one.name)]);
    const addresses = ["DATABASE_DIRECT_URL", "DATABASE_URL"];
    assert.deepEqual(names, [
      ["calcom", addresses],
      ["migrate", addresses],
    ]);
  });
});
