import type { ObjectKey } from "../../../provider/flux/follow/flux-object";
import { FLUX_SYSTEM } from "../../../manifests/flux/objects";
import type { StatusEntry, StatusNode } from "../../status/arrange";
import type { Status } from "../../status/status";
import { html, type Html } from "../../text/html";
import { idOf, none, partsOf, shortRevision, stateBadge, STATES, timeElement } from "./words";

/** Kustomizations and HelmReleases, each below what it waits for or what applied it. */
export function appliedTree({ applied }: Status): Html {
  return applied.length === 0 ? none("Nothing is applied.") : tree("Applied", applied);
}

export function sourceTree({ sources }: Status): Html {
  const nodes = sources.map((entry) => ({ ...entry, below: [] }));
  return nodes.length === 0 ? none("There are no sources.") : tree("Sources", nodes);
}

/** As https://www.w3.org/WAI/ARIA/apg/patterns/treeview/ has it; the browser's side adds what is open and current. */
function tree(label: string, nodes: readonly StatusNode[]): Html {
  return html`<ul role="tree" aria-label="${label}">
    ${nodes.map((node) => item(node, 1))}
  </ul>`;
}

function item(node: StatusNode, level: number, parent?: StatusNode): Html {
  const id = idOf(node.key);
  const below = node.below.map((one) => item(one, level + 1, node));
  const expanded = below.length > 0 ? html` aria-expanded="true"` : undefined;
  return html`<li
    role="treeitem"
    id="${id}"
    aria-level="${level}"
    aria-labelledby="${id}_row"
    data-bad="${node.bad ? "yes" : "no"}"
    data-words="${wordsOf(node)}"
    ${expanded}
  >
    ${row(node, id)}${details(node, parent)}${
      below.length > 0
        ? html`<ul role="group">
            ${below}
          </ul>`
        : undefined
    }
  </li> `;
}

function row({ key, state, app, revision, since, message, bad }: StatusEntry, id: string): Html {
  const { kind, namespace, name } = partsOf(key);
  const words = message === "" ? undefined : html`<span class="words">${message}</span>`;
  const place = namespace === FLUX_SYSTEM ? kind : `${kind} in ${namespace}`;
  return html`<div class="row${bad ? " bad" : ""}" id="${id}_row">
    <span class="twist" aria-hidden="true"></span>${stateBadge(state)}
    <span class="what"><b>${name}</b> <span class="kind">${place}</span></span>
    <span class="facts">
      ${app === undefined ? undefined : html`<span class="app" title="app">${app}</span>`}
      ${revision === undefined ? undefined : html`<code title="${revision}">${shortRevision(revision)}</code>`}
      <span class="age">${timeElement(since)}</span></span
    >${words}
  </div>`;
}

/** What a row has no room for; shown when it is asked for. */
function details(
  { key, app, revision, source, after, event, since }: StatusEntry,
  parent: StatusEntry | undefined,
): Html {
  const entries: readonly (readonly [string, Html | string | undefined])[] = [
    ["object", key],
    ["revision", revision === undefined ? undefined : html`<code>${revision}</code>`],
    ["since", since === undefined ? undefined : html`${timeElement(since)} ago, ${since}`],
    ["source", source === undefined ? undefined : jump(source)],
    ["waits for", after.length === 0 ? undefined : list(after)],
    ["shown below", parent === undefined || after.includes(parent.key) ? undefined : jump(parent.key)],
    ["last warning", event],
    ["look closer", html`${commandsOf(key, app).map((command) => html`<code>${command}</code> `)}`],
  ];
  const shown = entries.filter(([, value]) => value !== undefined);
  return html`<dl class="more" hidden>
    ${shown.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

function commandsOf(key: ObjectKey, app: string | undefined): readonly string[] {
  const { kind, namespace, name } = partsOf(key);
  if (app !== undefined) return [`npm run app -- logs ${app}`, `npm run app -- reconcile ${app}`];
  return [`kubectl describe ${kind.toLowerCase()} ${name} -n ${namespace}`];
}

function list(keys: readonly ObjectKey[]): Html {
  return html`${keys.map((key, index) => html`${index === 0 ? "" : ", "}${jump(key)}`)}`;
}

/** Leads to another row of the page. */
export function jump(key: ObjectKey): Html {
  const { kind, name } = partsOf(key);
  return html`<a href="#${idOf(key)}" tabindex="-1">${name} <span class="kind">${kind}</span></a>`;
}

/** What the filter looks in. */
function wordsOf({ key, app = "", state, revision = "", message }: StatusEntry): string {
  return [key, app, STATES[state].word, revision, message].join(" ").toLowerCase();
}
