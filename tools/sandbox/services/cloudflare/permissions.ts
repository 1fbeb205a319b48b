/** The permission groups that the stand-in knows, and what a minted token may do with them. */

type Scope = "com.cloudflare.api.account" | "com.cloudflare.api.account.zone" | "com.cloudflare.api.user";

export interface PermissionGroup {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
}

export interface Permission {
  readonly area:
    | "SSL and Certificates"
    | "DNS"
    | "Zone"
    | "Zone Settings"
    | "Cloudflare Tunnel"
    | "API Tokens"
    | "Account API Tokens"
    | "Account Settings"
    | "Access: Apps and Policies"
    | "Access: Organizations, Identity Providers, and Groups";
  readonly level: "Read" | "Write";
}

export interface Policy {
  readonly id: string;
  readonly effect: "allow" | "deny";
  readonly permission_groups: readonly { readonly id: string }[];
  /** Resource to `*`, or an account to the zones within it. */
  readonly resources: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

const account = "com.cloudflare.api.account";
const zone = "com.cloudflare.api.account.zone";
const user = "com.cloudflare.api.user";

export const permissionGroups: readonly PermissionGroup[] = [
  { id: "c03055bc037c4ea9afb9a9f104b7b721", name: "SSL and Certificates Write", scopes: [zone] },
  { id: "7b7216b327b04b8fbc8f524e1f9b7531", name: "SSL and Certificates Read", scopes: [zone] },
  { id: "4755a26eedb94da69e1066d98aa820be", name: "DNS Write", scopes: [zone] },
  { id: "82e64a83756745bbbb1c9c2701bf816b", name: "DNS Read", scopes: [zone] },
  { id: "c8fed203ed3043cba015a93ad1616f1f", name: "Zone Read", scopes: [zone] },
  { id: "517b21aee92c4d89936c976ba6e4be55", name: "Zone Settings Read", scopes: [zone] },
  { id: "3030687196b94b638145a3953da2b699", name: "Zone Settings Write", scopes: [zone] },
  { id: "c07321b023e944ff818fec44d8203567", name: "Cloudflare Tunnel Write", scopes: [account] },
  { id: "efea2ab8357b47888938f101ae5e053f", name: "Cloudflare Tunnel Read", scopes: [account] },
  { id: "5bc3f8b21c554832afc660159ab75fa4", name: "Account API Tokens Write", scopes: [account] },
  { id: "eb56a6953c034b9d97dd838155666f06", name: "Account API Tokens Read", scopes: [account] },
  { id: "686d18d5ac6c441c867cbf6771e58a0a", name: "API Tokens Write", scopes: [user] },
  { id: "0cc3a61731504c89b99ec1be78b77aa0", name: "API Tokens Read", scopes: [user] },
  { id: "c1fde68c7bcc44588cbb6ddbc16d6480", name: "Account Settings Read", scopes: [account] },
  { id: "1e13c5124ca64b72b1969a67e8829049", name: "Access: Apps and Policies Write", scopes: [account] },
  { id: "7ea222f6d5064cfa89ea366d7c1fee89", name: "Access: Apps and Policies Read", scopes: [account] },
  {
    id: "26bc23f853634eb4bff59983b9064fde",
    name: "Access: Organizations, Identity Providers, and Groups Read",
    scopes: [account],
  },
];

/** Whether the policies allow the permission on the account or, when a zone is named, on that zone. */
export function allows(
  policies: readonly Policy[],
  permission: Permission,
  target: { readonly accountId: string; readonly zoneId?: string },
): boolean {
  const applying = policies.filter((policy) => grants(policy, permission) && covers(policy, target));
  return applying.length > 0 && applying.every((policy) => policy.effect === "allow");
}

function grants(policy: Policy, { area, level }: Permission): boolean {
  const names = level === "Read" ? [`${area} Read`, `${area} Write`] : [`${area} Write`];
  const ids = permissionGroups.filter((group) => names.includes(group.name)).map((group) => group.id);
  return policy.permission_groups.some((group) => ids.includes(group.id));
}

function covers(policy: Policy, target: { readonly accountId: string; readonly zoneId?: string }): boolean {
  const accounts = [`${account}.*`, `${account}.${target.accountId}`];
  // There is one user, whose own tokens these are.
  if (Object.keys(policy.resources).some((resource) => resource.startsWith(`${user}.`))) {
    return target.zoneId === undefined;
  }
  const wanted = target.zoneId ? [`${zone}.*`, `${zone}.${target.zoneId}`] : accounts;
  return Object.entries(policy.resources).some(([resource, within]) => {
    if (typeof within === "string") return wanted.includes(resource);
    return accounts.includes(resource) && Object.keys(within).some((key) => wanted.includes(key));
  });
}
