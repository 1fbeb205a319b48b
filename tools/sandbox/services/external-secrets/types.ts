/** The fields of External Secrets' API that the stand-in reads. */
import type { Conditions } from "../controllers/conditions";
import type { KubeObject } from "../controllers/cluster";

export const api = "/apis/external-secrets.io/v1";

export interface RemoteRef {
  readonly key: string;
  readonly property?: string;
  readonly version?: string;
  readonly decodingStrategy?: string;
  readonly metadataPolicy?: string;
}

export interface Template {
  readonly type?: string;
  readonly engineVersion?: string;
  readonly mergePolicy?: "Replace" | "Merge";
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly templateFrom?: readonly unknown[];
}

export interface ExternalSecret extends KubeObject {
  readonly spec: {
    readonly refreshInterval?: string;
    readonly refreshPolicy?: string;
    readonly secretStoreRef?: { readonly name?: string; readonly kind?: string };
    readonly target?: {
      readonly name?: string;
      readonly creationPolicy?: "Owner" | "Orphan" | "Merge" | "None";
      readonly deletionPolicy?: "Retain" | "Delete" | "Merge";
      readonly immutable?: boolean;
      readonly template?: Template;
    };
    readonly data?: readonly {
      readonly secretKey: string;
      readonly remoteRef: RemoteRef;
      readonly sourceRef?: unknown;
    }[];
    readonly dataFrom?: readonly {
      readonly extract?: RemoteRef;
      readonly find?: unknown;
      readonly rewrite?: readonly unknown[];
      readonly sourceRef?: unknown;
    }[];
  };
  readonly status?: {
    readonly conditions?: Conditions;
    readonly refreshTime?: string | null;
    readonly syncedResourceVersion?: string;
  };
}

export interface SecretKeySelector {
  readonly name?: string;
  readonly namespace?: string;
  readonly key?: string;
}

export interface SecretStore extends KubeObject {
  readonly spec: {
    readonly provider?: {
      readonly azurekv?: {
        readonly vaultUrl: string;
        readonly authType?: "ServicePrincipal" | "ManagedIdentity" | "WorkloadIdentity";
        readonly tenantId?: string;
        /** @default "PublicCloud" */
        readonly environmentType?: string;
        readonly customCloudConfig?: { readonly activeDirectoryEndpoint?: string };
        /** @default false */
        readonly useAzureSDK?: boolean;
        /** Client id of one of the nodes' identities. */
        readonly identityId?: string;
        readonly serviceAccountRef?: {
          readonly name: string;
          readonly namespace?: string;
          readonly audiences?: readonly string[];
        };
        readonly authSecretRef?: {
          readonly clientId?: SecretKeySelector;
          readonly clientSecret?: SecretKeySelector;
        };
      };
      readonly vault?: {
        readonly server: string;
        /** The mount. */
        readonly path?: string;
        /** @default "v2" */
        readonly version?: "v1" | "v2";
        readonly caProvider?: {
          readonly type: "Secret" | "ConfigMap";
          readonly name: string;
          readonly key?: string;
          readonly namespace?: string;
        };
        readonly auth?: {
          readonly tokenSecretRef?: SecretKeySelector;
          readonly kubernetes?: {
            /** @default "kubernetes" */
            readonly mountPath?: string;
            readonly role: string;
            readonly serviceAccountRef?: {
              readonly name: string;
              readonly namespace?: string;
              readonly audiences?: readonly string[];
            };
            readonly secretRef?: SecretKeySelector;
          };
        };
      };
    };
  };
  readonly status?: { readonly conditions?: Conditions };
}

export type AzureKeyVault = NonNullable<NonNullable<SecretStore["spec"]["provider"]>["azurekv"]>;
