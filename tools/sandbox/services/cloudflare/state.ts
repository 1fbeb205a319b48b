/** What the Cloudflare stand-in keeps. */
import type { Authorities } from "./authority";
import type { Policy } from "./permissions";

export interface Tunnel {
  readonly id: string;
  name: string;
  readonly config_src: "local" | "cloudflare";
  tunnel_secret: string;
  readonly created_at: string;
  deleted_at: string | null;
  configuration?: Configuration;
  /** Connections of cloudflared; set by `/__connections`. */
  connections?: number;
  /** Of connectors that stopped: milliseconds since the epoch, until which they are still shown. */
  connectionsUntil?: number;
}

export interface Configuration {
  readonly version: number;
  readonly config: Readonly<Record<string, unknown>>;
  readonly source: "local" | "cloudflare";
  readonly created_at: string;
}

export interface DnsRecord {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly content: string;
  readonly ttl: number;
  readonly proxied: boolean;
  readonly priority?: number;
  readonly comment: string | null;
  readonly tags: readonly string[];
  readonly meta?: { readonly managed_by_apps?: boolean };
  readonly created_on: string;
  readonly modified_on: string;
}

export interface Token {
  readonly id: string;
  /** A token of the user or of the account; each is found under its own path only. */
  readonly kind: "user" | "account";
  name: string;
  status: "active" | "disabled";
  policies: readonly Policy[];
  condition?: unknown;
  not_before?: string;
  expires_on?: string;
  readonly issued_on: string;
  modified_on: string;
  value: string;
}

export interface OriginCertificate {
  readonly id: string;
  readonly certificate: string;
  readonly csr: string;
  readonly hostnames: readonly string[];
  readonly request_type: string;
  readonly requested_validity: number;
  readonly expires_on: string;
  revoked_at?: string;
}

/** An application of Access, as it was asked for. */
export interface AccessApplication {
  readonly id: string;
  readonly aud: string;
  readonly name: string;
  readonly domain: string;
  readonly type: string;
  readonly session_duration: string;
  readonly app_launcher_visible: boolean;
  readonly policies: readonly { readonly name: string; readonly decision: string }[];
  readonly created_at: string;
  readonly updated_at: string;
}

export interface PrivateRoute {
  readonly id: string;
  network: string;
  tunnel_id: string;
  comment: string;
  virtual_network_id: string;
  readonly created_at: string;
  deleted_at: string | null;
}

export interface CloudflareState {
  tunnels: Tunnel[];
  records: DnsRecord[];
  tokens: Token[];
  certificates: OriginCertificate[];
  applications: AccessApplication[];
  routes: PrivateRoute[];
  /** What signs Origin CA certificates, made at the first start. */
  authorities?: Authorities;
}

export function emptyState(): CloudflareState {
  return { tunnels: [], records: [], tokens: [], certificates: [], applications: [], routes: [] };
}
