import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { roleJob, rolePasswords } from "../../manifests/secrets/alter-role";
import { CANNOT, HAS_IT, type RoleStep } from "../../manifests/secrets/role-scripts";
import { markOf } from "../../manifests/secrets/temporary-role";
import { onPostgres } from "./postgres";

interface Container {
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly envFrom: unknown;
}

const role = { namespace: "calcom", host: "calcom-db", user: "Cal-com", image: "postgres:16.4-alpine" };
const TEMPORARY = "Cal-com_rotation";

function containerOf(step: RoleStep): Container {
  const { spec } = roleJob("handoff-password", step, role, 120);
  return (spec as { template: { spec: { containers: [Container] } } }).template.spec.containers[0];
}

describe("the Job that gives a database's role its password", () => {
  onPostgres("on a real server", (server) => {
    before(async () => {
      await server().start(role.user);
    });

    async function runs(
      now: string,
      passwords: Readonly<Record<string, string>>,
      step: RoleStep = "alter",
    ): Promise<string> {
      await server().setPassword(role.user, now);
      return await goesOn(passwords, step);
    }
    async function goesOn(passwords: Readonly<Record<string, string>>, step: RoleStep): Promise<string> {
      const told = join(server().host, "arguments");
      const psql = `#!/bin/sh\necho "$*" >> ${told}\nPATH='${process.env.PATH ?? ""}' exec psql "$@"\n`;
      writeFileSync(join(server().host, "psql"), psql, { mode: 0o755 });
      const { stdout, stderr, status, message } = await server().run(containerOf(step), passwords, [
        server().host,
      ]);
      const seen = `${stdout}${stderr}${message}${server().log}${readFileSync(told, "utf8")}`;
      assert.ok(!Object.values(passwords).some((password) => seen.includes(password)), seen);
      if (status !== 0) throw new Error(`${String(status)}: ${message === "" ? stderr : message}`);
      assert.equal(message, stdout);
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
      const temporary = "temporary one";
      for (const now of ["1st one", "2nd one"]) {
        await runs(now, rolePasswords({ former: "1st one", next: next.NEW_PASSWORD, temporary }, second));
        await has(next.NEW_PASSWORD);
      }
      let left: Readonly<Record<string, string>> = second;
      for (const further of ["3rd one", "4th one"])
        left = rolePasswords({ former: "1st one", next: further, temporary }, left);
      await runs("2nd one", rolePasswords({ former: "1st one", next: "5th one", temporary }, left));
      await has("5th one");
    });

    describe("by a temporary role,", () => {
      const passwords = {
        OLD_PASSWORD: "former one",
        NEW_PASSWORD: "new one",
        TEMPORARY_PASSWORD: `t"e'mp $x`,
      };
      const owner = `select tableowner || ' ' || current_user || ' ' || session_user from pg_tables where tablename = 'made'`;
      beforeEach(async () => {
        await server().tell(`drop role if exists "${TEMPORARY}"`);
      });

      it("signs in beside the role, acts as it with its settings, and goes without a trace", async () => {
        await server().tell(`alter role "${role.user}" set search_path = "$user", other, public`);
        await server().tell(`alter role "${role.user}" in database "${role.user}" set work_mem = '5MB'`);
        assert.equal(
          await runs("former one", passwords, "prepare"),
          `the role ${TEMPORARY} signs in as well\n`,
        );
        // Again, as after a kill.
        await goesOn(passwords, "prepare");
        const asks = async (sql: string): Promise<string> =>
          await server().ask(role.user, TEMPORARY, passwords.TEMPORARY_PASSWORD, sql);
        await asks("create table public.made ()");
        assert.equal(await asks(owner), `Cal-com Cal-com ${TEMPORARY}`);
        assert.equal(await asks("show search_path"), '"$user", other, public');
        assert.equal(await asks("show work_mem"), "5MB");
        assert.equal(await asks("reset role; select current_user"), "Cal-com");
        await asks("set role none; create table public.own ()");
        assert.equal(await goesOn(passwords, "alter"), "the role has the new password\n");
        assert.ok(await server().takes(passwords.TEMPORARY_PASSWORD, TEMPORARY, role.user));
        assert.equal(await goesOn(passwords, "prepare"), `${HAS_IT}\n`);
        assert.equal(await goesOn(passwords, "drop"), `the role ${TEMPORARY} is gone\n`);
        assert.equal(await goesOn(passwords, "drop"), `there is no role ${TEMPORARY} of a rotation\n`);
        const left =
          "select count(*) || ' ' || min(tableowner) from pg_tables where tablename in ('made', 'own')";
        assert.equal(await server().ask(role.user, role.user, "new one", left), "2 Cal-com");
        await server().tell(`alter role "${role.user}" reset all`);
      });

      it("leaves another's role of that name alone", async () => {
        await server().tell(`create role "${TEMPORARY}"`);
        await assert.rejects(
          runs("former one", passwords, "prepare"),
          new RegExp(`${String(CANNOT)}: the role ${TEMPORARY} is there, and isn't of a rotation`),
        );
        assert.match(await goesOn(passwords, "drop"), /there is no role .* of a rotation/);
        assert.equal(await server().count(TEMPORARY), "1");
      });

      it("isn't taken where it doesn't act as the role, as in some releases of PostgreSQL", async () => {
        await server().tell(
          `create role "${TEMPORARY}" superuser`,
          `comment on role "${TEMPORARY}" is '${markOf(role.user)}'`,
          `alter role "${TEMPORARY}" in database "${role.user}" set role = 'postgres'`,
        );
        await assert.rejects(
          runs("former one", passwords, "prepare"),
          new RegExp(`${String(CANNOT)}: the role ${TEMPORARY} was made, and .* doesn't act as Cal-com`),
        );
        assert.match(await goesOn(passwords, "drop"), /is gone/);
      });

      it("isn't had where the role may make none", async () => {
        await server().tell(`alter role "${role.user}" nosuperuser`);
        await assert.rejects(
          runs("former one", passwords, "prepare"),
          new RegExp(`${String(CANNOT)}: the role Cal-com may make no other one .* isn't a superuser`),
        );
        assert.equal(await server().count(TEMPORARY), "0");
        await goesOn(passwords, "alter");
        await server().tell(`alter role "${role.user}" superuser`);
      });
    });

    it("fails where neither is right", async () => {
      await assert.rejects(runs("3rd one", next), /password authentication failed/);
      await has("3rd one");
    });
  });

  it("holds no password twice, and keeps that of the temporary role, by which pods may run", () => {
    const passwords = { former: "old", next: "new", temporary: "temporary" };
    const held = { OLD_PASSWORD: "old", NEW_PASSWORD: "new", TEMPORARY_PASSWORD: "temporary" };
    assert.deepEqual(rolePasswords(passwords), held);
    assert.deepEqual(rolePasswords({ ...passwords, temporary: "another" }, held), held);
  });

  it("reads all passwords from the Secret of its name alone", () => {
    for (const step of ["prepare", "alter", "drop"] as const) {
      const { env, envFrom } = containerOf(step);
      assert.deepEqual(envFrom, [{ secretRef: { name: "handoff-password" } }]);
      assert.ok(!JSON.stringify(env).includes("PASSWORD"));
    }
  });
});
