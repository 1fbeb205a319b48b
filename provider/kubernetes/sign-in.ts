import type { KubeConfig } from "@kubernetes/client-node";
import { readFile } from "node:fs/promises";
import type { OutgoingHttpHeaders } from "node:http";
import type { RequestOptions } from "node:https";
import { parse } from "yaml";
import { UserError } from "../plugin/handler";
import { throughEnvironmentProxy } from "./environment-proxy";
import { connectionFault } from "./kubernetes-api";

/** How to reach a cluster: the text of a kubeconfig and the context in it. */
export interface ClusterConnection {
  readonly kubeconfig: string;
  /** @default the kubeconfig's current context */
  readonly context?: string;
}

/** What of a user kubectl and Pulumi's own provider go by, and the official client passes over. */
interface User {
  /** Read at each request: whoever writes it rotates the token. */
  readonly tokenFile?: string;
  readonly "as-uid"?: string;
  readonly "as-groups"?: readonly string[] | null;
  readonly "as-user-extra"?: Readonly<Record<string, readonly string[]>> | null;
  readonly exec?: Plugin | null;
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins */
interface Plugin {
  readonly apiVersion?: string;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly provideClusterInfo?: boolean;
}

/** The sign-in of a kubeconfig's user, as Go's client has it. */
export class SignIn {
  private constructor(
    /** Address of the API server. */
    readonly server: string,
    private loaded: KubeConfig,
    private readonly load: () => KubeConfig,
    private readonly user: User,
  ) {}

  /** @throws UserError when the kubeconfig can't be used. */
  static async of({ kubeconfig, context }: ClusterConnection): Promise<SignIn> {
    // Loaded on first use: most runs need no cluster.
    const { KubeConfig: Config } = await import("@kubernetes/client-node");
    const read = (): KubeConfig => {
      const config = new Config();
      try {
        config.loadFromString(kubeconfig);
      } catch (error) {
        throw new UserError(`the kubeconfig can't be read: ${connectionFault(error)}`);
      }
      return config;
    };
    const prepared = (config: KubeConfig): KubeConfig => {
      if (context !== undefined) config.setCurrentContext(context);
      throughEnvironmentProxy(config);
      tellPlugin(config);
      return config;
    };
    const known = read();
    const contexts = known.getContexts().map(({ name }) => name);
    if (context !== undefined && !contexts.includes(context))
      throw new UserError(`the kubeconfig has no context '${context}'; it has ${contexts.join(", ")}`);
    const config = prepared(known);
    const server = config.getCurrentCluster()?.server;
    if (server === undefined) throw new UserError("the kubeconfig names no cluster for its current context");
    const { users } = parse(kubeconfig) as {
      readonly users?: readonly { name?: string; user?: User | null }[];
    };
    const name = config.getCurrentUser()?.name;
    const user = users?.find((one) => one.name === name)?.user ?? {};
    return new SignIn(server.replace(/\/$/, ""), config, () => prepared(read()), user);
  }

  get config(): KubeConfig {
    return this.loaded;
  }

  /** Certificates and headers of a request. */
  async options(): Promise<RequestOptions> {
    const options: RequestOptions = {};
    await this.loaded.applyToHTTPSOptions(options);
    const token = await this.tokenOfFile();
    const headers: OutgoingHttpHeaders = {
      ...(options.headers as OutgoingHttpHeaders | undefined),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...impersonation(this.user),
    };
    return { ...options, headers };
  }

  /**
   * To be called when a sign-in was refused. True when a plugin may have another one: the former may have been taken back
   * before its time, and counts as good until then.
   */
  renew(): boolean {
    if (this.user.exec === undefined || this.user.exec === null) return false;
    this.loaded = this.load();
    return true;
  }

  private async tokenOfFile(): Promise<string | undefined> {
    const { tokenFile } = this.user;
    if (tokenFile === undefined || tokenFile === "") return undefined;
    try {
      return (await readFile(tokenFile, "utf8")).trim();
    } catch (error) {
      throw new UserError(`the kubeconfig's tokenFile can't be read: ${connectionFault(error)}`);
    }
  }
}

function impersonation(user: User): OutgoingHttpHeaders {
  const { "as-uid": uid, "as-groups": groups, "as-user-extra": extra } = user;
  return {
    ...(uid !== undefined && uid !== "" && { "Impersonate-Uid": uid }),
    ...(groups && groups.length > 0 && { "Impersonate-Group": [...groups] }),
    ...Object.fromEntries(
      Object.entries(extra ?? {}).map(([key, values]) => [
        `Impersonate-Extra-${encodeURIComponent(key)}`,
        [...values],
      ]),
    ),
  };
}

/** Plugins are told by their environment how they are asked, and by whom when they want it. */
function tellPlugin(config: KubeConfig): void {
  const [user, cluster] = [config.getCurrentUser(), config.getCurrentCluster()];
  const plugin = user?.exec as Plugin | null | undefined;
  if (!plugin || cluster === null) return;
  const info = {
    kind: "ExecCredential",
    apiVersion: plugin.apiVersion,
    spec: {
      interactive: false,
      ...(plugin.provideClusterInfo === true && {
        cluster: {
          server: cluster.server,
          "certificate-authority-data": cluster.caData,
          "insecure-skip-tls-verify": cluster.skipTLSVerify || undefined,
          "tls-server-name": cluster.tlsServerName,
          "proxy-url": cluster.proxyUrl,
        },
      }),
    },
  };
  const env = [...(plugin.env ?? []), { name: "KUBERNETES_EXEC_INFO", value: JSON.stringify(info) }];
  config.users = config.users.map((one) => (one === user ? { ...one, exec: { ...plugin, env } } : one));
}
