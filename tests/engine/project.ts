/** The project as somebody has it who makes it theirs. */
import { strict as assert } from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";

export const CHECKOUT = path.resolve(__dirname, "../..");

/** What a clone hasn't got. */
const OWN = /^(node_modules|\.git|\.sandbox.*|\.bench|Pulumi\.sandbox.*\.yaml)$/;

export class Project {
  /** @param folder of the project: this one, or where a copy is to be */
  constructor(readonly folder: string) {}

  get launcher(): string {
    return path.join(this.folder, "tools", "run.js");
  }

  /** Makes the copy, with the packages that are installed here. */
  create(): void {
    if (this.folder === CHECKOUT) return;
    for (const name of fs.readdirSync(CHECKOUT).filter((one) => !OWN.test(one))) {
      fs.cpSync(path.join(CHECKOUT, name), path.join(this.folder, name), { recursive: true });
    }
    fs.symlinkSync(path.join(CHECKOUT, "node_modules"), path.join(this.folder, "node_modules"));
    // Installed before it was copied: nothing is to be installed into them.
    fs.utimesSync(path.join(this.folder, "package-lock.json"), 0, 0);
  }

  read(file: string): string {
    return fs.readFileSync(path.join(this.folder, file), "utf8");
  }

  /** Changes a text of a file, which must be there, as its user would by hand. */
  edit(file: string, found: string, replaced: string): void {
    const text = this.read(file);
    assert.equal(text.split(found).length, 2, `${found} once in ${file}`);
    fs.writeFileSync(path.join(this.folder, file), text.replace(found, replaced));
  }

  /** The command of the README that begins so. */
  documented(start: string): string {
    const commands = [...this.read("README.md").matchAll(/^(npm .*)$|`(npm [^`\n]*)`/gm)];
    const found = commands
      .map(([, line, inline]) => line ?? inline ?? "")
      .find((one) => one.startsWith(start));
    assert.ok(found !== undefined, `the README has a command ${start}…`);
    return found;
  }
}
