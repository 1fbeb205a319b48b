import { parse } from "yaml";
import { at, textAt } from "./checks";
import { NOTHING, show, type Fault } from "./faults";
import type { Environment } from "./references";

type Raw = Readonly<Record<string, unknown>>;

/** What stands for the pull request's number in the settings of review stacks. */
const NUMBER = "{number}";

/**
 * Settings that a review stack doesn't take over from the stack that it is a review of: what is of that one's cluster,
 * credentials of what it runs, and what of others it adopts.
 */
const PARENTS_ONLY = [
  ...["review", "cluster.kubeconfig", "cluster.context", "takeOver", "notifications", "sops", "credentials"],
  ...["cloudflare.adopt", "cloudflare.address", "cloudflare.tunnel.id"],
  // Others' config.yaml names the tunnel of the stack that it is for.
  ...["cloudflare.tunnel.managed", "cloudflare.tunnel.configMap"],
  ...["azure.adopt", "azure.identity", "azure.vault.url", "azure.vault.recover"],
];

/** The same of each repository: a review stack writes a branch of its own by git, and removes it. */
const REPOSITORYS_ONLY = ["pullRequest", "githubApi", "adopt", "retain", "formerPlace"];

/** Names that one stack alone can have. */
const NAMES = [
  "cluster.name",
  "cloudflare.tunnel.name",
  "azure.vault.name",
  "azure.identity.name",
  "notifications.receiver.host",
];

/** The number of the pull request that a stack is named by: `pr-7`, `pr-your-org-infrastructure-7`. */
export function numberOf(stack: string): string | undefined {
  return /(?:^|[^0-9])([1-9][0-9]*)$/.exec(stack)?.[1];
}

/** True for a name that holds the number by itself: `pr-7` holds 7, `pr-70` doesn't. */
export function hasNumber(name: string, number: string): boolean {
  return new RegExp(`(?<![0-9])${number}(?![0-9])`).test(name);
}

/** The settings of a stack, and what is wrong with it as a review of another one. */
export interface Reviewed {
  /** Undefined where one of the faults leaves nothing to tell further ones of. */
  readonly raw: Raw | undefined;
  readonly faults: readonly Fault[];
}

/**
 * What a review stack's settings say together with those of the stack that `review.of` names, which its own are put
 * over; `null` takes one away. Settings without `review` are left as they are.
 * @param parentsOnly further settings that aren't taken over, by path
 */
export function reviewed(raw: Raw, env: Environment, parentsOnly: readonly string[] = []): Reviewed {
  const of = textAt(raw, "review.of");
  const number = numberOf(env.stack);
  // What else it may be is the schema's matter.
  if (of === undefined) return { raw, faults: [] };
  if (number === undefined) return { raw: undefined, faults: [templateFault(env.stack)] };
  const found = settingsOf(of, env);
  if (typeof found === "string") return { raw: undefined, faults: [fault("review.of", show(of), found)] };
  const own = filled(raw, number) as Raw;
  const parent = ownBranches(without(found, [...PARENTS_ONLY, ...parentsOnly]), own);
  const together = merged({ system: of, ...parent }, own) as Raw;
  return { raw: together, faults: faultsOf(together, found, { own, of, number }) };
}

/** The settings in another stack's file, without encrypted ones; else what is allowed in the place of its name. */
function settingsOf(stack: string, env: Environment): Raw | string {
  const file = `Pulumi.${stack}.yaml`;
  let config: unknown;
  try {
    config = at(parse(env.readFile(file)), "config");
  } catch {
    return `the name of a stack whose file is there; ${file} can't be read`;
  }
  const entries = isMapping(config) ? Object.entries(config) : [];
  const settings = entries.flatMap(([key, value]) =>
    key.startsWith("handoff:") ? [[key.slice("handoff:".length), asHandedOver(value)] as const] : [],
  );
  const plain = decrypted(Object.fromEntries(settings)) as Raw;
  return plain.review === undefined ? plain : "a stack that is no review itself";
}

/** The engine hands plain texts, numbers and flags over as texts. */
function asHandedOver(value: unknown): unknown {
  return ["number", "boolean"].includes(typeof value) ? JSON.stringify(value) : value;
}

