/** `/certificates`: Origin CA. Certificates are really signed, so that a client can check the chain. */
import { isIP } from "node:net";
import { z } from "zod";
import { ApiError, Page, type Caller, type Context, type Routes } from "./api";
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
  const { state, zone } = context;
  const { certificates } = state.data;

  // The path names no zone: the right to the hosts is looked up in the token's policies.
  const requireRight = (caller: Caller, level: Permission["level"]) => {
    const right = { area: "SSL and Certificates", level } as const;
    const target = { accountId: context.accountId, zoneId: zone.id };
    const token = caller.owner ? undefined : state.data.tokens.find(({ id }) => id === caller.tokenId);
    if (!caller.owner && !allows(token?.policies ?? [], right, target)) {
      throw new ApiError(403, 1016, "The token is not authorized for Origin CA on this zone");
    }
  };
  const find = (id: string | undefined): OriginCertificate => {
    const certificate = certificates.find((other) => other.id === id);
    if (!certificate) throw new ApiError(404, 1101, "Failed to read certificate: it does not exist");
    return certificate;
  };

  return {
    "GET /certificates": {
      handle: ({ caller, query }) => {
        requireRight(caller, "Read");
        if (query.get("zone_id") !== zone.id) throw new ApiError(400, 1012, "zone_id is missing or unknown");
        return new Page(certificates.filter(({ revoked_at }) => !revoked_at));
      },
    },
    "POST /certificates": {
      handle: async (call) => {
        requireRight(call.caller, "Write");
        const { csr, hostnames, request_type, requested_validity } = call.body(creation);
        for (const hostname of hostnames) checkHostname(hostname, zone);
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
          expires_on: signed.expiresOn.toISOString(),
        };
        certificates.push(certificate);
        return certificate;
      },
    },
    "GET /certificates/:id": {
      handle: ({ caller, params }) => {
        requireRight(caller, "Read");
        return find(params.id);
      },
    },
    "DELETE /certificates/:id": {
      handle: ({ caller, params }) => {
        requireRight(caller, "Write");
        const certificate = find(params.id);
        certificate.revoked_at ??= new Date().toISOString();
        return { id: certificate.id, revoked_at: certificate.revoked_at };
      },
    },
  };
}

function checkHostname(hostname: string, zone: Context["zone"]): void {
  const bare = hostname.startsWith("*.") ? hostname.slice(2) : hostname;
  if (isIP(hostname) || bare.includes("*") || !/^[a-z0-9.-]+$/i.test(bare)) {
    throw new ApiError(400, 1010, `Failed to validate requested hostname ${hostname}: it is not a host name`);
  }
  if (zone.status !== "active") {
    throw new ApiError(
      400,
      1010,
      `Failed to validate requested hostname ${hostname}: zone ${zone.name} is pending`,
    );
  }
  if (bare !== zone.name && !bare.endsWith(`.${zone.name}`)) {
    throw new ApiError(
      400,
      1010,
      `Failed to validate requested hostname ${hostname}: this zone is either not part of your account, or you do not have access to it`,
    );
  }
}
