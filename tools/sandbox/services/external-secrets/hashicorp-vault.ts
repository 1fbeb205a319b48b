/** The store of kind `vault`: signs in to Vault, and reads KV version 2. */
import { ApiError } from "../../../../provider/kubernetes/kubernetes-api";
import type { Cluster, KubeObject } from "../controllers/cluster";
import { MissingSecretError, property, type Provider, text } from "./provider";
import { readKey, referenceNamespace } from "./references";
import type { RemoteRef, SecretStore } from "./types";

export type VaultStore = NonNullable<NonNullable<SecretStore["spec"]["provider"]>["vault"]>;

/** @throws Error for what keeps the store from signing in, in the operator's or in Vault's words */
export async function connectVault(
  cluster: Cluster,
  store: SecretStore,
  vault: VaultStore,
  standIn: string | undefined,
): Promise<Provider> {
  if ((vault.version ?? "v2") !== "v2")
    throw new Error(`the sandbox's Vault has KV version 2 only, not ${vault.version ?? ""}`);
  await checkAuthority(cluster, store, vault);
  const server = await reachable(cluster, vault.server, standIn);
  const token = await signIn(cluster, store, vault, server);
  const lookup = await request(server, "auth/token/lookup-self", { token });
  if (lookup.status !== 200) throw new Error(`invalid vault credentials: ${wordsOf(lookup)}`);
  return reader(server, vault.path, token);
}

/** A certificate that the store names has to be there, though the stand-in is reached without TLS. */
async function checkAuthority(
  cluster: Cluster,
  store: SecretStore,
  { caProvider }: VaultStore,
): Promise<void> {
  if (caProvider === undefined) return;
  const { type, name, key = "" } = caProvider;
  const namespace = referenceNamespace(store, caProvider, "caProvider");
  let certificate: string | undefined;
  if (type === "Secret") certificate = await readKey(cluster, namespace, { name, key });
  else {
    const map = await cluster.get<KubeObject & { readonly data?: Readonly<Record<string, string>> }>(
      `/api/v1/namespaces/${namespace}/configmaps/${name}`,
    );
    certificate = map?.data?.[key];
  }
  if (!certificate?.includes("-----BEGIN CERTIFICATE-----")) {
    throw new Error(`failed to get cert from ${type}: no certificate in ${namespace}/${name} under ${key}`);
  }
}

/**
 * The address as seen from this process. A Service's name leads to the stand-in while the cluster has that Service:
 * behind it are pods that are only simulated.
 */
async function reachable(cluster: Cluster, server: string, standIn: string | undefined): Promise<string> {
  const { hostname } = new URL(server);
  const [, name, namespace] = /^([^.]+)\.([^.]+)\.svc(?:\.cluster\.local)?$/.exec(hostname) ?? [];
  if (name === undefined || namespace === undefined) return server.replace(/\/+$/, "");
  const service = await cluster.get(`/api/v1/namespaces/${namespace}/services/${name}`);
  if (service === undefined) throw new Error(`dial tcp: lookup ${hostname}: no such host`);
  if (!standIn)
    throw new Error(`dial tcp: ${hostname}: connection refused (the sandbox's Vault doesn't run)`);
  return standIn;
}

