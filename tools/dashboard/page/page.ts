import type { State } from "../../cluster/condition";
import { flat } from "../../status/arrange";
import type { Status } from "../../status/status";
import { html, type Html, type HtmlValue } from "../../text/html";
import type { Snapshot } from "../snapshot";
import { commitList, hostList, runningCommits, secretList, warningList } from "./side";
import { appliedTree, sourceTree } from "./tree";
import { wavesGraph } from "./waves";
import { none, stateBadge, STATES, timeElement } from "./words";

/** Parts of the page that are put in place of each other when something changes. */
export const PARTS = [
  "live",
  "summary",
  "applied",
  "sources",
  "waves",
  "running",
  "hosts",
  "warnings",
  "secrets",
  "commits",
] as const;

export type Part = (typeof PARTS)[number];

/** The content of each part. Pure. */
export function partsOfPage(snapshot: Snapshot): Readonly<Record<Part, Html>> {
  const { status, warnings, hosts, secrets, repositories } = snapshot;
  const shown = (show: (status: Status) => Html): Html =>
    status === undefined ? none("Not known yet.") : show(status);
  const entries = status === undefined ? [] : [...status.sources, ...flat(status.applied)];
  const running = new Set(entries.flatMap(({ revision }) => revision ?? []));
  return {
    live: live(snapshot),
    summary: shown(summary),
    applied: shown(appliedTree),
    sources: shown(sourceTree),
    waves: shown(wavesGraph),
    running: shown(({ commits }) => runningCommits(commits)),
    hosts: shown(() => hostList(hosts)),
    warnings: shown(() => warningList(warnings, new Set(entries.map(({ key }) => key)))),
    secrets: secretList(secrets),
    commits: commitList(repositories, running),
  };
}

function live({ at, outage, cluster }: Snapshot): Html {
  if (outage !== undefined) {
    const last = at === undefined ? "It hasn't answered yet." : html`What is shown is of ${timeElement(at)}.`;
    return html`<div class="banner" role="alert">
      <b>✗ The cluster doesn't answer</b> since ${timeElement(outage.since)}. ${last} It is asked again every
      few seconds.
      <pre>${outage.words}</pre>
    </div>`;
  }
  if (at === undefined) return html`<p>Asks ${cluster} …</p>`;
  return html`<p>
    <span class="state ready"><span aria-hidden="true">●</span> live</span> looked
    <span class="age">${timeElement(at)}</span> ago
  </p>`;
}

function summary(status: Status): Html {
  const entries = [...status.sources, ...flat(status.applied)];
  const unseen = (status.unseen ?? []).map(
    ({ kind, why }) => html`<li>${stateBadge("unseen")} ${kind}: ${why}</li>`,
  );
  const idle = (status.idle ?? []).map((line) => html`<li>${stateBadge("failing")} ${line}</li>`);
  if (entries.length === 0 && unseen.length === 0)
    return html`<p class="verdict">${stateBadge("missing")} Nothing of Flux is in the cluster.</p>`;
  const counts = (Object.keys(STATES) as State[])
    .map((state) => ({ state, count: entries.filter((entry) => entry.state === state).length }))
    .filter(({ count }) => count > 0);
  const open = entries.filter(({ bad }) => bad).length;
  const words = status.ready
    ? html`<b class="state ready"><span aria-hidden="true">✔</span> All is well.</b>`
    : open === 0 && idle.length > 0
      ? html`<b class="state failing"><span aria-hidden="true">✗</span> Not all of Flux runs.</b>`
      : open === 0
        ? html`<b class="state unseen"><span aria-hidden="true">?</span> Not all can be seen.</b>`
        : html`<b class="state failing"
            ><span aria-hidden="true">✗</span> ${open} of ${entries.length} objects
            ${open === 1 ? "isn't" : "aren't"} ready.</b
          >`;
  return html`<p class="verdict">${words}</p>
    <ul class="counts">
      ${counts.map(({ state, count }) => html`<li>${count} ${stateBadge(state)}</li>`)} ${idle} ${unseen}
    </ul>`;
}

/**
 * The whole page. It has no script or style of its own, and asks for nothing but what lies beside it: `page.css`,
 * `page.js`, `icon.svg` and the stream `changes`. Pure.
 */
export function page(snapshot: Snapshot): string {
  const parts = partsOfPage(snapshot);
  const part = (name: Part): Html => html`<div id="${name}" class="part">${parts[name]}</div>`;
  const section = (name: Part, title: string, more?: HtmlValue): Html =>
    html`<section class="${name}" aria-labelledby="${name}_title">
      <h2 id="${name}_title">${title}</h2>
      ${more}${part(name)}
    </section> `;
  const { stack, cluster } = snapshot;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${stack} – handoff</title>
        <link rel="icon" href="icon.svg" />
        <link rel="stylesheet" href="page.css" />
        <script src="page.js" defer></script>
      </head>
      <body>
        <header>
          <h1>${stack} <span class="kind">${cluster}</span></h1>
          ${part("live")}
          <div id="gone" class="banner" role="alert" hidden>
            <b>✗ The dashboard has ended.</b> Start it again: <code>npm run dashboard</code>. What is shown
            gets no newer.
          </div>
          ${part("summary")}
          <form id="find" role="search">
            <label
              >Filter
              <input
                id="filter"
                type="search"
                placeholder="name, kind, app, state, words"
                autocomplete="off"
                spellcheck="false"
            /></label>
            <label class="check"><input id="only-bad" type="checkbox" /> only what isn't ready</label>
            <output id="found" for="filter only-bad"></output>
            <button type="button" id="ask">Keys <kbd>?</kbd></button>
          </form>
        </header>
        <main>
          <div class="wide">
            ${section("applied", "Applied", html`<p class="hint">Each below what it waits for, or what applied it.</p>`)}${section("commits", "Last commits")}
          </div>
          <div class="side">
            ${section("running", "Our commits")}${section("hosts", "Hosts")}${section("sources", "Sources")}${section("warnings", "Last warnings")}${section("secrets", "Secrets", html`<p class="hint">By name and age. Their contents are never read.</p>`)}
          </div>
          ${section("waves", "Waves", html`<p class="hint">What waits for what: an arrow leads from what has to be ready first.</p>`)}
        </main>
        <dialog id="help" aria-labelledby="help_title">
          <h2 id="help_title">Keys</h2>
          <dl>
            ${KEYS.map(
              ([key, words]) =>
                html`<dt>${key.split(" ").map((one) => html`<kbd>${one}</kbd> `)}</dt>
                  <dd>${words}</dd>`,
            )}
          </dl>
          <form method="dialog"><button>Close</button></form>
        </dialog>
      </body>
    </html> `.markup;
}

const KEYS = [
  ["↓ ↑", "next and previous row"],
  ["→ ←", "unfold and fold a row; from a folded one, to the one above"],
  ["Home End", "first and last row"],
  ["Enter", "details of a row, or no more"],
  ["/", "filter"],
  ["b", "only what isn't ready, or all"],
  ["Esc", "no filter"],
  ["?", "this help"],
] as const;
