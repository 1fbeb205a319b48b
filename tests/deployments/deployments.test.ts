import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changes, type CurrentSettings, variables } from "../../tools/deployments/changes";
import { pathFilters } from "../../tools/deployments/paths";
import { report } from "../../tools/deployments/report";
import { readFolder } from "../../tools/deployments/settings";
import { modulesOf } from "../../tools/pipeline/inputs";

const ID = "11111111-2222-4333-8444-555555555555";
const FILE = `
stack: acme/handoff/prod
repository: acme/infrastructure
branch: main
azure: { clientId: ${ID}, tenantId: ${ID}, subscriptionId: ${ID} }
preRunCommands: ["umask 077 && true"]
environment: { KUBECONFIG: /tmp/kubeconfig }
secrets: [KEY, TOKEN, LATER]
`;
const SET: CurrentSettings = {
  source: {
    repository: "acme/infrastructure",
    branch: "refs/heads/main",
    folder: ".",
    previewPullRequests: true,
    runUpdatesOnPush: true,
    pullRequestTemplate: false,
  },
  preRunCommands: ["umask 077 && true"],
  environmentVariables: ["KUBECONFIG", "TOKEN", "THEIRS"],
  oidc: { azure: { clientId: ID, tenantId: ID, subscriptionId: ID } },
};

describe("the settings of Pulumi Deployments", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "deployments-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });
  const read = (text: string) => {
    writeFileSync(join(folder, "prod.yaml"), text);
    const [settings] = readFolder(folder, ["prod"]);
    assert.ok(settings !== undefined);
    return settings;
  };
  const faultsOf = (text: string): string => {
    try {
      read(text);
    } catch (error) {
      return (error as Error).message.replaceAll(folder, "");
    }
    return "";
  };

  it("differ in nothing where all is set", () => {
    assert.deepEqual(changes(read(FILE), SET), []);
  });

  it("differ in all where nothing is set, and have flags for it", () => {
    const all = changes(read(FILE), {});
    assert.deepEqual(
      all.flatMap(({ flags }) => flags),
      [
        ...["--github-repo", "acme/infrastructure", "--branch", "refs/heads/main"],
        ...["--push-to-deploy=true", "--preview-prs=true"],
        ...["--oidc-azure-client-id", ID, "--oidc-azure-tenant-id", ID, "--oidc-azure-subscription-id", ID],
        ...["--pre-run-command", "umask 077 && true"],
      ],
    );
  });

  it("name what differs, and both values", () => {
    const wanted = {
      ...read(FILE),
      ...{ branch: "release", pushToDeploy: false, reviewStacks: true, azure: undefined },
      ...{ paths: ["a/**", "b"], runnerPool: "pool-1", folder: "infra" },
    };
    const vars = variables(wanted, SET, { KEY: "canary-key", OTHER: "x" });
    assert.equal(
      report("acme/handoff/prod", changes(wanted, SET), vars, false),
      [
        "acme/handoff/prod: 7 settings differ",
        "  branch: main → release",
        "  folder: . → infra",
        "  pushToDeploy: true → false",
        "  reviewStacks: false → true",
        "  paths: none → [ a/**, b ]",
        `  azure: { clientId: ${ID}, tenantId: ${ID}, subscriptionId: ${ID} } → none`,
        "  runnerPool: none → pool-1",
        "  KUBECONFIG: set by --apply; Pulumi Cloud doesn't tell whether they differ",
        "  KEY: secrets, set by --apply from the environment",
        "  TOKEN: secrets that stay as they are set: the environment has no value",
        "  THEIRS: set there and not in the file; left alone",
        "",
      ].join("\n"),
    );
    assert.deepEqual(vars.missing, ["LATER"]);
  });

  const faulty: Readonly<Record<string, readonly [string, string]>> = {
    "an unknown key": [
      `${FILE}pushToDeply: true\n`,
      "/prod.yaml has a fault:\n  unknown: pushToDeply; allowed: stack, repository, branch, folder, pushToDeploy, previewPullRequests, reviewStacks, paths, azure, preRunCommands, environment, secrets, runnerPool",
    ],
    "a stack without its organization, and a name that none can have": [
      FILE.replace("acme/handoff/prod", "prod").replace("LATER", "1-LATER"),
      '/prod.yaml has 2 faults:\n  stack: found "prod"; allowed: <organization>/<project>/<stack>\n  secrets.2: allowed: a name of letters, digits and _',
    ],
    "a secret that is written plainly as well": [
      FILE.replace("KUBECONFIG:", "TOKEN:"),
      "/prod.yaml has TOKEN both in `environment` and in `secrets`",
    ],
    "nothing at all": [
      "",
      "/prod.yaml has 3 faults:\n  stack: missing; allowed: a text\n  repository: missing; allowed: a text\n  branch: missing; allowed: a text",
    ],
    "what is of another kind, without the value where a secret may be": [
      `${FILE}folder: 3\n`.replace(/^secrets:.*$/m, "secrets: canary"),
      "/prod.yaml has 2 faults:\n  folder: found 3; allowed: a text\n  secrets: allowed: a list",
    ],
    "a path that the CLI would take for two": [
      `${FILE}paths: ["a,b"]\n`,
      '/prod.yaml has a fault:\n  paths.0: found "a,b"; allowed: a path without a comma',
    ],
  };
  for (const [what, [text, message]] of Object.entries(faulty))
    it(`refuse ${what}`, () => {
      assert.equal(faultsOf(text), message);
    });

  it("are read of all files, with what is wrong in any of them at once", () => {
    const files = mkdtempSync(join(folder, "files-"));
    const refused = (message: string, ...named: readonly string[]): void => {
      assert.throws(() => readFolder(files, named), { message: message.replaceAll("/at/", `${files}/`) });
    };
    const write = (stack: string, text: string): void => {
      writeFileSync(join(files, `${stack}.yaml`), text);
    };
    write("lab", FILE.replace("acme/handoff/prod", "acme/handoff/lab"));
    write("prod", FILE);
    assert.deepEqual(
      readFolder(files).map(({ stack }) => stack),
      ["acme/handoff/lab", "acme/handoff/prod"],
    );
    assert.equal(readFolder(files, ["prod", "prod"]).length, 1);
    write("again", FILE);
    refused("More than one file says how acme/handoff/prod is run; one is allowed for each stack.");
    write("odd", `${FILE}folder: 3\n`);
    refused(
      "There is no /at/dev.yaml; there are: again, lab, odd, prod\n/at/odd.yaml has a fault:\n  folder: found 3; allowed: a text",
      ...["dev", "odd"],
    );
    const none = join(files, "none");
    assert.throws(() => readFolder(none), {
      message: `There is no folder ${none}\n→ It has a file per stack, as .github/deployments/prod.yaml.`,
    });
  });

  it("have a sample that can be read", () => {
    const samples = join(__dirname, "../../.github/deployments");
    assert.ok(readFileSync(join(samples, "prod.yaml"), "utf8").includes("secrets:"));
    assert.ok(readFolder(samples).every(({ secrets }) => secrets.length > 0));
  });

  it("filter by what the program imports, in its folder", async () => {
    const modules = await modulesOf(join(__dirname, "../.."));
    const paths = pathFilters("prod", modules);
    for (const path of ["Pulumi.prod.yaml", "index.ts", "stacks/**", "manifests/**", "provider/**"])
      assert.ok(paths.includes(path), path);
    assert.ok(!paths.some((path) => /^(tests|docs|tools)/.test(path)), paths.join());
    assert.ok(pathFilters("prod", modules, "infra/").includes("infra/stacks/**"));
  });
});
