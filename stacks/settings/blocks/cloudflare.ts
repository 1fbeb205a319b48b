import { z } from "zod";
import { INGRESS_SERVICE } from "../../../manifests/cloudflare/host-rule";
import { ORIGIN_CA_DAYS } from "../../../manifests/cloudflare/origin-certificate";
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
