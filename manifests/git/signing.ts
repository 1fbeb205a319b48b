/** The key that signs commits; its public part is what the host shows them as verified by. */
export type CommitSigning = { readonly ssh: SigningKey } | { readonly gpg: SigningKey };

export interface SigningKey {
  /** SSH: PEM or OpenSSH format. GPG: armored, as `gpg --export-secret-keys --armor` writes it. */
  readonly privateKey: string;
  /** Passphrase of an encrypted key. */
  readonly passphrase?: string;
}
