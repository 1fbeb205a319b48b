import { strict as assert } from "node:assert";
import { byName, run, valueOf } from "../mocks";
import { answers, appRepository, handoff, program } from "./handoff";

describe("FluxHandoff with pull requests", () => {
  const mode = { pullRequest: { branch: "handoff", host: "gitea", token: "canary-token" } } as const;
  const address = (name: string): string => `https://git.example.com/${name}`;
  const change = { mode, appRepositories: [{ ...appRepository, mode }] };
  /** Some of the commits' requests are merged, the others wait. */
  const waiting = async (...merged: string[]) =>
    await run(
      {
        outputs: {
          ...answers.outputs,
          "handoff:git:GitCommit": (_: unknown, name: string) => ({
            revision: `main@sha1:${name}`,
            merged: merged.includes(name),
            pullRequest: address(name),
          }),
        },
      },
      () => program(change),
    );

  it("proposes to each repository in its own mode, and keeps the token secret", async () => {
    const { resources } = await waiting();
    for (const name of ["handoff-commit", "handoff-calcom-commit"]) {
      assert.deepEqual(byName(resources, name).inputs.mode, { secret: mode });
    }
    const direct = await handoff({ appRepositories: change.appRepositories });
    assert.equal(byName(direct.resources, "handoff-commit").inputs.mode, undefined);
  });

  it("tells what waits, the app's first, and lets Flux's repository and the following wait for it", async () => {
    const { result, resources } = await waiting();
    const [app, flux] = [address("handoff-calcom-commit"), address("handoff-commit")];
    const pending = await valueOf(result.pending);
    assert.deepEqual(Object.entries(pending), [
      ["calcom", app],
      ["flux-system", flux],
    ]);
    assert.deepEqual(byName(resources, "handoff-commit").inputs.awaits, [app]);
    assert.deepEqual(byName(resources, "handoff-ready").inputs.pending, [app, flux]);
    assert.deepEqual(byName(resources, "handoff").outputs?.pending, pending);
  });

  it("follows as usual once all are merged", async () => {
    const { result, resources } = await waiting("handoff-commit", "handoff-calcom-commit");
    assert.deepEqual(await valueOf(result.pending), {});
    assert.equal(byName(resources, "handoff-commit").inputs.awaits, undefined);
    assert.equal(byName(resources, "handoff-ready").inputs.pending, undefined);
  });
});
