/** Stand-in for the provider plugin of @pulumi/random: values are made once, and any change makes a new one. */
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { version } from "@pulumi/random/package.json";
import { Props, ResourceHandler, UserError } from "../../../provider/plugin/handler";
import { serve } from "../../../provider/plugin/server";
import { checkNames, diffInputs, InputNames } from "./semantics";

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const NUMERIC = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

interface StringOptions {
  readonly length: number;
  readonly lower?: boolean;
  readonly upper?: boolean;
  readonly numeric?: boolean;
  readonly special?: boolean;
  readonly minLower?: number;
  readonly minUpper?: number;
  readonly minNumeric?: number;
  readonly minSpecial?: number;
  readonly overrideSpecial?: string;
}

const pick = (alphabet: string): string => alphabet.charAt(randomInt(alphabet.length));

/** A string of `length` characters from the chosen classes, with at least the wanted number of each. */
export function randomString(options: StringOptions): string {
  const special = options.overrideSpecial ?? "";
  const classes = [
    { alphabet: LOWER, used: options.lower ?? true, least: options.minLower ?? 0 },
    { alphabet: UPPER, used: options.upper ?? true, least: options.minUpper ?? 0 },
    { alphabet: NUMERIC, used: options.numeric ?? true, least: options.minNumeric ?? 0 },
    {
      alphabet: special === "" ? SPECIAL : special,
      used: options.special ?? true,
      least: options.minSpecial ?? 0,
    },
  ];
  const all = classes.map(({ alphabet, used }) => (used ? alphabet : "")).join("");
  const least = classes.reduce((sum, entry) => sum + entry.least, 0);
  if (least > options.length) {
    throw new UserError(`length ${options.length} is less than the sum of the minimums, ${least}`);
  }
  if (all === "" && options.length > least) {
    throw new UserError("at least one of lower, upper, numeric and special must be true");
  }
  const characters = classes.flatMap(({ alphabet, least: count }) =>
    Array.from({ length: count }, () => pick(alphabet)),
  );
  while (characters.length < options.length) characters.push(pick(all));
  for (let i = characters.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [characters[i], characters[j]] = [characters[j] ?? "", characters[i] ?? ""];
  }
  return characters.join("");
}

/** The four spellings of RandomId. */
export function idOutputs(bytes: Buffer, prefix = ""): Props {
  return {
    b64Std: prefix + bytes.toString("base64"),
    b64Url: prefix + bytes.toString("base64url"),
    dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
    hex: prefix + bytes.toString("hex"),
  };
}

interface Made {
  readonly id: string;
  readonly outputs: Props;
}

interface RandomType extends InputNames {
  readonly computed: readonly string[];
  readonly secrets?: readonly string[];
  readonly defaults?: Props;
  readonly make: (inputs: Props) => Made | Promise<Made>;
}

function resource(type: string, options: RandomType): ResourceHandler {
  const names = { required: options.required, optional: ["keepers", ...(options.optional ?? [])] };
  return {
    computed: options.computed,
    secrets: options.secrets,
    check: (_ctx, news) => Promise.resolve({ inputs: news, failures: checkNames(type, news, names) }),
    diff: (_ctx, _id, olds, news) => Promise.resolve(diffInputs(olds.inputs, news, "all")),
    preview: (_ctx, news) => Promise.resolve({ ...options.defaults, ...news }),
    create: async (_ctx, news) => {
      const made = await options.make(news);
      return { id: made.id, outputs: { ...options.defaults, ...news, ...made.outputs } };
    },
    update: () => Promise.reject(new UserError(`${type} can't be updated in place`)),
    // Nothing but the state holds the value.
    read: (_ctx, id, olds) =>
      Object.keys(olds.outputs).length === 0
        ? Promise.reject(new UserError(`the stand-in for ${type} can't import`))
        : Promise.resolve({ id, ...olds }),
    delete: () => Promise.resolve(),
  };
}

const STRING_INPUTS = [
  ...["lower", "upper", "numeric", "number", "special", "overrideSpecial"],
  ...["minLower", "minUpper", "minNumeric", "minSpecial"],
];
const STRING_DEFAULTS = {
  ...{ lower: true, upper: true, numeric: true, number: true, special: true },
  ...{ minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0 },
};

/** `number` is the old name of `numeric`. */
function stringOptions(inputs: Props): StringOptions {
  return { numeric: inputs.number, ...inputs } as unknown as StringOptions;
}

export const resources: Readonly<Record<string, ResourceHandler>> = {
  "random:index/randomPassword:RandomPassword": resource("RandomPassword", {
    required: ["length"],
    optional: STRING_INPUTS,
    computed: ["result", "bcryptHash"],
    secrets: ["result", "bcryptHash"],
    defaults: STRING_DEFAULTS,
    make: async (inputs) => {
      const result = randomString(stringOptions(inputs));
      const { hash } = await import("bcryptjs");
      return { id: "none", outputs: { result, bcryptHash: await hash(result, 10) } };
    },
  }),
  "random:index/randomString:RandomString": resource("RandomString", {
    required: ["length"],
    optional: STRING_INPUTS,
    computed: ["result"],
    defaults: STRING_DEFAULTS,
    make: (inputs) => {
      const result = randomString(stringOptions(inputs));
      return { id: result, outputs: { result } };
    },
  }),
  "random:index/randomBytes:RandomBytes": resource("RandomBytes", {
    required: ["length"],
    computed: ["base64", "hex"],
    secrets: ["base64", "hex"],
    make: (inputs) => {
      const bytes = randomBytes(inputs.length as number);
      return { id: "none", outputs: { base64: bytes.toString("base64"), hex: bytes.toString("hex") } };
    },
  }),
  "random:index/randomId:RandomId": resource("RandomId", {
    required: ["byteLength"],
    optional: ["prefix"],
    computed: ["b64Std", "b64Url", "dec", "hex"],
    make: (inputs) => {
      const bytes = randomBytes(inputs.byteLength as number);
      return {
        id: bytes.toString("base64url"),
        outputs: idOutputs(bytes, inputs.prefix as string | undefined),
      };
    },
  }),
  "random:index/randomUuid:RandomUuid": resource("RandomUuid", {
    computed: ["result"],
    make: () => {
      const result = randomUUID();
      return { id: result, outputs: { result } };
    },
  }),
};

if (require.main === module) void serve({ name: "random", version, resources, settings: [] });
