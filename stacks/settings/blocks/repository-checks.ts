import { branchInTheWay } from "../../../manifests/git/branch-name";
import { at, textAt, type Check, type Report } from "../checks";
import { NOTHING } from "../faults";
import { repositoryFault } from "../git-fields";

/** Checks of the repository under `key`. */
export const checkRepository =
  (key: string): Check =>
  (raw, report) => {
    const text = textAt(raw, `${key}.url`);
    // What is wrong with the address is the schema's matter.
    if (text === undefined || repositoryFault(text) !== undefined) return;
    const url = new URL(text);
    for (const auth of ["auth", "fluxAuth"]) checkAuth(raw, `${key}.${auth}`, url, report);
    if (url.protocol === "http:" && !isLoopback(url)) {
      report(`${key}.url`, {
        allowed: "https://, since http:// would send the credentials in the clear",
        hint: `Did you mean ${url.href.replace("http:", "https:")}?`,
      });
    }
    checkAgent(raw, key, report);
    checkDeployKey(raw, key, url, report);
    checkPullRequest(raw, key, report);
    checkGitHubApi(raw, key, report);
  };

function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

function checkAgent(raw: object, key: string, report: Report): void {
  if (at(raw, `${key}.auth.ssh.agent`) !== true) return;
  if (at(raw, `${key}.auth.ssh.passphrase`) !== undefined) {
    report(`${key}.auth.ssh.passphrase`, { allowed: `${NOTHING} beside agent` });
  }
  if (at(raw, `${key}.fluxAuth`) === undefined && at(raw, `${key}.deployKey`) === undefined) {
    report(`${key}.fluxAuth`, { allowed: "a mapping of ssh, since Flux has no ssh-agent" });
  }
}

/** What Flux's own key takes from elsewhere, and what it can't be together with. */
function checkDeployKey(raw: object, key: string, { protocol }: URL, report: Report): void {
  const path = `${key}.deployKey`;
  const given = at(raw, path);
  if (typeof given !== "object" || given === null) return;
  if (at(raw, `${key}.fluxAuth`) !== undefined) {
    report(`${key}.fluxAuth`, { allowed: `${NOTHING} beside deployKey, by which Flux signs in` });
  }
  if ("url" in given && protocol === "ssh:") {
    report(`${path}.url`, { allowed: `${NOTHING}, since Flux reads from the repository's ssh:// address` });
  }
  const [method] = ["ssh", "githubApp"].filter((name) => at(raw, `${key}.auth.${name}`) !== undefined);
  if (!("token" in given) && method !== undefined) {
    report(`${path}.token`, {
      allowed: `a token that may administer the repository, since git signs in by ${method}`,
    });
  }
  if (!("knownHosts" in given) && at(raw, `${key}.auth.ssh`) === undefined) {
    report(`${path}.knownHosts`, {
      allowed: "lines of a known_hosts file, by which Flux knows the host",
      hint: "Take them from the host's documentation",
    });
  }
  checkApi(raw, `${path}.apiUrl`, report);
}

function checkPullRequest(raw: object, key: string, report: Report): void {
  const request = at(raw, `${key}.pullRequest`);
  if (typeof request !== "object" || request === null) return;
  const branch = textAt(request, "branch");
  const base = textAt(raw, `${key}.branch`) ?? "main";
  if (branch === base) {
    report(`${key}.pullRequest.branch`, { allowed: `another branch than ${base}, which it is for` });
  } else if (branch !== undefined && branchInTheWay(branch, [base]) !== undefined) {
    report(`${key}.pullRequest.branch`, {
      allowed: `a branch that can be beside ${base}`,
      hint: "Git has branches in folders, and one of them would be the other's",
    });
  }
  if (!("token" in request) && at(raw, `${key}.auth.ssh`) !== undefined) {
    report(`${key}.pullRequest.token`, {
      allowed: "a token that may open pull requests, since git signs in by SSH",
    });
  }
  checkApi(raw, `${key}.pullRequest.apiUrl`, report);
}

function checkApi(raw: object, path: string, report: Report): void {
  const api = textAt(raw, path) ?? "";
  if (api.startsWith("http://") && URL.canParse(api) && !isLoopback(new URL(api))) {
    report(path, { allowed: "https://, since http:// would send the token in the clear" });
  }
}

/** What commits by GitHub's API can't be together with. */
function checkGitHubApi(raw: object, key: string, report: Report): void {
  if (at(raw, `${key}.githubApi`) === undefined) return;
  if (at(raw, `${key}.auth.ssh`) !== undefined) {
    report(`${key}.auth`, {
      found: "ssh",
      allowed: "basic, bearer or githubApp, since GitHub's API takes a token",
      hint: "The address is https:// then",
    });
  }
  if (at(raw, `${key}.pullRequest`) !== undefined) {
    report(`${key}.githubApi`, { allowed: `${NOTHING} beside pullRequest, which is pushed by git` });
  }
  if (at(raw, "signing") !== undefined) {
    report(`${key}.githubApi`, {
      allowed: `${NOTHING} beside handoff:signing: GitHub signs what its API commits`,
    });
  }
  checkApi(raw, `${key}.githubApi.apiUrl`, report);
}

function checkAuth(raw: object, path: string, url: URL, report: Report): void {
  const auth = at(raw, path);
  if (typeof auth !== "object" || auth === null) return;
  const [method] = ["ssh", "basic", "bearer", "githubApp"].filter((name) => name in auth);
  const ssh = url.protocol === "ssh:";
  if (method !== undefined && (method === "ssh") !== ssh) {
    report(path, {
      found: method,
      allowed: `${ssh ? "ssh" : "basic, bearer or githubApp"}, since the address is ${url.protocol}//`,
    });
  }
  for (const name of ["ca", "proxy"]) {
    if (ssh && name in auth) report(`${path}.${name}`, { allowed: `${NOTHING} for an ssh:// address` });
  }
}
