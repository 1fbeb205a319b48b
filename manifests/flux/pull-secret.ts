import { InputError } from "../files";
import { FLUX_SYSTEM } from "./objects";
import type { Manifest } from "../yaml";

/** How the controllers' images are pulled, in the words of `flux bootstrap`. */
export interface PullOptions {
  /** @default "ghcr.io/fluxcd" */
  readonly registry?: string;
  /** Secret in flux-system. */
  readonly imagePullSecret?: string;
  /** `user:password`, from which that Secret is made; left out, the Secret is somebody else's. */
  readonly registryCreds?: string;
}

/**
 * The Secret by which a private registry's images are pulled, as `flux bootstrap --registry-creds` makes it; undefined
 * without credentials.
 * @throws InputError that doesn't repeat the credentials
 */
export function pullSecret(options: PullOptions): Manifest | undefined {
  const { registry = "ghcr.io/fluxcd", imagePullSecret, registryCreds } = options;
  if (registryCreds === undefined || registryCreds === "") return undefined;
  if (!imagePullSecret)
    throw new InputError("registryCreds needs imagePullSecret: the name of the Secret that is made of them.");
  const [, username, password] = /^([^:]+):(.+)$/s.exec(registryCreds) ?? [];
  if (username === undefined || password === undefined)
    throw new InputError("registryCreds isn't in the form user:password.");
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  const [server = ""] = registry.split("/");
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: imagePullSecret, namespace: FLUX_SYSTEM },
    type: "kubernetes.io/dockerconfigjson",
    stringData: {
      ".dockerconfigjson": JSON.stringify({ auths: { [server]: { username, password, auth } } }),
    },
  };
}
