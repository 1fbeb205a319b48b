import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { alterRoleJob, rolePasswords } from "../../manifests/secrets/alter-role";
import { onPostgres } from "./postgres";

interface Container {
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly envFrom: unknown;
}

const role = { namespace: "calcom", host: "calcom-db", user: "Cal-com", image: "postgres:16.4-alpine" };
const job = alterRoleJob("handoff-password", role, 120);
const { template } = job.spec as { template: { spec: { containers: [Container] } } };
const [container] = template.spec.containers;

describe("the Job that gives a database's role its password", () => {
  onPostgres("on a real server", (server) => {
    before(async () => {
      await server().start(role.user);
    });

    async function runs(now: string, passwords: Readonly<Record<string, string>>): Promise<string> {
      await server().setPassword(role.user, now);
      const told = join(server().host, "arguments");
      const psql = `#!/bin/sh\necho "$*" >> ${told}\nPATH='${process.env.PATH ?? ""}' exec psql "$@"\n`;
      writeFileSync(join(server().host, "psql"), psql, { mode: 0o755 });
      const [program = "", ...args] = container.command;
      const env = {
        PATH: `${server().host}:${process.env.PATH ?? ""}`,
        ...Object.fromEntries(container.env.map(({ name, value }) => [name, value])),
        ...passwords,
        PGHOST: server().host,
      };
      // A pod has no terminal.
      const job = spawn(program, args, { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
      const [stdout, stderr, [status]] = await Promise.all([
        text(job.stdout),
        text(job.stderr),
        once(job, "close") as Promise<[number]>,
      ]);
      const seen = `${stdout}${stderr}${server().log}${readFileSync(told, "utf8")}`;
      assert.ok(!Object.values(passwords).some((password) => seen.includes(password)), seen);
      if (status !== 0) throw new Error(stderr);
      return stdout;
    }
    const has = async (password: string): Promise<void> => {
      assert.ok(await server().takes(password, role.user), `the role doesn't take ${password}`);
    };
    const next = { OLD_PASSWORD: "former one", NEW_PASSWORD: `n"e'w $x \`y\` \\z é` };

    it("signs in by the former one, and gives the new one as it is; neither is printed, an argument, or in the server's log", async () => {
      assert.equal(await runs("former one", next), "the role has the new password\n");
      await has(next.NEW_PASSWORD);
      assert.match(server().log, /ALTER USER "Cal-com" PASSWORD 'SCRAM-SHA-256\$/);
    });

    it("does nothing a second time", async () => {
      assert.equal(await runs(next.NEW_PASSWORD, next), "the role has the new password already\n");
      await has(next.NEW_PASSWORD);
      assert.doesNotMatch(server().log, /ALTER USER/);
    });

    it("takes a long one whole", async () => {
      const long = "0123456789".repeat(30);
      await runs("former one", { OLD_PASSWORD: "former one", NEW_PASSWORD: long });
      await has(long);
    });

    it("signs in by what a rotation left that wasn't ended", async () => {
      const second = { OLD_PASSWORD: "1st one", NEW_PASSWORD: "2nd one" };
      for (const now of ["1st one", "2nd one"]) {
        await runs(now, rolePasswords({ former: "1st one", next: next.NEW_PASSWORD }, second));
        await has(next.NEW_PASSWORD);
      }
      let left: Readonly<Record<string, string>> = second;
      for (const further of ["3rd one", "4th one"])
        left = rolePasswords({ former: "1st one", next: further }, left);
      await runs("2nd one", rolePasswords({ former: "1st one", next: "5th one" }, left));
      await has("5th one");
    });

    it("fails where neither is right", async () => {
      await assert.rejects(runs("3rd one", next), /password authentication failed/);
      await has("3rd one");
    });
  });

  it("holds the two passwords alone where nothing was left, and none twice", () => {
    const passwords = { former: "old", next: "new" };
    const two = { OLD_PASSWORD: "old", NEW_PASSWORD: "new" };
    assert.deepEqual(rolePasswords(passwords), two);
    assert.deepEqual(rolePasswords(passwords, two), two);
  });

  it("reads both passwords from the Secret of its name alone", () => {
    assert.deepEqual(container.envFrom, [{ secretRef: { name: "handoff-password" } }]);
    assert.ok(!JSON.stringify(container.env).includes("PASSWORD"));
  });
});
