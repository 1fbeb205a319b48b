import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipelineStacks } from "../../tools/pipeline/stacks";

const config = (system: string, url: string): string =>
  `config:\n  handoff:system: ${system}\n  handoff:flux: { repository: { url: ${url} } }\n`;

describe("the stacks that a pipeline runs", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "stacks-"));
    const files = {
      "Pulumi.yaml": "name: handoff\n",
      "Pulumi.prod.yaml": config("prod", "https://github.com/acme/flux.git"),
      "Pulumi.home.yaml": `# was: https://github.com/your-user/homelab.git\n${config("homelab", "https://github.com/acme/home.git")}`,
      "Pulumi.sites.yaml": config("sites", "https://github.com/your-org/platform.git"),
      "Pulumi.homelab.yaml": config("homelab", "https://github.com/your-user/homelab.git"),
      "Pulumi.pr.yaml": "config:\n  handoff:review: { of: prod }\n",
      "Pulumi.pr-7.yaml": "config:\n  handoff:review: { of: prod }\n",
      "Pulumi.pr-sites.yaml": "config:\n  handoff:review: { of: sites }\n",
      "Pulumi.empty.yaml": "",
      "Pulumi.broken.yaml": "config:\n  a: [\n b: }\n",
    };
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("are all that have a file, a broken one among them, but for the samples as they came", () => {
    assert.deepEqual(pipelineStacks(folder), {
      stacks: [
        { name: "broken", system: "undefined" },
        { name: "empty", system: "undefined" },
        { name: "home", system: "homelab" },
        { name: "prod", system: "prod" },
      ],
      samples: ["Pulumi.homelab.yaml", "Pulumi.sites.yaml"],
      reviews: [{ name: "pr", system: "prod", of: "prod" }],
    });
  });

  it("are those listed, a sample among them", () => {
    assert.deepEqual(pipelineStacks(folder, " sites  prod ").stacks, [
      { name: "sites", system: "sites" },
      { name: "prod", system: "prod" },
    ]);
  });

  it("are no templates of review stacks, which are listed apart where what they are of is run", () => {
    const { stacks, reviews } = pipelineStacks(folder, "sites pr");
    assert.deepEqual(stacks, [{ name: "sites", system: "sites" }]);
    assert.deepEqual(reviews, [{ name: "pr-sites", system: "sites", of: "sites" }]);
  });

  it("have files: a name without one is an error", () => {
    assert.throws(() => pipelineStacks(folder, "prod staging eu"), {
      message: "STACKS names what has no file: Pulumi.staging.yaml, Pulumi.eu.yaml",
    });
  });
});
