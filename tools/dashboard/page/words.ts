import type { ObjectKey } from "../../../provider/flux/follow/flux-object";
import type { State } from "../../cluster/condition";
import { html, type Html } from "../../text/html";

/** How a state is shown: a sign and a word, so that no colour has to be told from another. */
export const STATES: Readonly<Record<State, { readonly sign: string; readonly word: string }>> = {
  ready: { sign: "✔", word: "ready" },
  reconciling: { sign: "…", word: "at work" },
  waiting: { sign: "◷", word: "waiting" },
  failing: { sign: "✗", word: "failing" },
  suspended: { sign: "‖", word: "suspended" },
  missing: { sign: "∅", word: "missing" },
  unseen: { sign: "?", word: "not seen" },
};

export function stateBadge(state: State): Html {
  const { sign, word } = STATES[state];
  return html`<span class="state ${state}"><span aria-hidden="true">${sign}</span> ${word}</span>`;
}

/** Kind, namespace and name of a key. */
export function partsOf(key: ObjectKey): {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
} {
  const [, kind = "", namespace = "", name = ""] = /^(\S+) (?:([^/]*)\/)?(.*)$/.exec(key) ?? [];
  return { kind, namespace, name };
}

/** Id of an object's row: names of objects have no `_`. */
export function idOf(key: ObjectKey): string {
  return key.replaceAll(/[ /]/g, "_");
}

/** `main@sha1:59032e8d` of a whole revision. */
export function shortRevision(revision: string): string {
  return revision.replace(/((sha1|sha256):[0-9a-f]{8})[0-9a-f]+/, "$1");
}

/** A time that the browser shows as an age. */
export function timeElement(at: string | number | undefined): Html | undefined {
  const date = new Date(at ?? Number.NaN);
  if (Number.isNaN(date.getTime())) return undefined;
  const iso = date.toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace("T", " ")} UTC</time>`;
}

/** A link that tells nobody where it was followed from. @param url of http or https */
export function link(url: string, text: string): Html {
  return html`<a href="${url}" target="_blank" rel="noopener noreferrer">${text}</a>`;
}

export function none(words: string): Html {
  return html`<p class="none">${words}</p>`;
}
