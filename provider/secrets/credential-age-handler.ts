import { ageMilliseconds, shownAge } from "../../manifests/secrets/max-age";
import type { Props, ResourceHandler, State } from "../plugin/handler";

interface Inputs {
  readonly maxAge: string;
  readonly rotation: number;
}

interface Outputs {
  /** When the value was made, or its age first asked for: RFC 3339. */
  readonly since: string;
  readonly generation: number;
}

/**
 * The provider's side of `CredentialAge`.
 * @param now the time in milliseconds
 */
export function credentialAgeHandler(now: () => number = Date.now): ResourceHandler {
  /** What an `up` at this moment makes of it. */
  const next = ({ inputs, outputs }: State, news: Props): Outputs => {
    const { since, generation } = outputs as unknown as Outputs;
    const counted = (inputs as unknown as Inputs).rotation === (news as unknown as Inputs).rotation;
    const fresh = new Date(now()).toISOString();
    // Another number makes a new value already.
    if (!counted) return { since: fresh, generation };
    return isOld(since, news) ? { since: fresh, generation: generation + 1 } : { since, generation };
  };
  const isOld = (since: string, news: Props): boolean =>
    now() - Date.parse(since) >= (ageMilliseconds((news as unknown as Inputs).maxAge) ?? Infinity);

  return {
    computed: ["since", "generation"],

    async diff(ctx, _id, olds, news) {
      const { since, generation } = olds.outputs as unknown as Outputs;
      const changed = ["maxAge", "rotation"].filter((name) => olds.inputs[name] !== news[name]);
      const old = next(olds, news).generation > generation;
      if (old) {
        const age = shownAge(now() - Date.parse(since));
        const { maxAge } = news as unknown as Inputs;
        ctx.info(`${credentialOf(ctx.urn)} is ${age} old, of ${maxAge} at most: \`up\` makes another value`);
        changed.push("since");
      }
      const detailed = Object.fromEntries(changed.map((name) => [name, "update" as const]));
      return Promise.resolve({ changes: changed.length > 0, detailed });
    },

    /** Known before: a value that isn't too old must not be shown as one that may change. */
    preview: (_ctx, news, olds) => {
      if (olds === undefined) return Promise.resolve({ ...news, generation: 0 });
      const { since, generation } = next(olds, news);
      return Promise.resolve({ ...news, generation, ...(since === olds.outputs.since && { since }) });
    },

    create: (_ctx, news) => {
      const made: Outputs = { since: new Date(now()).toISOString(), generation: 0 };
      return Promise.resolve({ id: made.since, outputs: { ...news, ...made } });
    },

    update: (_ctx, _id, olds, news) => Promise.resolve({ outputs: { ...news, ...next(olds, news) } }),

    read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),

    delete: () => Promise.resolve(),
  };
}

/** The resource is called `<credential>-age`. */
function credentialOf(urn: string): string {
  return urn.split("::").slice(3).join("::").replace(/-age$/, "");
}
