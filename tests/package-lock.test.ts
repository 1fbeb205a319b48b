import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Lock {
  readonly packages: Readonly<Record<string, { readonly engines?: { readonly node?: string } }>>;
}

/** Whether one of the alternatives of a range, such as `^20.19.0 || >=22`, takes a version. */
function takes(range: string, [major, minor]: readonly [number, number]): boolean {
  return range.split("||").some((alternative) => {
    const [, operator = "", first = "0", second = "0"] =
      /^\s*(\^|~|>=|>)?\s*v?(\d+)(?:\.(\d+))?/.exec(alternative) ?? [];
    const least = [Number(first), Number(second)] as const;
    const above = major > least[0] || (major === least[0] && minor >= least[1]);
    return operator.startsWith(">") ? above : above && major === least[0];
  });
}

describe("package-lock.json", () => {
  it("has no package that refuses the oldest Node.js that is promised", () => {
    const lock = JSON.parse(readFileSync(join(__dirname, "..", "package-lock.json"), "utf8")) as Lock;
    const promised = /(\d+)\.(\d+)/.exec(lock.packages[""]?.engines?.node ?? "");
    assert.ok(promised !== null);
    const oldest = [Number(promised[1]), Number(promised[2])] as const;
    const refusing = Object.entries(lock.packages)
      .filter(
        ([, { engines }]) =>
          engines?.node !== undefined && engines.node !== "*" && !takes(engines.node, oldest),
      )
      .map(([name, { engines }]) => `${name}: ${engines?.node ?? ""}`);
    assert.deepEqual(refusing, []);
  });
});
