import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatFaults } from "../../stacks/settings/faults";
import { lineOf } from "../../stacks/settings/line-of";

describe("the line of a setting", () => {
  const folder = mkdtempSync(join(tmpdir(), "handoff-lines-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });
  const file = join(folder, "Pulumi.prod.yaml");
  writeFileSync(
    file,
    `# comment
encryptionsalt: v1:x
config:
  handoff:system: prod
  handoff:calcom:
    host: cal.example.org # by hand
    hosts: [a.example.com, b.example.com]
    labels:
      app.kubernetes.io/name: cal
      app:
        name: x
  "handoff:recipients":
    - age1abc

    - name: later
      key: age1def
  handoff:token:
    secure: v1:abc
`,
  );

  for (const [path, line] of [
    ["handoff:system", 4],
    ["handoff:calcom.host", 6],
    ["handoff:calcom.hosts[1]", 7],
    ["handoff:calcom.labels.app.kubernetes.io/name", 9],
    ["handoff:calcom.labels.app.name", 11],
    ["handoff:calcom.zone", 5],
    ["handoff:recipients[0]", 13],
    ["handoff:recipients[1].key", 16],
    ["handoff:recipients[7]", 12],
    ["handoff:token", 17],
    ["handoff:cloudflare.zone", undefined],
  ] as const) {
    it(`of ${path} is ${String(line)}`, () => {
      assert.equal(lineOf(file, path), line);
    });
  }

  it("stands before the fault", () => {
    const faults = [
      { path: "handoff:calcom.host", found: '"cal.example.org"', allowed: "a name in the zone" },
      { path: "handoff:cluster", found: "nothing", allowed: "a mapping" },
    ];
    assert.equal(
      formatFaults({ stack: "prod", lineOf: (path) => lineOf(file, path) }, faults),
      `Pulumi.prod.yaml has 2 faults:
  line 6: handoff:calcom.host: found "cal.example.org"; allowed: a name in the zone
  handoff:cluster: found nothing; allowed: a mapping`,
    );
  });

  it("isn't known where the file is elsewhere, or none", () => {
    assert.equal(lineOf(join(folder, "Pulumi.dev.yaml"), "handoff:system"), undefined);
    writeFileSync(join(folder, "empty.yaml"), "");
    assert.equal(lineOf(join(folder, "empty.yaml"), "handoff:system"), undefined);
  });
});
