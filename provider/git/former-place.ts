import { hasUnknown, type HandlerContext, type State, UserError } from "../plugin/handler";
import { letGo, namesOf } from "./adoption";
import { isRetained } from "../../manifests/git/retained";
import { type Inputs, isAtPlace, type Outputs, ownedOf } from "./commit-inputs";
import { NOT_OURS } from "./ownership";

/** Names of what is left behind that a message lists. */
const LISTED = 20;

/** How the former place is looked at, and taken leave of. */
export interface FormerPlaceWork {
  /** Inputs for the former place, with the credentials of now. */
  readonly inputs: Inputs;
  readonly olds: State;
}

/** What was handed off elsewhere until now; undefined when the place is the same, or isn't known yet. */
export function formerPlace(news: Inputs, olds: State | undefined): FormerPlaceWork | undefined {
  if (olds === undefined || hasUnknown([news.url, news.branch]) || isAtPlace(olds, news)) return undefined;
  const before = olds.inputs as unknown as Inputs;
  const { auth, author, signing, retain } = news;
  return { inputs: { ...before, auth, author, signing, retain, keep: {}, awaits: [], adopt: false }, olds };
}

/**
 * Says what is left behind, and removes it where that was chosen. What the former place's host refuses is said too:
 * the new place has its files by then.
 */
export async function leave(
  ctx: HandlerContext,
  news: Inputs,
  { inputs, olds }: FormerPlaceWork,
  remove: () => Promise<unknown>,
  tense: "will stay" | "stays",
): Promise<void> {
  const { pullRequest, merged } = olds.outputs as unknown as Outputs;
  const place = `${inputs.branch} of ${inputs.url}`;
  if (!merged && pullRequest !== undefined)
    ctx.warn(`close ${pullRequest}: ${place} is no longer written to`);
  const owned = ownedOf(olds);
  const names = behind(letGo(owned, (name) => owned.initialFiles[name] === NOT_OURS));
  if (names.length === 0) return;
  if (news.formerPlace !== "remove") {
    ctx.warn(`${tense} on ${place}, where this was handed off before:\n${list(names)}\n${CHOICE}`);
    return;
  }
  const staying = names.filter((name) => isRetained(news.retain ?? [], name));
  if (staying.length > 0) ctx.info(`${tense} on ${place}, since it is retained:\n${list(staying)}`);
  try {
    await remove();
    ctx.info(
      `${tense === "stays" ? "removed from" : "will be removed from"} ${place}:\n${list(names.filter((name) => !staying.includes(name)))}`,
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    ctx.warn(
      `${tense} on ${place}, which can't be written to now: ${error.message}\n${list(names)}\n${BY_HAND}`,
    );
  }
}

const BY_HAND = "→ Remove it there by hand once nothing reads that place.";
const CHOICE = `${BY_HAND} \`formerPlace: "remove"\` does so when the place changes.`;

function behind(owned: ReturnType<typeof ownedOf>): string[] {
  return [...namesOf(owned).keys()].sort();
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, LISTED).map((name) => `- ${name}`);
  if (names.length > LISTED) shown.push(`… and ${String(names.length - LISTED)} more`);
  return shown.join("\n");
}
