import assert from "node:assert/strict";
import { killEverywhere, type Scene, type Step } from "./dying-proxy";
import { slowly } from "../slow";

/**
 * Kills each scene's steps after each of their requests; says how many kills there were.
 * @param atOnce worlds side by side
 */
export function killsOf(
  what: string,
  scenes: Readonly<Record<string, () => Promise<Scene>>>,
  atOnce = 8,
): void {
  slowly(`${what} that is killed after any of its requests, and run again`, function () {
    let kills = 0;
    after(() => {
      console.log(`      ${String(kills)} kills of ${String(Object.keys(scenes).length)} kinds`);
    });

    for (const [name, scene] of Object.entries(scenes)) {
      it(name, async () => {
        const world = await scene();
        const { changed, abandon } = world;
        await world.dispose();
        const steps: Step[] = ["create", "delete"];
        if (changed !== undefined) steps.push("update");
        if (abandon !== undefined) steps.push("abandon");
        let asked = 0;
        for (const step of steps) asked += await killEverywhere(scene, step, atOnce);
        assert.ok(asked > 0, "it asks for something");
        kills += asked;
      });
    }
  });
}
