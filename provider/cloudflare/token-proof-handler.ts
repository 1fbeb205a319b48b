import type { Props, ResourceHandler } from "../plugin/handler";
import { differences } from "./differences";
import { proveToken, type ProofInputs, type ProofOptions } from "./token-proof";

/** What makes another proof needed; how Cloudflare is reached, and from where the token is good, don't. */
const PROVEN = ["markedName", "zoneIds", "value"];

/** Handler of `handoff:cloudflare:TokenProof`: a token is passed on once it had a certificate signed. */
export function tokenProofHandler(options: ProofOptions = {}): ResourceHandler {
  return {
    computed: [],
    secrets: ["value"],

    diff: (_ctx, _id, olds, news) => Promise.resolve(differences(olds.inputs, news, [])),

    async create(ctx, news) {
      const inputs = inputsOf(news);
      await proveToken(ctx, inputs, options);
      return { id: inputs.markedName, outputs: news };
    },

    async update(ctx, _id, olds, news) {
      const { changes } = differences(only(olds.inputs), only(news), []);
      if (changes) await proveToken(ctx, inputsOf(news), options);
      return { outputs: news };
    },

    read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),

    delete: () => Promise.resolve(),
  };
}

function only(inputs: Props): Props {
  return Object.fromEntries(PROVEN.map((name) => [name, inputs[name]]));
}

function inputsOf(props: Props): ProofInputs {
  return props as unknown as ProofInputs;
}