async function signIn(
  cluster: Cluster,
  store: SecretStore,
  { auth = {} }: VaultStore,
  server: string,
): Promise<string> {
  const { tokenSecretRef, kubernetes } = auth;
  if (tokenSecretRef !== undefined) {
    const namespace = referenceNamespace(store, tokenSecretRef, "auth.tokenSecretRef");
    return (await readKey(cluster, namespace, tokenSecretRef)).trim();
  }
  if (kubernetes === undefined)
    throw new Error("no valid auth method specified: the sandbox has kubernetes and tokenSecretRef");
  const { mountPath = "kubernetes", role, serviceAccountRef, secretRef } = kubernetes;
  let jwt: string;
  if (serviceAccountRef !== undefined) {
    const namespace = referenceNamespace(store, serviceAccountRef, "auth.kubernetes.serviceAccountRef");
    try {
      jwt = await cluster.requestToken(namespace, serviceAccountRef.name, serviceAccountRef.audiences);
    } catch (error) {
      if (error instanceof ApiError)
        throw new Error(
          `cannot request Kubernetes service account token for service account "${serviceAccountRef.name}": ${error.message}`,
          { cause: error },
        );
      throw error;
    }
  } else if (secretRef !== undefined) {
    const namespace = referenceNamespace(store, secretRef, "auth.kubernetes.secretRef");
    jwt = await readKey(cluster, namespace, { key: "token", ...secretRef });
  } else throw new Error("auth.kubernetes: the sandbox wants serviceAccountRef or secretRef");
  const login = await request(server, `auth/${mountPath}/login`, { body: { role, jwt } });
  const token = login.body.auth?.client_token;
  if (login.status !== 200 || token === undefined) {
    throw new Error(`unable to log in with Kubernetes auth: ${wordsOf(login)}`);
  }
  return token;
}

/** @param path the mount, when the store names one; else it is the first part of a key */
function reader(server: string, path: string | undefined, token: string): Provider {
  const whole = async (ref: RemoteRef): Promise<Readonly<Record<string, unknown>>> => {
    const query = ref.version === undefined ? "" : `?version=${encodeURIComponent(ref.version)}`;
    const answer = await request(server, dataPath(path, ref.key) + query, { token });
    if (answer.status === 404) throw new MissingSecretError();
    const found = answer.body.data?.data;
    if (answer.status !== 200) throw new Error(`cannot read secret data from Vault: ${wordsOf(answer)}`);
    if (found === undefined || found === null) throw new MissingSecretError();
    return found;
  };
  return {
    read: async (ref) => {
      const data = await whole(ref);
      if (ref.property === undefined) return JSON.stringify(data);
      const found = property(data, ref.property);
      if (found === undefined) throw new Error(`cannot find secret data for key: "${ref.property}"`);
      return found;
    },
    extract: async (ref) =>
      Object.fromEntries(Object.entries(await whole(ref)).map(([key, value]) => [key, text(value)])),
  };
}

/** `kv` and `sso/app` → `kv/data/sso/app`; a key may have the mount and `data` in it already. */
export function dataPath(mount: string | undefined, key: string): string {
  if (mount === undefined || mount === "") {
    if (key.includes("/data/")) return key;
    const [first = "", ...rest] = key.split("/");
    return [first, "data", ...rest].join("/");
  }
  const below = key.startsWith(`${mount}/`) ? key.slice(mount.length + 1) : key;
  return `${mount}/data/${below.replace(/^data\//, "")}`;
}

interface Answer {
  readonly status: number;
  readonly line: string;
  readonly body: {
    readonly errors?: readonly string[];
    readonly data?: { readonly data?: Readonly<Record<string, unknown>> | null } | null;
    readonly auth?: { readonly client_token?: string } | null;
  };
}

async function request(
  server: string,
  path: string,
  { token, body }: { readonly token?: string; readonly body?: object },
): Promise<Answer> {
  const method = body === undefined ? "GET" : "PUT";
  const url = `${server}/v1/${path}`;
  const headers = token === undefined ? undefined : { "x-vault-token": token };
  let response: Response;
  try {
    response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  } catch (error) {
    throw new Error(`${method} "${url}": dial tcp ${new URL(url).host}: connect: connection refused`, {
      cause: error,
    });
  }
  const answer = await response.text();
  const parsed = (answer.startsWith("{") ? JSON.parse(answer) : {}) as Answer["body"];
  return { status: response.status, line: `${method} ${url}`, body: parsed };
}

/** As Vault's own client tells a failure. */
const wordsOf = ({ status, line, body }: Answer): string =>
  `Error making API request.\n\nURL: ${line}\nCode: ${status}. Errors:\n\n${(body.errors ?? []).map((error) => `* ${error}`).join("\n")}`;
