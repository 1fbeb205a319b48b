import { strict as assert } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { readme, type ReadmeArgs } from "../../stacks/readme";
import { run } from "../mocks";

const REVISION = "main@sha1:0000000000000000000000000000000000000001";

async function page(suspended: readonly string[]): Promise<string> {
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
        revisions: pulumi.output({}),
        pending: pulumi.output({}),
        suspended: pulumi.output(suspended),
        reconciled: pulumi.output({
          "Kustomization flux-system/one": REVISION,
          "Kustomization apps/two": REVISION,
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
    assert.ok(text.includes(`| one | \`${REVISION}\`, suspended |`), text);
    assert.ok(text.includes(`| apps/two | \`${REVISION}\` |`), text);
    const section =
      "## Suspended\n\n- Kustomization flux-system/one\n- HelmRelease a/b\n\nAs `ready.allowSuspended` allows";
    assert.ok(text.includes(section), text);
  });

  it("says nothing of it where none is", async () => {
    assert.doesNotMatch(await page([]), /suspended/i);
  });
});
