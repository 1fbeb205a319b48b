/** An installation of a GitHub App, by which a program signs in without a person's token. */
export interface GitHubApp {
  readonly appId: string;
  readonly installationId: string;
  /** Private key of the App, PEM. */
  readonly privateKey: string;
  /** @default https://api.github.com, else https://<host>/api/v3 */
  readonly apiUrl?: string;
}

/** How to sign in to a git host: `ssh` for `ssh://` addresses, one of the others for `https://` ones. */
export interface GitAuth {
  readonly ssh?: SshKey | SshAgent;
  readonly basic?: { readonly username: string; readonly password: string };
  readonly bearer?: { readonly token: string };
  readonly githubApp?: GitHubApp;
  /** PEM certificates of the authorities that sign the host's certificate, for a private CA. */
  readonly ca?: string;
  /** HTTP proxy for `https://` addresses, with its credentials if it needs any: `http://user:password@proxy:3128`. */
  readonly proxy?: string;
}

export interface SshKey {
  /** Private key, PEM or OpenSSH format. */
  readonly privateKey: string;
  /** Passphrase of an encrypted key. */
  readonly passphrase?: string;
  /** Lines of a known_hosts file. Hosts not in it are refused: a scanned key proves nothing. */
  readonly knownHosts: string;
}

/**
 * Keys of the ssh-agent that SSH_AUTH_SOCK names. Only for the program: Flux has no agent. A host takes the first key
 * that it knows, so that an agent with the deploy keys of two repositories reaches one of them.
 */
export interface SshAgent {
  readonly agent: true;
  readonly knownHosts: string;
}
