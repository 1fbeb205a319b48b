import { strict as assert } from "node:assert";
import fc from "fast-check";
import { idOutputs, randomString, resources } from "../../../tools/sandbox/pulumi/random";
import { context, faults } from "./context";

const count = (value: string, pattern: RegExp): number => (value.match(pattern) ?? []).length;

describe("random", () => {
  it("keeps length, classes and minimums", () => {
    const least = fc.integer({ min: 0, max: 5 });
    const options = fc.record({ minLower: least, minUpper: least, minNumeric: least, minSpecial: least });
    fc.assert(
      fc.property(options, fc.integer({ min: 20, max: 64 }), (minimums, length) => {
        const value = randomString({ length, overrideSpecial: "_-", ...minimums });
        assert.equal(value.length, length);
        assert.match(value, /^[a-zA-Z0-9_-]*$/);
        assert.ok(count(value, /[a-z]/g) >= minimums.minLower);
        assert.ok(count(value, /[A-Z]/g) >= minimums.minUpper);
        assert.ok(count(value, /[0-9]/g) >= minimums.minNumeric);
        assert.ok(count(value, /[_-]/g) >= minimums.minSpecial);
      }),
    );
  });

  it("leaves out classes that aren't wanted", () => {
    assert.match(randomString({ length: 200, special: false, upper: false }), /^[a-z0-9]{200}$/);
    assert.throws(() => randomString({ length: 3, minLower: 4 }), /less than the sum of the minimums, 4/);
    const none = { lower: false, upper: false, numeric: false, special: false };
    assert.throws(
      () => randomString({ length: 3, ...none }),
      /at least one of lower, upper, numeric and special/,
    );
  });

  it("spells an id four ways", () => {
    assert.deepEqual(idOutputs(Buffer.from([0, 255, 254]), "p-"), {
      b64Std: "p-AP/+",
      b64Url: "p-AP_-",
      dec: "p-65534",
      hex: "p-00fffe",
    });
  });

  it("marks passwords and bytes secret, and replaces on any change", async () => {
    const password = resources["random:index/randomPassword:RandomPassword"]!;
    assert.deepEqual(password.secrets, ["result", "bcryptHash"]);
    assert.deepEqual(resources["random:index/randomBytes:RandomBytes"]?.secrets, ["base64", "hex"]);
    const olds = { inputs: { length: 8, keepers: { a: "1" } }, outputs: {} };
    assert.deepEqual(await password.diff(context, "none", olds, { length: 8, keepers: { a: "2" } }), {
      changes: true,
      replaces: ["keepers"],
      deleteBeforeReplace: false,
    });
    assert.equal((await password.diff(context, "none", olds, olds.inputs)).changes, false);
  });

  it("makes a password whose hash fits", async () => {
    const password = resources["random:index/randomPassword:RandomPassword"]!;
    const { id, outputs } = await password.create(context, { length: 12, number: false, special: false });
    assert.equal(id, "none");
    assert.match(outputs.result as string, /^[a-zA-Z]{12}$/);
    assert.match(outputs.bcryptHash as string, /^\$2[ab]\$10\$/);
  });

  it("refuses unknown and missing inputs", async () => {
    const found = await faults(resources["random:index/randomBytes:RandomBytes"], { size: 3 });
    assert.deepEqual(found, [
      "size: the stand-in for RandomBytes doesn't know this input; it knows keepers, length",
      "length: RandomBytes needs this input",
    ]);
  });
});
