/** KV version 2, the secrets themselves: https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2 */
import { VaultError } from "./request";
import type { KvSecret, KvVersion, Mount } from "./state";

/** Versions that are kept of a secret. */
const keptVersions = 10;

export class Kv {
  constructor(private readonly mount: Mount) {}

  secret(path: string): KvSecret | undefined {
    return Object.hasOwn(this.mount.secrets, path) ? this.mount.secrets[path] : undefined;
  }

  /** @param version 0 is the newest */
  version(path: string, version = 0): { readonly number: number; readonly version: KvVersion } | undefined {
    const secret = this.secret(path);
    const number = version === 0 ? (secret?.current_version ?? 0) : version;
    const found = secret?.versions[String(number)];
    return found === undefined ? undefined : { number, version: found };
  }

  /**
   * Adds a version.
   * @param cas the version that the newest has to be, 0 for none
   * @throws VaultError when it isn't
   */
  write(path: string, data: Record<string, unknown>, cas: number | undefined): number {
    const now = new Date().toISOString();
    const secret = this.secret(path) ?? this.create(path, now);
    if (cas === undefined && secret.cas_required) {
      throw new VaultError(400, "check-and-set parameter required for this call");
    }
    if (cas !== undefined && cas !== secret.current_version) {
      throw new VaultError(400, "check-and-set parameter did not match the current version");
    }
    this.mount.secrets[path] = secret;
    secret.current_version += 1;
    secret.updated_time = now;
    secret.versions[String(secret.current_version)] = {
      data,
      created_time: now,
      deletion_time: "",
      destroyed: false,
    };
    const oldest = secret.current_version - (secret.max_versions === 0 ? keptVersions : secret.max_versions);
    secret.versions = Object.fromEntries(
      Object.entries(secret.versions).filter(([number]) => Number(number) > oldest),
    );
    return secret.current_version;
  }

  /** Settings of a secret, which may have no version yet. */
  describe(
    path: string,
    change: Partial<Pick<KvSecret, "max_versions" | "cas_required" | "custom_metadata">>,
  ): void {
    this.mount.secrets[path] = {
      ...(this.secret(path) ?? this.create(path, new Date().toISOString())),
      ...change,
    };
  }

  /** Marks versions as deleted, takes the mark away, or the data for good. Versions that aren't there are left out. */
  change(path: string, versions: readonly number[], how: "delete" | "undelete" | "destroy"): void {
    for (const number of versions) {
      const version = this.version(path, number)?.version;
      if (version === undefined || version.destroyed) continue;
      if (how === "delete") version.deletion_time ||= new Date().toISOString();
      else if (how === "undelete") version.deletion_time = "";
      else Object.assign(version, { data: null, destroyed: true });
    }
  }

  remove(path: string): void {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a table by path
    delete this.mount.secrets[path];
  }

  /** Names right below a folder; folders end in a slash. */
  list(folder: string): readonly string[] {
    const prefix = folder === "" ? "" : `${folder}/`;
    const below = Object.keys(this.mount.secrets).filter((path) => path.startsWith(prefix));
    const names = below.map((path) => path.slice(prefix.length).replace(/\/.*/, "/"));
    return [...new Set(names)].sort();
  }

  private create(path: string, now: string): KvSecret {
    if (path === "") throw new VaultError(404);
    return {
      current_version: 0,
      created_time: now,
      updated_time: now,
      max_versions: 0,
      cas_required: false,
      custom_metadata: null,
      versions: {},
    };
  }
}
