/** Faults of the input that only a real run meets: each gives a message that says what to do, and changes nothing. */
import { strict as assert } from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";
import { utils } from "ssh2";
import { type Sandbox, type Setting, useSandbox } from "./sandbox";

interface Fault {
  readonly name: string;
  readonly changes: (sandbox: Sandbox) => readonly Setting[];
  /** Lines of the message, without what is before and after them in their line. */
  readonly says: (sandbox: Sandbox) => readonly string[];
}

const flux = "handoff:fluxRepository";
const url = ({ env }: Sandbox, name: string): string =>
  `${env.SANDBOX_GIT_SSH_URL ?? ""}/your-org/${name}.git`;
/** Writes a file into the state; gives the setting that refers to it. */
const file = (sandbox: Sandbox, name: string, text: string): { file: string } => {
  const target = path.join(sandbox.state, name);
  fs.writeFileSync(target, text, { mode: 0o600 });
  return { file: target };
};
const newKey = () => utils.generateKeyPairSync("ecdsa", { bits: 256 });

const faults: readonly Fault[] = [
  {
    name: "an unknown setting and a host outside the zone, both at once",
    changes: () => [
      [["handoff:cloudflare", "tunnel", "servic"], "https://traefik"],
      [["handoff:calcom", "host"], "cal.example.org"],
    ],
    says: () => [
      "Pulumi.sandbox.yaml has 2 faults:",
      'handoff:calcom.host: found "cal.example.org"; allowed: a name in the zone example.com (handoff:cloudflare.zone). For example cal.example.com',
      "handoff:cloudflare.tunnel.servic: found an unknown key; allowed: name, id, adopt, routes, managed, configMap, service, rotate, caPool. Did you mean service?",
    ],
  },
  {
    name: "a credential whose environment variable isn't set",
    changes: () => [[[flux, "auth", "ssh", "privateKey"], { env: "NO_SUCH_DEPLOY_KEY" }]],
    says: () => [
      "handoff:fluxRepository.auth.ssh.privateKey.env: found environment variable NO_SUCH_DEPLOY_KEY, which is not set; allowed: a variable that holds the value",
    ],
  },
  {
    name: "a cluster that isn't there",
    changes: (sandbox) => {
      const kubeconfig = fs.readFileSync(path.join(sandbox.state, "kubeconfig"), "utf8");
      const elsewhere = kubeconfig.replace(/https:\/\/127\.0\.0\.1:\d+/, "https://127.0.0.1:1");
      return [[["handoff:cluster", "kubeconfig"], file(sandbox, "elsewhere", elsewhere)]];
    },
    says: () => [
      "nothing was changed:",
      "the cluster at https://127.0.0.1:1 can't be reached: connect ECONNREFUSED 127.0.0.1:1",
      "→ Check that it runs, the address and context in the kubeconfig, and the network (a VPN?).",
    ],
  },
  {
    name: "a deploy key that the host doesn't know",
    changes: (sandbox) => [
      [[flux, "auth", "ssh", "privateKey"], file(sandbox, "stranger", newKey().private)],
    ],
    says: (sandbox) => [
      "nothing was changed:",
      `${url(sandbox, "flux-config")} failed: `,
      "Permission denied (publickey)",
      "→ the host doesn't accept the SSH key. Check `auth.ssh.privateKey`",
    ],
  },
  {
    name: "a deploy key that may only read",
    changes: (sandbox) => [
      [[flux, "auth", "ssh", "privateKey"], { file: path.join(sandbox.state, "keys", "flux-config-read") }],
    ],
    says: (sandbox) => [
      "nothing was changed:",
      `${url(sandbox, "flux-config")} failed: `,
      "The key you are authenticating with has been marked as read only.",
      "→ the credential may read this repository but not write to it. Give the deploy key or token write access to its contents.",
    ],
  },
  {
    name: "another host key than known_hosts has",
    changes: (sandbox) => {
      const known = fs.readFileSync(path.join(sandbox.state, "keys", "known_hosts"), "utf8");
      const [host = ""] = known.split(" ");
      const other = newKey().public.split(" ").slice(0, 2).join(" ");
      return [[[flux, "auth", "ssh", "knownHosts"], file(sandbox, "known_hosts", `${host} ${other}\n`)]];
    },
    says: () => [
      "nothing was changed:",
      "and the given known_hosts has another one for it",
      "→ compare that fingerprint with those that the host's documentation publishes.",
    ],
  },
  {
    name: "a branch that doesn't exist",
    changes: () => [[[flux, "branch"], "mian"]],
    says: (sandbox) => [
      "nothing was changed:",
      `${url(sandbox, "flux-config")} has no branch 'mian'; it has main.`,
      "→ Name one of these in the setting `branch`, or create the branch first.",
    ],
  },
  {
    name: "a repository that doesn't exist",
    changes: (sandbox) => [[["handoff:appRepository", "url"], url(sandbox, "calkom")]],
    says: (sandbox) => [
      "nothing was changed:",
      `${url(sandbox, "calkom")} failed: Repository not found.`,
      "→ there is no such repository, or the credential can't see it. Check the URL; the repository must exist.",
    ],
  },
  {
    name: "an API token that Cloudflare doesn't know",
    changes: (sandbox) => [[["handoff:cloudflare", "apiToken"], file(sandbox, "token", "f".repeat(40))]],
    says: (sandbox) => [
      "nothing was changed:",
      `Cloudflare refused to show zone ${sandbox.env.CLOUDFLARE_ZONE_ID ?? ""}: HTTP 401, Authentication error (10000)`,
      "→ Check `cloudflare.apiToken` (has it expired?), that it has Zone / Zone / Read of this zone, and `cloudflare.zoneId`.",
    ],
  },
];

