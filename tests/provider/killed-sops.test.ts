import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { pathToFileURL } from "node:url";

const INPUTS = {
  path: "secrets/db.yaml",
  plaintext: "apiVersion: v1\nkind: Secret\nstringData:\n  password: canary\n",
  recipients: ["age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"],
};
const CIPHERTEXT = "stringData:\n  password: ENC[AES256_GCM,data:x]\n";
const HANDLER = path.resolve("provider/secrets/sops-file-handler.ts");
const PROGRAM = `
  const { sopsFileHandler } = require(${JSON.stringify(HANDLER)});
  const ctx = { signal: new AbortController().signal, status: () => undefined };
  sopsFileHandler.create(ctx, ${JSON.stringify(INPUTS)}).then(({ outputs }) => console.log(outputs.ciphertext));
`;

/** `SopsFile` asks nobody, so a kill has one place: while sops works. */
describe("SopsFile that is killed while sops works, and run again", function () {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(tmpdir(), "killed-sops-"));
    fs.mkdirSync(path.join(folder, "tmp"));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  /** The plugin's process, with a sops that does as it is told. */
  const run = (sops: string) => {
    fs.writeFileSync(path.join(folder, "sops"), `#!/bin/sh\n${sops}\n`, { mode: 0o755 });
    const env = {
      ...process.env,
      PATH: `${folder}:${process.env.PATH ?? ""}`,
      TMPDIR: path.join(folder, "tmp"),
    };
    const loader = pathToFileURL(require.resolve("tsx")).href;
    return spawn(process.execPath, ["--import", loader, "-e", PROGRAM], { env });
  };
  /** All that is left on the disk. */
  const left = (): string =>
    fs
      .readdirSync(path.join(folder, "tmp"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes("tsx-"))
      .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), "utf8"))
      .join("\n");

  it("leaves no plaintext behind, and gives the ciphertext the next time", async () => {
    const started = path.join(folder, "started");
    const killed = run(`cat > /dev/null; touch ${started}; exec sleep 30`);
    while (!fs.existsSync(started)) await new Promise((resolve) => setTimeout(resolve, 50));
    killed.kill("SIGKILL");
    await new Promise((resolve) => killed.once("exit", resolve));
    assert.match(left(), /creation_rules/, "it was at work");
    assert.doesNotMatch(left(), /canary/);

    const again = run(`cat > /dev/null; printf '${CIPHERTEXT.replaceAll("\n", "\\n")}'`);
    let output = "";
    again.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    assert.equal(await new Promise((resolve) => again.once("exit", resolve)), 0);
    assert.equal(output.trim(), CIPHERTEXT.trim());
    console.log("      1 kill of 1 kind");
  });
});
