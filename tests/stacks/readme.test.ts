import { strict as assert } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { readme, type ReadmeArgs } from "../../stacks/readme";
import { run } from "../mocks";

async function page(suspended: readonly string[], commit = "1"): Promise<string> {
  const revision = `main@sha1:${commit.padStart(40, "0")}`;
  const { result } = await run({}, () => {
    const args = {
      ...{ title: "Apps", urls: [], parked: [] },
      settings: {
        fluxRepository: { path: "clusters/a", url: "ssh://git@example.com/a" },
        cluster: { name: "a" },
      },
      waves: [{ members: [{ name: "one" }, { name: "two", namespace: "apps" }] }],
      nodes: [{ name: "one" }, { name: "two", namespace: "apps" }],
      handoff: {
        revisions: pulumi.output({ "flux-system": revision }),
        pending: pulumi.output({}),
        suspended: pulumi.output(suspended),
        reconciled: pulumi.output({
          "Kustomization flux-system/one": revision,
          "Kustomization apps/two": revision,
        }),
      },
    };
    return readme(args as unknown as ReadmeArgs);
  });
  return await new Promise((resolve) => result.apply(resolve));
}

describe("readme", () => {
  it("says which objects are suspended, by name", async () => {
    const text = await page(["Kustomization flux-system/one", "HelmRelease a/b"]);
    const section =
      "## Suspended\n\n- Kustomization flux-system/one\n- HelmRelease a/b\n\nAs `ready.allowSuspended` allows";
    assert.ok(text.includes(section), text);
  });

  it("is the same after the next commit", async () => {
    const text = await page([]);
    assert.equal(await page([], "2"), text);
    assert.ok(text.includes("| wave | Kustomization |\n|---|---|\n| 1 | apps/two |\n| 1 | one |\n"), text);
  });

  it("says nothing of it where none is", async () => {
    assert.doesNotMatch(await page([]), /suspended/i);
  });
});
