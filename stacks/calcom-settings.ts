import { textAt, type Check } from "./settings/checks";
import * as field from "./settings/fields";
import { mapping } from "./settings/fields";
import { Environment, credential, type TextFault } from "./settings/references";
import { maxAge } from "./settings/blocks/max-age";
import { outsideZones } from "./settings/zones";

/** Cal.com's own settings. */
export function calcom() {
  return mapping({
    host: field.dnsName("cal.example.com").describe("Public hostname, in the zone."),
    emailFrom: field.email().describe("Sender of the mails."),
    emailServer: mapping({
      host: field
        .dnsName("smtp.example.com")
        .default("email-relay.email-relay.svc.cluster.local")
        .describe("Host."),
      port: field.number(1, 65535).default(25).describe("Port."),
    })
      .prefault({})
      .describe("SMTP relay."),
    images: mapping({
      calcom: field.image().default("calcom/cal.com:v6.1.3").describe("Cal.com."),
      postgres: field.image().default("postgres:16.4-alpine").describe("PostgreSQL."),
      keep: field
        .flag()
        .default(false)
        .describe("Leave the images as others set them in the repository, such as CI or image automation."),
    }).prefault({}),
    storageClass: field
      .anyText("the name of a StorageClass")
      .default("nfs-client")
      .describe("For the database."),
    storageSize: field.size().default("5Gi").describe("For the database."),
    ingressClass: field
      .anyText("the name of an IngressClass")
      .default("nginx")
      .describe("Ingress controller."),
    loadBalancerIP: field
      .ipAddress()
      .optional()
      .describe("Address in the LAN. Left out: there is no LoadBalancer Service."),
  });
}

/** Cal.com takes the text itself as a key of AES-256: another length fails when the first calendar is stored. */
function encryptionKeyFault(text: string): TextFault | undefined {
  const length = Buffer.byteLength(text);
  if (length === 32) return undefined;
  return {
    found: `a text of ${String(length)} bytes`,
    allowed: "32 characters, as `openssl rand -base64 24` gives",
  };
}

export function credentials(env: Environment) {
  return mapping({
    postgresPassword: credential(env).optional().describe("Password of the database."),
    nextauthSecret: credential(env).optional().describe("NEXTAUTH_SECRET."),
    calendsoEncryptionKey: credential(env, encryptionKeyFault)
      .optional()
      .describe("CALENDSO_ENCRYPTION_KEY: 32 characters."),
  })
    .prefault({})
    .describe("Values of an existing installation. Left out: they are generated.");
}

export function rotate() {
  const counter = () => field.number(1, 1_000_000).default(1);
  return mapping({
    postgresPassword: counter().describe("Password of the database, which a Job gives to its role."),
    nextauthSecret: counter().describe("Ends all sessions."),
    calendsoEncryptionKey: counter().describe("Makes stored credentials of calendars unreadable."),
    originCaToken: counter().describe("Cloudflare token of the Origin CA issuer."),
    certificates: counter().describe("Certificates of `cloudflare.certificates: direct`, and their keys."),
    maxAge: maxAge(["postgresPassword", "nextauthSecret"]),
  })
    .prefault({})
    .describe("Raise a number by one to replace that credential.");
}

/** The host lies in the zone. */
export const checkHost: Check = (raw, report) => {
  const outside = outsideZones(raw, "calcom.host", [textAt(raw, "cloudflare.zone")]);
  if (outside === undefined) return;
  const [zone] = outside.zones;
  report("calcom.host", {
    allowed: `a name in the zone ${zone} (handoff:cloudflare.zone)`,
    hint: `For example ${outside.label}.${zone}`,
  });
};
