import { z } from "zod";
import { INGRESS_SERVICE } from "../../../manifests/cloudflare/host-rule";
import { networkOf } from "../../../manifests/cloudflare/network";
import { ORIGIN_CA_DAYS, TOKEN_DAYS } from "../../../manifests/cloudflare/origin-certificate";
import { accessRules, checkAccess, teamName } from "./access";
import { at, type Check } from "../checks";
import { NOTHING } from "../faults";
import * as field from "../fields";
import { choice, mapping } from "../fields";
import { Environment, credential } from "../references";

/** A tunnel to create or to use, and where it sends the requests. */
function tunnel() {
  return choice(
    {
      name: field.kubernetesName().describe("Name of a tunnel to create, or with adopt of one to use."),
      id: field.uuid().describe("Id of an existing tunnel, which is never changed nor deleted."),
    },
    {
      adopt: field
        .flag()
        .optional()
        .describe(
          "true: the existing tunnel of that name is used, as one by its id. Left out: one is created.",
        ),
      routes: z
        .array(field.network(), { error: "a list of networks" })
        .refine((networks) => new Set(networks).size === networks.length, { error: "each network once" })
        .optional()
        .describe(
          "Private networks that WARP clients reach through the tunnel, in the account's default virtual network. cloudflared must be able to reach them.",
        ),
      managed: field
        .oneOf(["cloudflare", "local"])
        .default("cloudflare")
        .describe(
          "Who keeps the tunnel's rules: Cloudflare, or cloudflared's config.yaml in the flux repository.",
        ),
      configMap: field
        .repositoryPath()
        .optional()
        .describe("Locally managed: file of the ConfigMap with config.yaml, in the flux repository."),
      service: field
        .text(/^https?:\/\/[^\s/]+$/, "http:// or https:// with a host and a port, without a path")
        .default(INGRESS_SERVICE)
        .describe("Where cloudflared sends the requests: the cluster's ingress controller."),
      rotate: field
        .number(1, 1_000_000)
        .optional()
        .describe(
          "Raise it by one to give a tunnel of the stack another secret, and its connectors the token of it.",
        ),
      caPool: field
        .text(/^\//, "an absolute path inside the cloudflared container")
        .optional()
        .describe("CA bundle for the origin's certificate. Not needed for Origin CA certificates."),
    },
  );
}

/** The token of the Origin CA issuer: how one is made, or one that others have made. */
function originCaToken(env: Environment) {
  return mapping({
    days: field
      .number(TOKEN_DAYS.least, TOKEN_DAYS.most)
      .optional()
      .describe(
        "Days for which it is good. The first `up` in the last third makes another one, which a preview says; the former is revoked once all live by the new one. Left out: it has no end.",
      ),
    addresses: z
      .array(
        z.string({ error: CIDR }).refine((text) => networkOf(text) !== undefined, { error: CIDR }),
        {
          error: "a list of networks, as [203.0.113.0/24]",
        },
      )
      .min(1, { error: "a list of networks, as [203.0.113.0/24]" })
      .optional()
      .describe(
        "The only networks from which it is good: those that the cluster goes out by. Left out: any. From elsewhere `up` can't prove it, and says so.",
      ),
    value: credential(env)
      .optional()
      .describe(
        "A token of yours with Zone / SSL and Certificates / Edit, in place of one that the program makes: it is used as it is and never revoked, and apiToken needs no right to make API tokens.",
      ),
  });
}

const CIDR = "a network such as 203.0.113.0/24 or 2001:db8::/48";

function account(env: Environment) {
  return {
    accountId: field.cloudflareId("dashboard, account home, copy account ID").describe("Account."),
    zoneId: field
      .cloudflareId("dashboard, zone overview, API section")
      .describe("Zone of the app's hostname."),
    zone: field.dnsName("example.com").describe("Name of the zone."),
    zones: z
      .array(
        mapping({
          zone: field.dnsName("example.org").describe("Name of the zone."),
          zoneId: field.cloudflareId("dashboard, zone overview, API section").describe("Id of the zone."),
        }),
        { error: "a list of zone and zoneId" },
      )
      .optional()
      .describe(
        "Further zones of hosts. A tunnel takes those of its own account, records that lead to an address any.",
      ),
    adopt: z
      .array(field.dnsName("cal.example.com"), { error: "a list of hosts" })
      .optional()
      .describe(
        "Hosts whose DNS records others made: this stack's records take their place. Without it `up` stops at them.",
      ),
    access: accessRules(),
    teamName: teamName(),
    apiToken: credential(env).describe(
      "Token with Account / Cloudflare Tunnel / Edit, Zone / Zone / Read, Zone / DNS / Edit, and the right to make API tokens.",
    ),
    tokenOwner: field
      .oneOf(["account", "user"])
      .default("account")
      .describe("Owner of the Origin CA token: the account, or the user whose apiToken it is."),
    originCaToken: originCaToken(env)
      .optional()
      .describe(
        "The issuer's token, where it isn't one that the program makes without an end: one that is renewed in time, or one of yours.",
      ),
    certificates: field
      .oneOf(["issuer", "direct"])
      .default("issuer")
      .describe(
        "Who has certificates of Cloudflare's Origin CA signed: the issuer in the cluster, by cert-manager; or this program, which keeps them as its other secrets and takes Zone / SSL and Certificates / Edit.",
      ),
    certificateDays: z
      .literal([...ORIGIN_CA_DAYS], { error: `one of ${ORIGIN_CA_DAYS.join(", ")}` })
      .default(5475)
      .describe(
        "Days for which direct certificates are good: 7, 30, 90, 365, 730, 1095 or 5475. The first `up` in the last third makes another one.",
      ),
  };
}

/** The account, the zone, and the tunnel by which the apps are reached. */
export function cloudflare(env: Environment) {
  return mapping({ ...account(env), tunnel: tunnel() });
}

/** The same for apps that are reached by a tunnel, or by records that lead to the cluster's own address. */
export function cloudflareOrAddress(env: Environment) {
  const address = z
    .union([field.ipAddress(), field.dnsName("ingress.example.com")], {
      error: "an IP address, or the DNS name of the ingress controller's address",
    })
    .describe("Public address of the ingress controller, for records in place of a tunnel.");
  return choice({ tunnel: tunnel(), address }, account(env));
}

export type CloudflareSettings = z.output<ReturnType<typeof cloudflareOrAddress>>;

/** The tunnel's settings, and those of Access. */
export const checkTunnel: Check = (raw, report) => {
  checkAccess(raw, report);
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
  const byId = at(raw, "cloudflare.tunnel.id") !== undefined;
  const adopted = at(raw, "cloudflare.tunnel.adopt") === true;
  if ((byId || adopted) && at(raw, "cloudflare.tunnel.rotate") !== undefined) {
    report("cloudflare.tunnel.rotate", {
      allowed: `${NOTHING}, with ${byId ? "the id of an existing tunnel" : "an existing tunnel"}: the stack leaves its secret as it is`,
    });
  }
  if (byId && at(raw, "cloudflare.tunnel.adopt") !== undefined) {
    report("cloudflare.tunnel.adopt", {
      allowed: `${NOTHING}, with an id: the tunnel is an existing one in any case`,
    });
  }
};

/** A token of one's own has its end and its addresses already, and with direct certificates there is none. */
export const checkOriginCaToken: Check = (raw, report) => {
  const path = "cloudflare.originCaToken";
  const given = at(raw, path);
  if (given === undefined) return;
  if (at(raw, "cloudflare.certificates") === "direct") {
    report(path, { allowed: `${NOTHING}, with certificates: direct, which take no token` });
    return;
  }
  if (at(raw, `${path}.value`) === undefined) return;
  for (const name of ["days", "addresses"])
    if (at(raw, `${path}.${name}`) !== undefined)
      report(`${path}.${name}`, { allowed: `${NOTHING}, beside value: your token has its own` });
};
