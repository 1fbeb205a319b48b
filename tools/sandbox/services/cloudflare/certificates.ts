/** `/certificates`: Origin CA. Certificates are really signed, so that a client can check the chain. */
import { isIP } from "node:net";
import { z } from "zod";
import { ApiError, Page, type Caller, type Context, type Routes, type Zone } from "./api";
import { isRequest, sign } from "./authority";
import { allows, type Permission } from "./permissions";
import type { OriginCertificate } from "./state";

const validities = [7, 30, 90, 365, 730, 1095, 5475];
const creation = z.object({
  csr: z.string().min(1),
  hostnames: z.array(z.string()).min(1),
  request_type: z.enum(["origin-rsa", "origin-ecc", "keyless-certificate"]),
  requested_validity: z.number().default(5475),
});

export function certificateRoutes(context: Context): Routes {
  const { state, zones } = context;
  const { certificates } = state.data;

  // The path names no zone: the right to the hosts' zones is looked up in the token's policies.
  const requireRight = (caller: Caller, level: Permission["level"], of: readonly Zone[]) => {
    if (caller.owner) return;
    const right = { area: "SSL and Certificates", level } as const;
    const policies = state.data.tokens.find(({ id }) => id === caller.tokenId)?.policies ?? [];
    const allowed = of.every(({ id }) =>
      allows(policies, right, { accountId: context.accountId, zoneId: id }),
    );
    if (!allowed) throw new ApiError(403, 1016, "User is not authorized to perform this action");
  };
  const zonesOf = (hostnames: readonly string[]): Zone[] => [
    ...new Set(hostnames.map((hostname) => zoneOf(hostname, zones))),
  ];
  const find = (id: string | undefined): OriginCertificate => {
    const certificate = certificates.find((other) => other.id === id);
    if (!certificate) throw new ApiError(404, 1101, "Failed to read certificate: it does not exist");
    return certificate;
  };

  return {
    "GET /certificates": {
      handle: ({ caller, query }) => {
        const zone = zones.find(({ id }) => id === query.get("zone_id"));
        if (zone === undefined) throw new ApiError(400, 1012, "zone_id is missing or unknown");
        requireRight(caller, "Read", [zone]);
        return new Page(
          certificates.filter(
            ({ revoked_at, hostnames }) => !revoked_at && zonesOf(hostnames).includes(zone),
          ),
        );
      },
    },
    "POST /certificates": {
      handle: async (call) => {
        const { csr, hostnames, request_type, requested_validity } = call.body(creation);
        requireRight(call.caller, "Write", zonesOf(hostnames));
        if (!validities.includes(requested_validity)) {
          throw new ApiError(400, 1004, `requested_validity must be one of ${validities.join(", ")} days`);
        }
        if (!(await isRequest(csr))) {
          throw new ApiError(400, 1005, "Failed to parse the certificate signing request");
        }
        // The type is the authority's signature; the request's own key may be of the other kind.
        const kind = request_type === "origin-rsa" ? "rsa" : "ecc";
        const signed = await sign(context.authorities, kind, csr, hostnames, requested_validity);
        const certificate: OriginCertificate = {
          id: signed.id,
          certificate: signed.certificate,
          csr,
          hostnames,
          request_type,
          requested_validity,
          // As Go writes a time.
          expires_on: signed.expiresOn.toISOString().replace(/T(.*)\.\d+Z$/, " $1 +0000 UTC"),
        };
        certificates.push(certificate);
        return certificate;
      },
    },
    "GET /certificates/:id": {
      handle: ({ caller, params }) => {
        const certificate = find(params.id);
        requireRight(caller, "Read", zonesOf(certificate.hostnames));
        return certificate;
      },
    },
    "DELETE /certificates/:id": {
      handle: ({ caller, params }) => {
        const certificate = find(params.id);
        requireRight(caller, "Write", zonesOf(certificate.hostnames));
        certificate.revoked_at ??= new Date().toISOString();
        return { id: certificate.id, revoked_at: certificate.revoked_at };
      },
    },
  };
}

/** The zone that signs for a host. @throws ApiError for one that none does */
function zoneOf(hostname: string, zones: readonly Zone[]): Zone {
  const refuse = (why: string) =>
    new ApiError(400, 1010, `Failed to validate requested hostname ${hostname}: ${why}`);
  const bare = hostname.startsWith("*.") ? hostname.slice(2) : hostname;
  if (isIP(hostname) || bare.includes("*") || !/^[a-z0-9.-]+$/i.test(bare))
    throw refuse("it is not a host name");
  const zone = zones
    .filter(({ name }) => bare === name || bare.endsWith(`.${name}`))
    .sort((a, b) => b.name.length - a.name.length)[0];
  if (zone === undefined)
    throw refuse("this zone is either not part of your account, or you do not have access to it");
  if (zone.status !== "active") throw refuse(`zone ${zone.name} is pending`);
  return zone;
}
