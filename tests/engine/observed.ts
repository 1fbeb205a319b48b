/** What the tests see from outside. */
/** A Kubernetes object as `kubectl get -o json` shows it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly { readonly manager: string; readonly operation: string }[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
  readonly status?: {
    readonly conditions?: readonly { type: string; status: string; message?: string }[];
    readonly lastAppliedRevision?: string;
  };
}

export interface Rule {
  readonly hostname?: string;
  readonly service: string;
  readonly originRequest?: Readonly<Record<string, unknown>>;
}

/** What the Cloudflare stand-in shows; secret values as their SHA-256. */
export interface CloudflareState {
  readonly tunnels: readonly {
    readonly id: string;
    readonly name: string;
    readonly config_src: string;
    readonly deleted_at: string | null;
    readonly tunnel_secret: string;
    readonly configuration?: {
      readonly version: number;
      readonly config: { readonly ingress: readonly Rule[] };
    };
  }[];
  readonly records: readonly {
    readonly id: string;
    readonly name: string;
    readonly type: string;
    readonly content: string;
    readonly proxied: boolean;
  }[];
  readonly tokens: readonly {
    readonly id: string;
    readonly name: string;
    readonly value: string;
    readonly policies: readonly unknown[];
  }[];
  readonly certificates: readonly {
    readonly id: string;
    readonly hostnames: readonly string[];
    readonly revoked_at?: string;
  }[];
}

/** True for an object whose controller reports it Ready. */
export function isReady({ status }: KubeObject): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") === true;
}

export const base64 = (text: string): Buffer => Buffer.from(text, "base64");