/** Without what only the other stack can decrypt. */
function decrypted(value: unknown): unknown {
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).filter(([, entry]) => !(isMapping(entry) && "secure" in entry));
  return Object.fromEntries(entries.map(([key, entry]) => [key, decrypted(entry)]));
}

/** The same with the number in it. */
function filled(value: unknown, number: string): unknown {
  if (typeof value === "string") return value.replaceAll(NUMBER, number);
  if (Array.isArray(value)) return value.map((one: unknown) => filled(one, number));
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, number)]));
}

function without(raw: Raw, paths: readonly string[]): Raw {
  return paths.reduce((rest: Raw, path) => {
    const [key = "", ...deeper] = path.split(".");
    const value = rest[key];
    if (deeper.length > 0)
      return isMapping(value) ? { ...rest, [key]: without(value, [deeper.join(".")]) } : rest;
    return Object.fromEntries(Object.entries(rest).filter(([name]) => name !== key));
  }, raw);
}

/** Repositories with a branch that begins at the parent's. */
function ownBranches(parent: Raw, own: Raw): Raw {
  return Object.fromEntries(
    Object.entries(parent).map(([key, value]) => {
      if (!isRepository(value)) return [key, value];
      const elsewhere = (textAt(own, `${key}.url`) ?? value.url) !== value.url;
      const { branch = "main", ...rest } = without(value, REPOSITORYS_ONLY);
      return [key, elsewhere ? rest : { ...rest, from: branch }];
    }),
  );
}

function isRepository(value: unknown): value is Raw {
  return isMapping(value) && typeof value.url === "string" && "auth" in value;
}

/** Mappings key by key; what names where a text is, lists and all else as a whole. */
function merged(parent: unknown, own: unknown): unknown {
  if (!isMapping(parent) || !isMapping(own) || isReference(parent) || isReference(own)) return own;
  const all = { ...parent, ...own };
  const entries = Object.keys(all).map((key) => [key, key in own ? merged(parent[key], own[key]) : all[key]]);
  return Object.fromEntries(entries.filter(([, value]) => value !== null)) as unknown;
}

function isReference(value: Raw): boolean {
  const keys = Object.keys(value);
  return keys.length === 1 && ["env", "file", "config"].includes(keys[0] ?? "");
}

function isMapping(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function faultsOf(
  together: Raw,
  parent: Raw,
  { own, of, number }: { readonly own: Raw; readonly of: string; readonly number: string },
): Fault[] {
  const repositories = Object.keys(together).filter((key) => isRepository(together[key]));
  const texts = [...NAMES, ...repositories.map((key) => `${key}.branch`)];
  const branchless = repositories
    .map((key) => `${key}.branch`)
    .filter((path) => at(together, path) === undefined)
    .map((path) => fault(path, NOTHING, `a branch of its own, as pr-${NUMBER}`));
  const shared = texts.flatMap((path) => {
    const text = textAt(together, path);
    if (text === undefined || hasNumber(text, number)) return [];
    const allowed = `a name with the pull request's number ${number}, which no other stack has, as pr-${NUMBER}`;
    return [fault(path, show(text), allowed)];
  });
  const cluster = ["kubeconfig", "context"].map((key) => at(own, `cluster.${key}`));
  const theirs = ["kubeconfig", "context"].map((key) => at(parent, `cluster.${key}`));
  if (JSON.stringify(cluster) === JSON.stringify(theirs) || cluster.every((one) => one === undefined))
    shared.push(
      fault(
        "cluster.kubeconfig",
        cluster[0] === undefined ? NOTHING : `the one of ${of}`,
        `the kubeconfig or the context of another cluster than ${of}'s: Flux is there once in a cluster`,
      ),
    );
  return [...branchless, ...shared];
}

function templateFault(stack: string): Fault {
  return {
    ...fault("review", `the stack ${stack}`, "a stack whose name ends with a pull request's number, as pr-7"),
    hint: `This file is a template: npm run review -- up <number> ${stack}`,
  };
}

function fault(path: string, found: string, allowed: string): Fault {
  return { path: `handoff:${path}`, found, allowed };
}
