import { z } from "zod";
import { DNS_NAME } from "../../../manifests/names";
import { admitsSomebody } from "../../../manifests/cloudflare/access";
import { at, type Check } from "../checks";
import * as field from "../fields";
import { mapping } from "../fields";

const WHO = "emails, emailDomains, groups, everyone: true, or serviceTokens";

function who() {
  const ids = (what: string) => z.array(field.uuid(), { error: `a list of ids of ${what}` }).optional();
  return {
    emails: z
      .array(field.email(), { error: "a list of e-mail addresses" })
      .optional()
      .describe("People by their addresses."),
    emailDomains: z
      .array(field.dnsName("example.com"), { error: "a list of domains" })
      .optional()
      .describe("All addresses of these domains."),
    groups: ids("Access groups").describe("Ids of Access groups."),
    everyone: field.flag().optional().describe("true: everybody who can sign in."),
    serviceTokens: ids("service tokens").describe("Ids of service tokens, for programs."),
    sessionDuration: field
      .duration()
      .optional()
      .describe("How long who signed in may come back. Left out: 24h."),
  };
}

/** Who may reach a host through Cloudflare Access. */
const accessRule = () => mapping(who()).refine(admitsSomebody, { error: `at least one of ${WHO}` });

/** The same as the program says it of a host, where what is guarded may be said, too. */
export const hostAccess = () =>
  mapping({
    ...who(),
    domain: field.text(/^[^\s/]+(\/\S*)?$/, "a hostname, or one with a path").optional(),
  }).refine(admitsSomebody, { error: `at least one of ${WHO}` });

const HOST = "a host of the stack, such as cal.example.com";

/** By hostname; a tunnel may have one for all names of a domain. */
export function accessRules() {
  const host = field.text(new RegExp(DNS_NAME.source.replace("^", String.raw`^(\*\.)?`)), HOST);
  const error = ({ code }: { readonly code: string }): string =>
    code === "invalid_key" ? HOST : "a mapping from hosts to who may reach them";
  return z
    .record(host, accessRule(), { error })
    .optional()
    .describe(
      "Hosts that Cloudflare Access guards, and who may reach each. Takes Account / Access: Apps and Policies / Edit.",
    );
}

export function teamName() {
  return field
    .text(
      /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i,
      "the name alone of the Zero Trust organization, which stands before .cloudflareaccess.com",
    )
    .optional()
    .describe(
      "Name of the Zero Trust organization, by which the tunnel refuses what didn't pass Access: dashboard, Zero Trust, Settings. Needed with `access` and a tunnel, unless that is locally managed.",
    );
}

export const checkAccess: Check = (raw, report) => {
  const access = at(raw, "cloudflare.access");
  if (access === undefined || at(raw, "cloudflare.tunnel") === undefined) return;
  // Its rules are in git, and know nothing of applications.
  if (at(raw, "cloudflare.tunnel.managed") === "local") return;
  if (at(raw, "cloudflare.teamName") === undefined)
    report("cloudflare.teamName", {
      allowed: "the name of the Zero Trust organization, since cloudflare.access guards hosts of a tunnel",
    });
};
