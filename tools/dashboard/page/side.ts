import type { ObjectKey } from "../../../provider/flux/follow/flux-object";
import type { CommitStatus } from "../../status/status";
import { html, type Html } from "../../text/html";
import type { Change, CommitFiles, RepositoryCommits } from "../commits";
import type { SecretAge } from "../secrets";
import type { Known, WarningLine } from "../snapshot";
import { jump } from "./tree";
import { link, none, partsOf, shortRevision, timeElement } from "./words";

/** Files of a commit that are shown. */
const FILES = 40;

/** Which commit of ours runs where. */
export function runningCommits(commits: readonly CommitStatus[]): Html {
  if (commits.length === 0) return none("The stack's outputs name no commit.");
  return html`<ul class="lines">
    ${commits.map((commit) => html`<li>${runningCommit(commit)}</li>`)}
  </ul>`;
}

function runningCommit({ source, pushed, fetched, applied, of }: CommitStatus): Html {
  const runs = fetched === pushed && applied === of;
  const what =
    fetched === undefined
      ? "Flux has nothing of it"
      : fetched !== pushed
        ? `Flux has ${shortRevision(fetched)}: of somebody after it, or from before`
        : of === 0
          ? "Flux has it"
          : `runs in ${String(applied)} of ${String(of)}`;
  const sign = runs ? "✔" : "…";
  return html`<span class="state ${runs ? "ready" : "reconciling"}"
      ><span aria-hidden="true">${sign}</span> ${what}</span
    >
    <code title="${pushed}">${shortRevision(pushed)}</code>
    <span class="kind">${partsOf(source).name}</span>`;
}

/** The newest commits of the repositories, with their files. @param running revisions that Flux has */
export function commitList(repositories: readonly RepositoryCommits[], running: ReadonlySet<string>): Html {
  if (repositories.length === 0) return none("Not read yet.");
  return html`${repositories.map(({ url, branch, commits, fault }) => {
    const web = webAddress(url);
    return html`<h3>${web === undefined ? url : link(web, url)} <span class="kind">${branch}</span></h3>
      ${fault === undefined ? undefined : html`<p class="fault">${fault}</p>`}
      ${fault === undefined && commits.length === 0 ? none("It is empty.") : undefined}
      ${commits.map((commit) => commitDetails(commit, web, running))}`;
  })}`;
}

const CHANGES: Readonly<Record<Change, string>> = { added: "+", changed: "~", removed: "−" };

function commitDetails(
  { commit, subject, author, stacks, files }: CommitFiles,
  web: string | undefined,
  running: ReadonlySet<string>,
): Html {
  const id = commit.slice(0, 8);
  const runs = [...running].some((revision) => revision.endsWith(commit));
  const more = files.length - FILES;
  return html`<details id="commit_${commit}">
    <summary>
      <code>${id}</code> ${subject}
      <span class="kind"
        >${stacks.length > 0 ? stacks.join(", ") : author}, ${files.length}
        ${files.length === 1 ? "file" : "files"}</span
      >${runs ? html` <span class="state ready"><span aria-hidden="true">✔</span> in the cluster</span>` : undefined}
    </summary>
    ${web === undefined ? undefined : html`<p>${link(`${web}/commit/${commit}`, "the whole commit")}</p>`}
    <ul class="files">
      ${files.slice(0, FILES).map(({ path, change }) => html`<li><span aria-hidden="true">${CHANGES[change]}</span> <code>${path}</code> <span class="kind">${change}</span></li>`)}
    </ul>
    ${more > 0 ? html`<p class="none">and ${more} more</p>` : undefined}
  </details> `;
}

/** Where a browser finds a repository: where it is fetched from, or the page of a host that is known. */
export function webAddress(url: string): string | undefined {
  const [, scheme, host = "", path = ""] =
    /^(https|ssh):\/\/(?:git@)?([^/@:]+)(?::22)?\/(.+?)(?:\.git)?\/?$/.exec(url) ?? [];
  if (scheme === undefined) return undefined;
  const known = /^(github\.com|gitlab\.com|codeberg\.org|bitbucket\.org)$/.test(host);
  return known || scheme === "https" ? `https://${host}/${path}` : undefined;
}

export function secretList({ value, fault }: Known<readonly SecretAge[]>): Html {
  if (fault !== undefined) return html`<p class="fault">${fault}</p>`;
  if (value === undefined) return none("Not read yet.");
  if (value.length === 0) return none("There is none beside what Flux applies.");
  return html`<table>
    <thead>
      <tr>
        <th>Secret</th>
        <th>made of</th>
        <th>written</th>
        <th>made</th>
      </tr>
    </thead>
    <tbody>
      ${value.map(
        ({ name, by, created, written }) =>
          html`<tr>
            <td>${name}</td>
            <td>${by}</td>
            <td>${timeElement(written)}</td>
            <td>${timeElement(created)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

export function hostList(hosts: readonly string[]): Html {
  if (hosts.length === 0) return none("The stack's outputs name no address.");
  return html`<ul class="lines">
    ${hosts.map((host) => html`<li>${link(host, host.replace(/^https:\/\//, ""))}</li>`)}
  </ul>`;
}

/** @param rows the objects that have a row on the page */
export function warningList(warnings: readonly WarningLine[], rows: ReadonlySet<ObjectKey>): Html {
  if (warnings.length === 0) return none("Nothing was warned of.");
  return html`<ul class="lines">
    ${warnings.map(
      ({ key, at, text }) =>
        html`<li>
          <span class="age">${timeElement(at)}</span> ${rows.has(key) ? jump(key) : key}: ${text}
        </li>`,
    )}
  </ul>`;
}
