import { isDeepStrictEqual } from "node:util";
import type { App, Host } from "../manifests/app";
import { optionFaults } from "../manifests/apps/options";
import { accessDomain } from "../manifests/cloudflare/access";
import { formatFault } from "../manifests/fault";
import { InputError } from "../manifests/files";
import { didYouMean } from "../manifests/nearest";
import { hostAccess } from "./settings/blocks/access";
import type { CloudflareSettings } from "./settings/blocks/cloudflare";

/**
 * The apps with the Access that the settings give their hosts, in place of what the system says of these: one application
 * guards all paths of a name.
 * @throws InputError for a host that no app has, and for Access that can't be given
 */
export function guarded(apps: readonly App[], cloudflare: CloudflareSettings | undefined): readonly App[] {
  const given = cloudflare?.access ?? {};
  const names = apps.flatMap(({ hosts = [] }) => hosts.map(({ name }) => name));
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  const faults = unknown.map((name) => {
    const hint = didYouMean(name, names) ?? `Its hosts: ${[...new Set(names)].join(", ") || "none"}.`;
    return `handoff:cloudflare.access guards ${name}, which is no host of this stack. ${hint}`;
  });
  const guard = (host: Host): Host => {
    const access = given[host.name];
    return access === undefined ? host : { ...host, access: { ...access, domain: host.name } };
  };
  const all = apps.map((app) =>
    app.hosts?.some(({ name }) => name in given) === true ? { ...app, hosts: app.hosts.map(guard) } : app,
  );
  faults.push(
    ...all.flatMap((app) => (app.hosts ?? []).flatMap((host) => hostFaults(app, host, cloudflare))),
    ...differing(all),
  );
  if (faults.length > 0) throw new InputError(faults.join("\n"));
  return all;
}

function hostFaults({ name: app }: App, host: Host, cloudflare: CloudflareSettings | undefined): string[] {
  const { name, path, access } = host;
  if (access === undefined) return [];
  const where = `The app ${app} has the host ${name}`;
  if (cloudflare === undefined)
    return [`${where}, which Access is to guard: that takes the settings handoff:cloudflare.`];
  const wrong = optionFaults(hostAccess(), access);
  const at = (path: string): string => (path === "" ? "access" : `access.${path}`);
  if (wrong.length > 0)
    return wrong.map((fault) => `${where}: ${formatFault({ ...fault, path: at(fault.path) })}.`);
  const domain = accessDomain(host);
  if (domain === undefined) {
    return [
      `${where}: Access guards the beginning of a path, and ${path ?? ""} may be of several. Give access.domain, such as ${name}/api, or leave the path out.`,
    ];
  }
  if (domain.split("/")[0] !== name) return [`${where}: access.domain is ${domain}, of another host.`];
  const ruled = cloudflare.tunnel !== undefined && cloudflare.tunnel.managed !== "local";
  if (host.address === undefined && ruled && cloudflare.teamName === undefined) {
    return [
      `${where}, which Access is to guard: the tunnel refuses what didn't pass it by the team's name, which handoff:cloudflare.teamName has to tell.`,
    ];
  }
  return [];
}

/** One application can't let in two kinds of people. */
function differing(apps: readonly App[]): string[] {
  const known = new Map<string, Host["access"]>();
  return apps.flatMap(({ name, hosts = [], parked }) =>
    (parked === true ? [] : hosts).flatMap((host) => {
      const domain = host.access === undefined ? undefined : accessDomain(host);
      if (domain === undefined) return [];
      const { domain: _, ...access } = host.access ?? {};
      if (known.has(domain) && !isDeepStrictEqual(known.get(domain), access))
        return [`The app ${name} lets others reach ${domain} than an app before it: Access takes one list.`];
      known.set(domain, access);
      return [];
    }),
  );
}