describe("pulumi up with bad input", () => {
  const sandbox = useSandbox();
  /** Everything that a run could have changed outside the stack's own state. */
  const world = async (): Promise<unknown> => ({
    heads: sandbox.heads(),
    cloudflare: await sandbox.cloudflare(),
    vault: await sandbox.vault(),
    namespaces: await sandbox.namespaces(),
  });

  before(() => sandbox.start());

  for (const { name, changes, says } of faults) {
    it(`stops at ${name}`, async () => {
      sandbox.configure(...changes(sandbox));
      const before = await world();
      const { status, output } = await sandbox.tryUp();
      assert.notEqual(status, 0, output);
      for (const line of says(sandbox)) assert.ok(output.includes(line), `${line}\n\nnot in:\n${output}`);
      assert.doesNotMatch(output, /unhandled|node:internal|^\s+at .*\.ts:\d+/im);
      assert.deepEqual(await world(), before);
      const { stdout } = await sandbox.pulumi(["stack", "export"]);
      const { deployment } = JSON.parse(stdout) as { deployment: { resources?: { type: string }[] } };
      const made = (deployment.resources ?? []).map(({ type }) => type);
      assert.deepEqual(
        made.filter((type) => !/^pulumi:(pulumi:Stack|providers:)/.test(type)),
        [],
      );
    });
  }

  it("stops at a file in the way, in the repository that is committed to first, and makes no commit", async () => {
    const inTheWay = "k8s/prod/40-ingress.yaml";
    sandbox.edit("your-org/calcom", inTheWay, () => "# by hand\n", "Add a note");
    sandbox.configure();
    const heads = sandbox.heads();
    const { status, output } = await sandbox.tryUp();
    assert.notEqual(status, 0, output);
    assert.ok(output.includes(`${inTheWay}: the file is there already and isn't ours:`), output);
    assert.match(output, /^\s*-# by hand$/m);
    assert.ok(
      output.includes(
        "→ Nothing was changed in the repository. Move what is in the way, choose another path, or take the files over with `adopt: true`, in the repository's settings or as an argument of the resource.",
      ),
      output,
    );
    assert.deepEqual(sandbox.heads(), heads);
  });

  it("goes on as if nothing had happened once the input is right", async () => {
    sandbox.edit("your-org/calcom", "k8s/prod/40-ingress.yaml", () => undefined, "Take it away again");
    await sandbox.up();
    assert.deepEqual(sandbox.programCommits(), [1, 1]);
  });
});
