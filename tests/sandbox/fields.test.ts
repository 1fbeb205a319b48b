import { strict as assert } from "node:assert";
import { jsonSchema, parseFields } from "../../tools/sandbox/fields";

describe("fields", () => {
  const text = `
    name!, replicas: int, mode: string(one|other), port: intOrString, labels: map<string>, extra: any,
    roles: [{name!, login: bool}], storage: {size, ...}, resources: object, weight: number
  `;

  it("become a schema of values, which refuses further keys where they are named", () => {
    const string = { type: "string" };
    assert.deepEqual(jsonSchema(parseFields(text), "values"), {
      type: "object",
      properties: {
        name: string,
        replicas: { type: "integer" },
        mode: { type: "string", enum: ["one", "other"] },
        port: { type: ["integer", "string"] },
        labels: { type: "object", additionalProperties: string },
        extra: {},
        roles: {
          type: "array",
          items: {
            type: "object",
            properties: { name: string, login: { type: "boolean" } },
            required: ["name"],
            additionalProperties: false,
          },
        },
        storage: { type: "object", properties: { size: string } },
        resources: { type: "object" },
        weight: { type: "number" },
      },
      required: ["name"],
      additionalProperties: false,
    });
  });

  it("become a structural schema, which says what takes any field", () => {
    const free = { "x-kubernetes-preserve-unknown-fields": true };
    assert.deepEqual(jsonSchema(parseFields("a: any, b: object, c: {d: intOrString, ...}, e: {f}"), "crd"), {
      type: "object",
      properties: {
        a: free,
        b: { type: "object", ...free },
        c: { type: "object", properties: { d: { "x-kubernetes-int-or-string": true } }, ...free },
        e: { type: "object", properties: { f: { type: "string" } } },
      },
    });
  });

  for (const [wrong, message] of [
    ["a, b: text", /text is no type/],
    ["a: [int", /\] is missing before the end/],
    ["a, a: int", /a is there twice/],
    ["a: int}", /} is too much/],
    ["a,", /a name is missing before the end/],
  ] as const) {
    it(`says what is wrong with “${wrong}”`, () => {
      assert.throws(() => parseFields(wrong), message);
    });
  }
});
