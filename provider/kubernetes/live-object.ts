/** A Kubernetes object as the API serves it. */
export interface LiveObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: Metadata;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** Of any object. */
export interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly uid?: string;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  /** Who set which fields (by name, never with a value), and when. */
  readonly managedFields?: readonly {
    readonly manager?: string;
    readonly operation?: string;
    /** `status` or `scale`, where it was that alone which was set. */
    readonly subresource?: string;
    readonly time?: string;
    readonly fieldsV1?: object;
  }[];
}

/** Which object is meant. */
export interface Reference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}
