import { Fault, NOTHING, show } from "./faults";

type Report = (path: string, fault: Omit<Fault, "path" | "found"> & { found?: string }) => void;

/**
 * What takes more than one setting to see. It reads the raw values, so that these faults are found beside those of
 * the schema; a value that isn't a text, or that is missing, is the schema's matter.
 */
export function crossChecks(raw: Readonly<Record<string, unknown>>): Fault[] {
  const faults: Fault[] = [];
  const report: Report = (path, { found, ...fault }) => {
    faults.push({ path: `handoff:${path}`, found: found ?? show(at(raw, path)), ...fault });
  };
  checkHost(raw, report);
  checkTunnel(raw, report);
  checkSecrets(raw, report);
  checkCharts(raw, report);
  checkControllers(raw, report);
  for (const key of ["fluxRepository", "appRepository"]) checkRepository(raw, key, report);
  return faults;
}

function at(raw: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, key) =>
        typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined,
      raw,
    );
}

function textAt(raw: unknown, path: string): string | undefined {
  const value = at(raw, path);
  return typeof value === "string" ? value : undefined;
}

function checkHost(raw: object, report: Report): void {
  const host = textAt(raw, "calcom.host")?.toLowerCase();
  const zone = textAt(raw, "cloudflare.zone")?.toLowerCase();
  if (host === undefined || zone === undefined || host === zone || host.endsWith(`.${zone}`)) return;
  report("calcom.host", {
    allowed: `a name in the zone ${zone} (handoff:cloudflare.zone)`,
    hint: `For example ${host.split(".")[0] ?? "app"}.${zone}`,
  });
}

function checkTunnel(raw: object, report: Report): void {
  const local = at(raw, "cloudflare.tunnel.managed") === "local";
  const configMap = at(raw, "cloudflare.tunnel.configMap");
  if (local && configMap === undefined) {
    report("cloudflare.tunnel.configMap", {
      allowed: "the path of cloudflared's ConfigMap in the flux repository, since managed is local",
    });
  }
  if (!local && configMap !== undefined) {
    report("cloudflare.tunnel.configMap", { allowed: `${NOTHING}, unless managed is local` });
  }
}

/** Options of a controller that isn't installed, or that its program hasn't got. */
function checkControllers(raw: object, report: Report): void {
  const options = at(raw, "flux.controllers");
  if (typeof options !== "object" || options === null) return;
  const list = (path: string): readonly unknown[] => {
    const value = at(raw, path);
    return Array.isArray(value) ? value : [];
  };
  const installed = [...list("flux.components"), ...list("flux.componentsExtra")];
  const standard = at(raw, "flux.components") === undefined;
  for (const name of Object.keys(options)) {
    const extra = /^(image-.*|source-watcher)$/.test(name);
    if (!installed.includes(name) && (extra || !standard)) {
      const where = extra ? "componentsExtra" : "components";
      report(`flux.controllers.${name}`, { allowed: `${NOTHING}, unless handoff:flux.${where} has it` });
    }
    const waits = !["notification-controller", "image-automation-controller"].includes(name);
    if (!waits && at(raw, `flux.controllers.${name}.requeueDependency`) !== undefined) {
      report(`flux.controllers.${name}.requeueDependency`, {
        allowed: `${NOTHING}: objects of this controller wait for no others`,
      });
    }
    for (const option of ["concurrentSsa", "customApplyStageKinds"]) {
      const path = `flux.controllers.${name}.${option}`;
      if (name !== "kustomize-controller" && at(raw, path) !== undefined) {
        report(path, { allowed: `${NOTHING}: only kustomize-controller applies objects` });
      }
    }
  }
}

function checkSecrets(raw: object, report: Report): void {
  const mode = at(raw, "secrets") ?? "keyVault";
  if (mode === "sops" && at(raw, "sops") === undefined) {
    report("sops", { allowed: "a mapping of recipient, identity, since handoff:secrets is sops" });
  }
  if (mode === "keyVault" && at(raw, "azure") === undefined) {
    report("azure", {
      allowed:
        "a mapping of subscriptionId, tenantId, resourceGroup, location, vault, identity, since handoff:secrets is keyVault",
      hint: "Or set handoff:secrets to sops",
    });
  }
}

function checkCharts(raw: object, report: Report): void {
  for (const chart of ["certManager", "externalSecrets", "originCaIssuer"]) {
    const insecure = at(raw, `charts.${chart}.insecure`) === true;
    if (insecure && textAt(raw, `charts.${chart}.repository`)?.startsWith("oci://") !== true) {
      report(`charts.${chart}.insecure`, { allowed: "true only with an oci:// repository" });
    }
  }
  const crds = "charts.originCaIssuer.crds";
  if (at(raw, `${crds}.tag`) !== undefined && at(raw, `${crds}.branch`) !== undefined) {
    report(`${crds}.branch`, { allowed: `${NOTHING} beside a tag` });
  }
}

function checkRepository(raw: object, key: string, report: Report): void {
  const text = textAt(raw, `${key}.url`);
  if (text === undefined) return;
  const allowed = "ssh://git@host/org/repository.git or https://host/org/repository.git";
  const scp = /^(?:([^/@:]+)@)?([^/:@]+):(?!\/\/)(.+)$/.exec(text);
  if (scp !== null) {
    const [, user = "git", host = "", path = ""] = scp;
    report(`${key}.url`, { allowed, hint: `Flux takes ssh://${user}@${host}/${path.replace(/^\//, "")}` });
    return;
  }
  if (!/^(ssh|https?):\/\//.test(text) || !URL.canParse(text)) return;
  const url = new URL(text);
  const ssh = url.protocol === "ssh:";
  if (url.password !== "" || (url.username !== "" && !ssh)) {
    url.password = "";
    if (!ssh) url.username = "";
    report(`${key}.url`, {
      found: "an address with credentials in it",
      allowed: `${url.href}, with the credentials in auth`,
    });
  }
  for (const auth of ["auth", "fluxAuth"]) checkAuth(raw, `${key}.${auth}`, url, report);
  if (url.protocol === "http:" && !isLoopback(url)) {
    report(`${key}.url`, {
      allowed: "https://, since http:// would send the credentials in the clear",
      hint: `Did you mean ${url.href.replace("http:", "https:")}?`,
    });
  }
  checkAgent(raw, key, report);
  checkPullRequest(raw, key, report);
  checkGitHubApi(raw, key, report);
}

function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

function checkAgent(raw: object, key: string, report: Report): void {
  if (at(raw, `${key}.auth.ssh.agent`) !== true) return;
  if (at(raw, `${key}.auth.ssh.passphrase`) !== undefined) {
    report(`${key}.auth.ssh.passphrase`, { allowed: `${NOTHING} beside agent` });
  }
  if (at(raw, `${key}.fluxAuth`) === undefined) {
    report(`${key}.fluxAuth`, { allowed: "a mapping of ssh, since Flux has no ssh-agent" });
  }
}

function checkPullRequest(raw: object, key: string, report: Report): void {
  const request = at(raw, `${key}.pullRequest`);
  if (typeof request !== "object" || request === null) return;
  const branch = textAt(request, "branch");
  const base = textAt(raw, `${key}.branch`) ?? "main";
  if (branch === base) {
    report(`${key}.pullRequest.branch`, { allowed: `another branch than ${base}, which it is for` });
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
