/** Somebody who works in the same tunnel, zone, vault and repository, by hand. */
import { strict as assert } from "node:assert";
import type { Rule } from "../../../manifests/cloudflare/ingress-rules";
import { type TestAzure, VAULT } from "../../azure/cloud";
import { type TestCloudflare, ZONE } from "../../cloudflare/cloud";
import type { HostedRepository } from "../../git/host";
import { sha256 } from "../../../tools/sandbox/services/state";

/** A whole number from 0 to below `limit`. */
export type Random = (limit: number) => number;

/** What the stand-ins of the clouds keep; of values the hashes. */
export interface Clouds {
  readonly records: readonly (Fields & { readonly id: string; readonly name: string })[];
  readonly secrets: Readonly<
    Record<string, { readonly deleted?: object; readonly versions: readonly { readonly value: string }[] }>
  >;
}
type Fields = Readonly<Record<string, unknown>>;

const HOST = /^by-hand-/;
const ENTRY = /^- \.\/by-hand\//;

export class Person {
  private rules: Rule[] = [];
  private readonly records = new Map<string, Fields>();
  private readonly secrets = new Map<string, string>();
  private readonly files = new Map<string, string>();
  private lines: string[] = [];
  private count = 0;
  /** Cloudflare knows no precondition: who writes between the read and the write of a killed run isn't even warned. */
  keepsOffRules = false;

  constructor(
    private readonly cloudflare: TestCloudflare,
    private readonly azure: TestAzure,
    private readonly repository: HostedRepository,
    private readonly tunnelId: string,
    private readonly random: Random,
  ) {}

  /** Adds, changes or removes something of their own. */
  async edit(): Promise<string> {
    this.count += 1;
    const edits = [
      () => (this.keepsOffRules ? this.editSecret() : this.editRules()),
      () => this.editRecord(),
      () => this.editSecret(),
      () => this.editFiles(),
    ];
    return await this.one(edits)();
  }

  /** Everything is as they left it. */
  async finds({ records, secrets }: Clouds): Promise<void> {
    const { ingress } = await this.cloudflare.config(this.tunnelId);
    assert.deepEqual(ingress.filter(isByHand), this.rules);
    assert.deepEqual(ingress.at(-1), { service: "http_status:404" });
    assert.equal(ingress.filter(({ hostname }) => hostname === undefined).length, 1);
    const theirs = records.filter(({ name }) => HOST.test(name));
    assert.deepEqual(
      new Map(theirs.map(({ name, type, content, comment }) => [name, { type, content, comment }])),
      this.records,
    );
    for (const [name, value] of this.secrets) {
      assert.equal(secrets[name]?.deleted, undefined, name);
      assert.equal(secrets[name]?.versions.at(-1)?.value, sha256(value));
    }
    const list = this.repository.remote.read("kustomization.yaml").split("\n");
    assert.deepEqual(
      list.filter((line) => ENTRY.test(line)),
      this.lines,
    );
    const paths = this.repository.remote.files().filter((path) => path.startsWith("by-hand/"));
    assert.deepEqual(new Set(paths), new Set(this.files.keys()));
    for (const [path, text] of this.files) assert.equal(this.repository.remote.read(path), text);
  }

  /** Does what a warning says: looks whether a rule of theirs was lost, and makes it again. */
  async looksAfterRules(): Promise<void> {
    const { ingress = [], ...rest } = await this.config();
    const others = ingress.filter((rule) => !isByHand(rule));
    await this.cloudflare.write(this.tunnelId, { ...rest, ingress: [...this.rules, ...others] });
  }

  private async editRules(): Promise<string> {
    const hostname = `by-hand-${String(this.random(6))}.example.com`;
    const { ingress = [], ...rest } = await this.config();
    const others = ingress.filter((rule) => rule.hostname !== hostname);
    const place = this.random(Math.max(1, others.length));
    const originRequest = { httpHostHeader: `edit-${String(this.count)}`, noTLSVerify: true };
    const rule = { hostname, service: "http://by-hand:80", originRequest };
    const rules = this.random(4) === 0 ? others : others.toSpliced(place, 0, rule);
    await this.cloudflare.write(this.tunnelId, { ...rest, ingress: rules });
    this.rules = rules.filter(isByHand);
    return `the rule of ${hostname}`;
  }

  private async config(): Promise<{ ingress?: Rule[] }> {
    return await this.cloudflare.config(this.tunnelId);
  }

  private async editRecord(): Promise<string> {
    const name = `by-hand-${String(this.random(6))}.example.com`;
    const path = `/../../zones/${ZONE}/dns_records`;
    const [there] = await this.cloudflare.call<{ id: string }[]>("GET", `${path}?name=${name}`);
    const content = { type: "A", content: `192.0.2.${String(this.count % 250)}`, comment: "by hand" };
    if (there === undefined) await this.cloudflare.record({ name, ...content });
    else if (this.random(3) > 0)
      await this.cloudflare.call("PUT", `${path}/${there.id}`, { name, ...content });
    else await this.cloudflare.call("DELETE", `${path}/${there.id}`);
    if (there !== undefined && !(await this.has(path, name))) this.records.delete(name);
    else this.records.set(name, content);
    return `the record ${name}`;
  }

  private async has(path: string, name: string): Promise<boolean> {
    return (await this.cloudflare.call<unknown[]>("GET", `${path}?name=${name}`)).length > 0;
  }

  private async editSecret(): Promise<string> {
    const name = `by-hand-${String(this.random(6))}`;
    const value = `by hand ${String(this.count)}`;
    await this.azure.put(`${VAULT}/secrets/${name}`, { properties: { value } });
    this.secrets.set(name, value);
    return `the secret ${name}`;
  }

  /** Pushed again on what somebody else pushed meanwhile. */
  private async editFiles(): Promise<string> {
    const path = `by-hand/${String(this.random(6))}.yaml`;
    const text = `by: hand\nedit: ${String(this.count)}\n`;
    const entry = `- ./${path}`;
    let lines: string[] = [];
    const list = (before: string): string => {
      const all = before.split("\n").filter((line) => !line.startsWith(`${entry} `));
      const first = all.indexOf("resources:") + 1;
      const after = first + this.random(all.length - first);
      lines = all.toSpliced(after, 0, `${entry} # edit ${String(this.count)}`);
      return lines.join("\n");
    };
    for (let left = 20; ; left--) {
      try {
        this.repository.remote.commit({ [path]: text, "kustomization.yaml": list });
        break;
      } catch (error) {
        if (left === 0) throw error;
        await new Promise((done) => setTimeout(done, 50));
      }
    }
    this.files.set(path, text);
    this.lines = lines.filter((line) => ENTRY.test(line));
    return `the file ${path}`;
  }

  private one<T>(list: readonly T[]): T {
    return list[this.random(list.length)]!;
  }
}

function isByHand({ hostname }: Rule): boolean {
  return hostname !== undefined && HOST.test(hostname);
}
