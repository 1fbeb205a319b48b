/** A rotation of prod's values, from the number in the settings to pods that run with the new value, in one `up`. */
import { strict as assert } from "node:assert";
import { killGroup } from "./commands";
import { useSandbox } from "./sandbox";

const SEEN = "handoff.dev/secrets";
/** End of the names of Secrets by which pods sign in as temporary roles. */
const TEMPORARY = ".handoff-rotation";

interface Led {
  readonly env?: readonly {
    readonly name: string;
    readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string } };
  }[];
}

describe("a rotation", () => {
  const sandbox = useSandbox();

  /** UIDs of the pods of an app: others are pods that were started anew. */
  const pods = async (app: string): Promise<readonly string[]> =>
    (await sandbox.get("pods", "calcom"))
      .filter(({ metadata }) => metadata.labels?.app === app)
      .map(({ metadata }) => metadata.uid)
      .sort();
  /** Of Cal.com's container: the variables that lead it to a temporary role. */
  const led = async (): Promise<readonly string[]> => {
    const { spec } = await sandbox.object("deployment", "calcom", "calcom");
    const { containers } = (spec.template as { spec: { containers: readonly [Led] } }).spec;
    return (containers[0].env ?? [])
      .filter(({ valueFrom }) => valueFrom?.secretKeyRef?.name === `calcom-secret${TEMPORARY}`)
      .map(({ name }) => name);
  };
  const rotate = (name: string, number: number): void => {
    sandbox.settle([["handoff:rotate", name], number]);
  };
  const nothingToDo = async (): Promise<void> => {
    const { output } = await sandbox.up();
    assert.doesNotMatch(output, /\d+ (created|updated|replaced|deleted)/, output);
  };

  before(async function () {
    this.timeout(1_800_000);
    await sandbox.start();
    await sandbox.up();
  });

  it("is told before, with what it ends and restarts", async function () {
    this.timeout(600_000);
    rotate("nextauthSecret", 2);
    const before = await pods("calcom");
    const { output } = await sandbox.pulumi(["preview"]);
    assert.match(output, /another value of calcom-nextauth-secret ends all sessions of Cal\.com/);
    assert.match(output, /restarts what reads other values: Deployment calcom\/calcom/);
    assert.deepEqual(await pods("calcom"), before);
  });

  it("ends with the Secret changed and who reads it restarted, in the same up", async function () {
    this.timeout(900_000);
    const [values, calcom, database] = [
      await sandbox.secret("calcom", "calcom-secret"),
      await pods("calcom"),
      await pods("calcom-db"),
    ];
    const { output } = await sandbox.up();
    assert.match(output, /Secret calcom\/calcom-secret has the new value/);
    assert.match(output, /runs with the new values: Deployment calcom\/calcom/);
    const { NEXTAUTH_SECRET, ...others } = await sandbox.secret("calcom", "calcom-secret");
    assert.deepEqual({ ...others, NEXTAUTH_SECRET: values.NEXTAUTH_SECRET }, values);
    assert.notEqual(NEXTAUTH_SECRET, values.NEXTAUTH_SECRET);
    const now = await pods("calcom");
    assert.ok(
      now.length > 0 && now.every((uid) => !calcom.includes(uid)),
      `${String(now)} of ${String(calcom)}`,
    );
    assert.deepEqual(await pods("calcom-db"), database);
    await nothingToDo();
  });

  it("stays when Flux applies the Deployment again", async function () {
    this.timeout(300_000);
    const before = await pods("calcom");
    const { status, output } = await sandbox.exec("flux", [
      "reconcile",
      "kustomization",
      "calcom-app",
      "--with-source",
    ]);
    assert.equal(status, 0, output);
    const { spec } = await sandbox.object("deployment", "calcom", "calcom");
    const { metadata } = spec.template as { metadata: { annotations: Record<string, string> } };
    assert.match(metadata.annotations[SEEN] ?? "", /^scrypt:/);
    assert.deepEqual(await pods("calcom"), before);
  });

  it("of a database's password reaches its role by a Job, and the server runs on", async function () {
    this.timeout(900_000);
    rotate("postgresPassword", 2);
    const [former, database] = [await sandbox.secret("calcom", "calcom-db"), await pods("calcom-db")];
    const { output } = await sandbox.up();
    assert.match(output, /is restarted twice, so that no connection is refused: Deployment calcom\/calcom/);
    assert.match(output, /restarting Deployment calcom\/calcom: it signs in by another role meanwhile/);
    assert.match(output, /the role calcom of calcom\/calcom-db has its new password/);
    assert.deepEqual(await led(), []);
    const values = await sandbox.secret("calcom", "calcom-db");
    assert.notEqual(values.POSTGRES_PASSWORD, former.POSTGRES_PASSWORD);
    const address = new URL((await sandbox.secret("calcom", "calcom-secret")).DATABASE_URL ?? "");
    assert.equal(decodeURIComponent(address.password), values.POSTGRES_PASSWORD);
    assert.deepEqual(await pods("calcom-db"), database);
    assert.deepEqual(await sandbox.get("jobs", "calcom"), []);
    await nothingToDo();
  });

  it("that was killed once the role had the password is gone on with by the next up", async function () {
    this.timeout(900_000);
    rotate("postgresPassword", 3);
    const [former, calcom] = [await sandbox.secret("calcom", "calcom-db"), await pods("calcom")];
    const { status, output } = await sandbox.tryUp({
      onOutput: (text, child) => {
        if (/calcom-db has its new password/.test(text)) killGroup(child);
      },
    });
    assert.equal(status, 137, `it wasn't killed:\n${output}`);
    // The engine takes a lock.
    await sandbox.pulumi(["cancel", "--yes"]);
    const [between] = await pods("calcom");
    const reconciled = await sandbox.exec("flux", ["reconcile", "kustomization", "calcom-app"]);
    assert.equal(reconciled.status, 0, reconciled.output);
    // Whoever starts meanwhile signs in by the temporary role; Flux leaves that alone.
    assert.deepEqual(await led(), ["DATABASE_DIRECT_URL", "DATABASE_URL"]);
    assert.ok(between !== undefined && (await pods("calcom")).includes(between));
    const temporary = await sandbox.secret("calcom", `calcom-secret${TEMPORARY}`);
    const { username, host } = new URL(temporary.DATABASE_URL ?? "");
    assert.deepEqual([username, host], ["calcom_rotation", "calcom-db:5432"]);
    await sandbox.up();
    assert.deepEqual(await led(), []);
    const values = await sandbox.secret("calcom", "calcom-db");
    assert.notEqual(values.POSTGRES_PASSWORD, former.POSTGRES_PASSWORD);
    assert.ok((await pods("calcom")).every((uid) => !calcom.includes(uid)));
    const left = (await sandbox.get("secrets", "calcom")).map(({ metadata }) => metadata.name);
    assert.deepEqual(
      left.filter((name) => name.includes("handoff-")),
      [],
    );
    await nothingToDo();
  });
});
