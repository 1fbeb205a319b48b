import { nameIn } from "../../manifests/names";
import { at, textAt } from "./checks";

interface Outside {
  /** First part of the host, for a name that would do. */
  readonly label: string;
  readonly zones: readonly [string, ...string[]];
}

/**
 * A host that lies in none of the zones. Read as what was meant by it: whether it is written as a name is the schema's
 * matter.
 */
export function outsideZones(raw: object, path: string, zones = zonesIn(raw)): Outside | undefined {
  const host = nameIn(textAt(raw, path) ?? "");
  const names = zones.flatMap((zone) => nameIn(zone ?? "") ?? []);
  const [first, ...others] = names;
  if (host === undefined || first === undefined || names.length < zones.length) return undefined;
  if (names.some((zone) => host === zone || host.endsWith(`.${zone}`))) return undefined;
  return { label: host.split(".")[0] ?? "", zones: [first, ...others] };
}

/** Names of `cloudflare.zone` and `cloudflare.zones`, undefined for one that isn't a text. */
function zonesIn(raw: object): readonly (string | undefined)[] {
  const further = at(raw, "cloudflare.zones");
  const zone = textAt(raw, "cloudflare.zone");
  return [
    ...(zone === undefined ? [] : [zone]),
    ...(Array.isArray(further) ? further.map((one: unknown) => textAt(one, "zone")) : []),
  ];
}
