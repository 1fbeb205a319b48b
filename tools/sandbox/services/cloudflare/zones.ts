/** `/zones` and `/accounts`: the zones and the one account of the sandbox. */
import { domainToUnicode } from "node:url";
import { Page, type Context, type Routes, type Zone } from "./api";

export function zoneRoutes({ accountId, zones }: Context): Routes {
  const account = { id: accountId, name: "Sandbox" };
  const view = ({ accountId: other, paused = false, type = "full", ...zone }: Zone) => ({
    // With letters of other scripts, as the vendor tells it.
    ...{ id: zone.id, name: domainToUnicode(zone.name), status: zone.status, type },
    account: other === undefined ? account : { id: other, name: "Another" },
    paused,
    name_servers: ["ns1.sandbox.invalid", "ns2.sandbox.invalid"],
    owner: { id: null, type: "user", email: null },
    plan: { id: "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", name: "Free Website" },
  });
  const readZone = { area: "Zone", level: "Read" } as const;
  const readAccount = { area: "Account Settings", level: "Read" } as const;
  return {
    // The list needs no right of its own: a token sees the zones that it may read.
    "GET /zones": {
      handle: ({ query }) => {
        const fits = ({ name, status }: Zone): boolean =>
          Object.entries({ name, status, "account.id": accountId }).every(
            ([key, value]) => (query.get(key) ?? value) === value,
          );
        return new Page(zones.filter(fits).map(view));
      },
    },
    "GET /zones/:zone": {
      permission: readZone,
      handle: ({ params }) => zones.filter(({ id }) => id === params.zone).map(view)[0],
    },
    "GET /zones/:zone/settings/ssl": {
      permission: { area: "Zone Settings", level: "Read" },
      handle: ({ params }) => ({
        ...{ id: "ssl", editable: true, modified_on: null },
        value: zones.find(({ id }) => id === params.zone)?.ssl ?? "strict",
      }),
    },
    "GET /accounts": { permission: readAccount, handle: () => new Page([account]) },
    "GET /accounts/:account": { permission: readAccount, handle: () => account },
  };
}
