import { z } from "zod";
import { maxAge } from "./settings/blocks/max-age";
import * as field from "./settings/fields";
import { mapping } from "./settings/fields";
import type { Check } from "./settings/checks";
import { Environment, credential } from "./settings/references";
import { outsideZones } from "./settings/zones";

const RANGE = "an address range such as 192.168.1.240-192.168.1.250 or 192.168.1.240/28";
const NETWORK = "a network such as 192.168.1.0/24";

/** The homelab's own settings. */
export function homelab() {
  return mapping({
    parked: z
      .array(field.kubernetesName(), { error: "a list of services" })
      .default([])
      .describe("Services that are out of the cluster for now; their manifests stay in git."),
    email: field.email().describe("Address at Let's Encrypt."),
    addresses: z
      .array(field.text(/^[0-9.]+(-[0-9.]+|\/\d{1,2})$/, RANGE), { error: "a list of address ranges" })
      .min(1, { error: "at least one address range" })
      .describe("Addresses of the LAN that MetalLB gives to Services."),
    routes: z
      .array(field.text(/^[0-9.]+\/\d{1,2}$/, NETWORK), { error: "a list of networks" })
      .min(1, { error: "at least one network" })
      .describe("Networks that members of the tailnet reach through the cluster."),
    authentikHost: field.dnsName("auth.example.com").describe("Public hostname of authentik, in a zone."),
    mailHost: field.dnsName("mail.example.com").describe("Name that the mail server calls itself."),
    images: mapping({
      stalwart: field.image().default("stalwartlabs/stalwart:v0.16.17").describe("Mail server."),
      mcpProxmox: field.image().describe("MCP server for Proxmox."),
    }),
  });
}

/** Values of the patched Secrets. */
export function credentials(env: Environment) {
  const given = (what: string) => credential(env).describe(what);
  const generated = (what: string) =>
    credential(env).optional().describe(`${what} Left out: it is generated.`);
  return mapping({
    tailscaleClientId: given("OAuth client of the tailnet with the scopes Devices and Auth Keys."),
    tailscaleClientSecret: given("Its secret."),
    resendApiKey: given("API key of Resend, which sends the mails."),
    proxmoxUrl: given("Address of Proxmox' API."),
    proxmoxTokenId: given("API token of Proxmox: user@realm!name."),
    proxmoxTokenSecret: given("Its secret."),
    authentikSecretKey: generated("Key by which authentik signs."),
    authentikBootstrapPassword: generated("Password of akadmin at the first start."),
    stalwartAdminPassword: generated("Password of the mail server's administrator."),
  });
}

export function rotate() {
  const counter = () => field.number(1, 1_000_000).default(1);
  return mapping({
    authentikSecretKey: counter().describe("Ends all sessions."),
    authentikBootstrapPassword: counter().describe("Read at authentik's first start only."),
    stalwartAdminPassword: counter().describe("Password of the mail server's administrator."),
    maxAge: maxAge(["authentikSecretKey", "stalwartAdminPassword"]),
  })
    .prefault({})
    .describe("Raise a number by one to replace that credential.");
}

/** authentik's host lies in one of the zones. */
export const checkHost: Check = (raw, report) => {
  const outside = outsideZones(raw, "homelab.authentikHost");
  if (outside === undefined) return;
  const { label, zones } = outside;
  report("homelab.authentikHost", {
    allowed: `a name in the zone ${zones.join(" or ")} (handoff:cloudflare)`,
    hint: `For example ${label}.${zones[0]}`,
  });
};
