import { strict as assert } from "node:assert";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { readPreview } from "../../tools/preview-comment/preview";
import { recordPreview } from "../../tools/preview-comment/record";

/** In place of the Pulumi CLI: tells its arguments, and fails for the stack "bad". */
const CLI = `#!/bin/sh
mkdir -p "$HANDOFF_FINDINGS"
printf '{"steps": [], "diagnostics": [{"message": "%s", "severity": "warning"}]}' "$*"
case "$*" in *broken*)
  printf '%s\\n' '{"policyEvent":{"message":"not so","policyName":"p","policyPackName":"q","enforcementLevel":"mandatory"}}' \\
    '{"resourcePreEvent":{"metadata":{"op":"same","urn":"canary"}}}' > "$(echo "$*" | sed 's/.*--event-log=//')"
  exit 255 ;;
esac
case "$*" in *bad*) echo "it went wrong" >&2; exit 7 ;; esac
`;

describe("a preview that is kept", () => {
  const { PATH } = process.env;
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "record-"));
    writeFileSync(join(folder, "pulumi"), CLI);
    chmodSync(join(folder, "pulumi"), 0o755);
    process.env.PATH = [folder, PATH].join(delimiter);
  });
  after(() => {
    process.env.PATH = PATH;
    rmSync(folder, { recursive: true });
  });

  it("is read as it ended, from a folder that is the user's alone", async () => {
    assert.equal(await recordPreview(folder, "prod"), 0);
    const { warnings, errors } = readPreview(folder, "prod");
    const said = warnings.map(({ text }) => text);
    assert.deepEqual(said, [
      `preview --stack prod --non-interactive --json --event-log=${join(folder, "prod/events.jsonl")}`,
    ]);
    assert.deepEqual(errors, []);
    assert.equal(statSync(join(folder, "prod")).mode & 0o777, 0o700);
    assert.ok(existsSync(join(folder, "prod", "findings")));
  });

  it("looks at what is there when it is asked to", async () => {
    await recordPreview(folder, "prod", { refresh: true });
    assert.match(readFileSync(join(folder, "prod", "preview.json"), "utf8"), /--json .*--refresh/);
    await recordPreview(folder, "prod", { configFile: "other.yaml" });
    assert.match(readFileSync(join(folder, "prod", "preview.json"), "utf8"), /--config-file other\.yaml/);
  });

  it("has what policies say, and nothing else of the event log", async () => {
    assert.equal(await recordPreview(folder, "broken"), 255);
    const said = readPreview(folder, "broken").errors.map(({ text }) => text);
    assert.deepEqual(said, ["p of q (mandatory): not so"]);
    for (const name of readdirSync(join(folder, "broken"), { recursive: true, withFileTypes: true }))
      if (name.isFile())
        assert.doesNotMatch(readFileSync(join(name.parentPath, name.name), "utf8"), /canary/, name.name);
  });

  it("takes the place of an earlier one, and tells why it failed", async () => {
    await recordPreview(folder, "bad");
    writeFileSync(join(folder, "bad", "findings", "old.json"), "{}");
    assert.equal(await recordPreview(folder, "bad"), 7);
    assert.ok(!existsSync(join(folder, "bad", "findings", "old.json")));
    assert.deepEqual(readPreview(folder, "bad").errors, [{ text: "it went wrong" }]);
  });

  it("says what to do without the CLI", async () => {
    process.env.PATH = "/nowhere";
    const nothing = recordPreview(folder, "prod").finally(() => {
      process.env.PATH = [folder, PATH].join(delimiter);
    });
    await assert.rejects(nothing, { message: /^pulumi can't be started \(https:.*ENOENT/ });
  });
});
