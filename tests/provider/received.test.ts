import { strict as assert } from "node:assert";
import fc from "fast-check";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { keepReceivedBytes } from "../../provider/plugin/received";
import { struct } from "./started-plugin";

describe("properties that the plugin receives", () => {
  // Other tests of the same process have the generated classes as they are.
  const generated = Object.fromEntries(Object.entries(Struct));
  before(keepReceivedBytes);
  after(() => Object.assign(Struct, generated));

  const received = (sent: Struct): Struct => Struct.deserializeBinary(sent.serializeBinary());

  it("are those that were sent, and are sent on as they came (property)", () => {
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: "grapheme", maxLength: 300 }),
        fc.double({ noNaN: true }),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("value")),
        fc.dictionary(fc.string({ unit: "grapheme" }), tie("value"), { noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value, { noNullPrototype: true }), (data) => {
        const sent = struct(data);
        assert.deepEqual(received(sent).toJavaScript(), sent.toJavaScript());
        assert.deepEqual(received(received(sent)).toJavaScript(), sent.toJavaScript());
      }),
    );
  });

  it("have every name that a property can have", () => {
    // An entry of a key and a null, in protobuf's wire format.
    const bytes = [0x0a, 15, 0x0a, 9, ...Buffer.from("__proto__"), 0x12, 2, 0x08, 0];
    const sent = Struct.deserializeBinary(Uint8Array.from(bytes));
    assert.deepEqual(Object.entries(sent.toJavaScript()), [["__proto__", null]]);
  });
});
