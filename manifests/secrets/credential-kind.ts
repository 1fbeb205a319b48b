/** Which characters a password has: https://www.pulumi.com/registry/packages/random/api-docs/randompassword/ */
export interface PasswordPolicy {
  /** @default 32 */
  readonly length?: number;
  /** Those that are neither letters nor digits: none, all usual ones, or these. @default true */
  readonly special?: boolean | string;
  /** So many of each at least. @default 0 */
  readonly minLower?: number;
  readonly minUpper?: number;
  readonly minNumeric?: number;
  readonly minSpecial?: number;
}

/**
 * How a credential is made. Some have a further part, which is a value of its own under the credential's name with the
 * part's behind it: `flux-age` is a private key, `flux-age-public` what belongs to it.
 *
 * - `password`: 32 characters with special ones, or by a policy of one's own
 * - `urlSafePassword`: 32 letters and digits
 * - `uuid`
 * - `bytes`, `hex`: so many random bytes, in base64 or hexadecimal digits
 * - `ageKey`: as of `age-keygen`; `public`: the recipient, `age1…`
 * - `sshKey`: Ed25519, in OpenSSH's format; `public`: the line of an authorized_keys file
 * - `tlsKey`: ECDSA P-256, PKCS #8 in PEM; `public`: SPKI in PEM
 * - `htpasswd`: a password without special characters; `entry`: `user:` and its bcrypt hash
 * - `oidcClient`: a client secret; `id`: the client's, a UUID unless it is given, which a rotation keeps
 */
export type CredentialKind =
  | "password"
  | "urlSafePassword"
  | "uuid"
  | KeyKind
  | { readonly password: PasswordPolicy }
  | { readonly bytes: number }
  | { readonly hex: number }
  | { readonly htpasswd: { readonly user: string } }
  | { readonly oidcClient: { readonly id?: string } };

/** Pairs of a private key and a public one. */
export type KeyKind = "ageKey" | "sshKey" | "tlsKey";

export type CredentialPart = "public" | "entry" | "id";

export function isKeyKind(kind: CredentialKind): kind is KeyKind {
  return kind === "ageKey" || kind === "sshKey" || kind === "tlsKey";
}

/** The part that a credential has beside its secret one. */
export function partOf(kind: CredentialKind): CredentialPart | undefined {
  if (isKeyKind(kind)) return "public";
  if (typeof kind === "string") return undefined;
  return "htpasswd" in kind ? "entry" : "oidcClient" in kind ? "id" : undefined;
}

/** Name of the value that a part is. */
export function partName(credential: string, part: CredentialPart): string {
  return `${credential}-${part}`;
}

/** What is too weak or makes no sense. */
export function kindFaults(kind: CredentialKind): string[] {
  if (typeof kind === "string") return [];
  if ("password" in kind) return policyFaults(kind.password);
  if ("htpasswd" in kind) {
    const { user } = kind.htpasswd;
    return /^[^:\s]+$/.test(user)
      ? []
      : [`the user ${JSON.stringify(user)} must have neither ":" nor spaces`];
  }
  if ("oidcClient" in kind) return kind.oidcClient.id === "" ? ["the client's id is empty"] : [];
  const bytes = "hex" in kind ? kind.hex : kind.bytes;
  return Number.isInteger(bytes) && bytes >= 16 ? [] : [`${String(bytes)} bytes: at least 16 are needed`];
}

/**
 * What is wrong with a text that is given in place of a generated one, never the text itself. Keys have a check of their
 * own, and of passwords, client secrets and bytes in base64 an existing installation may have any: only what can be in no
 * line of a file is refused.
 */
export function givenFault(kind: CredentialKind, text: string): string | undefined {
  if (isKeyKind(kind)) return undefined;
  if (text === "") return "it is empty";

  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text))
    return "it has line breaks or other control characters";
  if (kind === "uuid" && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text))
    return "it is no UUID: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12";
  if (typeof kind === "object" && "hex" in kind && !/^([0-9a-f]{2})+$/i.test(text))
    return "it isn't written in pairs of hexadecimal digits";
  return undefined;
}

function policyFaults({ length = 32, special = true, ...least }: PasswordPolicy): string[] {
  const faults: string[] = [];
  if (!Number.isInteger(length) || length < 16) {
    faults.push(`a password of ${String(length)} characters: at least 16 are needed`);
  }
  if (special === "") faults.push("no special characters are given: special: false leaves them out");
  if ((special === false || special === "") && (least.minSpecial ?? 0) > 0)
    faults.push(`minSpecial is ${String(least.minSpecial)}, and special leaves none`);
  const counts = Object.entries<number>(least);
  for (const [name, count] of counts) {
    if (!Number.isInteger(count) || count < 0)
      faults.push(`${name} is ${String(count)}: a whole number from 0 is needed`);
  }
  const sum = counts.reduce((all, [, count]) => all + count, 0);
  if (sum > length) {
    faults.push(`a password of ${String(length)} characters can't have ${String(sum)} of given kinds`);
  }
  return faults;
}
