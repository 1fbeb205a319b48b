import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { alterRoleJob, rolePasswords } from "../../manifests/secrets/alter-role";

interface Container {
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly envFrom: unknown;
}

const role = { namespace: "calcom", host: "calcom-db", user: "calcom", image: "postgres:16.4-alpine" };
const job = alterRoleJob("handoff-password", role, 120);
const { template } = job.spec as { template: { spec: { containers: [Container] } } };
const [container] = template.spec.containers;

/** A psql of a server with one role: what psql reads of its input, and nothing else. */
const PSQL = `#!/bin/sh
echo "$*" >> "$STATE/arguments"
[ "$PGPASSWORD" = "$(cat "$STATE/password")" ] || { echo 'password authentication failed' >&2; exit 2; }
while read -r line; do
  case "$line" in
    '\\set password '*) eval "password=$(echo "$line" | cut -d' ' -f3-)" ;;
    'alter role :"role" password '*) printf %s "$password" > "$STATE/password" ;;
    'select 1;') echo 1 ;;
    *) echo "not understood: $line" >&2; exit 3 ;;
  esac
done
`;

describe("the Job that gives a database's role its password", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "handoff-role-"));
    writeFileSync(join(folder, "psql"), PSQL);
    chmodSync(join(folder, "psql"), 0o755);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const password = (): string => readFileSync(join(folder, "password"), "utf8");
  async function runs(now: string, passwords: Readonly<Record<string, string>>): Promise<string> {
    writeFileSync(join(folder, "password"), now);
    const [program = "", ...args] = container.command;
    const env = {
      ...Object.fromEntries(container.env.map(({ name, value }) => [name, value])),
      ...passwords,
    };
    const found = { PATH: `${folder}:${process.env.PATH ?? ""}`, STATE: folder };
    const { stdout } = await promisify(execFile)(program, args, { env: { ...env, ...found } });
    return stdout;
  }
  const next = { OLD_PASSWORD: "old", NEW_PASSWORD: `n"e'w $x \`y\` \\z` };

  it("signs in by the former one, and writes the new one as it is", async () => {
    assert.equal(await runs("old", next), "the role has the new password\n");
    assert.equal(password(), next.NEW_PASSWORD);
    const told = readFileSync(join(folder, "arguments"), "utf8");
    assert.ok(!told.includes(next.NEW_PASSWORD) && !told.includes("old"), told);
    assert.match(told, /--set=ON_ERROR_STOP=1 --set=role=calcom/);
  });

  it("does nothing a second time", async () => {
    assert.equal(await runs(next.NEW_PASSWORD, next), "the role has the new password already\n");
    assert.equal(password(), next.NEW_PASSWORD);
  });

  it("signs in by what a rotation left that wasn't ended", async () => {
    const second = { OLD_PASSWORD: "old", NEW_PASSWORD: "second" };
    for (const now of ["old", "second"]) {
      await runs(now, rolePasswords({ former: "old", next: next.NEW_PASSWORD }, second));
      assert.equal(password(), next.NEW_PASSWORD);
    }
    let left: Readonly<Record<string, string>> = second;
    for (const third of ["third", "fourth"]) left = rolePasswords({ former: "old", next: third }, left);
    await runs("second", rolePasswords({ former: "old", next: "fifth" }, left));
    assert.equal(password(), "fifth");
    const told = readFileSync(join(folder, "arguments"), "utf8");
    assert.doesNotMatch(told, /second|third|fourth|fifth/);
  });

  it("holds the two passwords alone where nothing was left, and none twice", () => {
    const passwords = { former: "old", next: "new" };
    const two = { OLD_PASSWORD: "old", NEW_PASSWORD: "new" };
    assert.deepEqual(rolePasswords(passwords), two);
    assert.deepEqual(rolePasswords(passwords, two), two);
  });

  it("fails where neither is right", async () => {
    await assert.rejects(runs("third", next), /authentication failed/);
    assert.equal(password(), "third");
  });

  it("reads both passwords from the Secret of its name alone", () => {
    assert.deepEqual(container.envFrom, [{ secretRef: { name: "handoff-password" } }]);
    assert.ok(!JSON.stringify(container.env).includes("PASSWORD"));
  });
});
