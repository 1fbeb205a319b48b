/** The secrets of a vault, used by its data plane and by Resource Manager alike: versions, soft delete, limits. */
import { randomBytes } from "node:crypto";
import { AzureError } from "./errors";
import type { AzureState, Resource, SecretAttributes, SecretVersion, VaultSecret } from "./state";

const day = 24 * 60 * 60;
const valueLimit = 25 * 1024;
const contentTypeLimit = 255;

export interface SecretInput {
  readonly value: string;
  readonly contentType?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly attributes?: Partial<Pick<SecretAttributes, "enabled" | "nbf" | "exp">>;
}

export class Secrets {
  constructor(
    private readonly state: AzureState,
    private readonly vault: Resource,
  ) {}

  private get all(): Record<string, VaultSecret> {
    return (this.state.vaults[this.vault.name.toLowerCase()] ??= {});
  }

  private get retentionDays(): number {
    return Number(this.vault.properties.softDeleteRetentionInDays ?? 90);
  }

  list(deleted: boolean): VaultSecret[] {
    return Object.values(this.all).filter((secret) => (secret.deleted !== undefined) === deleted);
  }

  /** @throws AzureError when the secret or the version does not exist, or is deleted. */
  get(name: string, version?: string): { secret: VaultSecret; version: SecretVersion } {
    const secret = this.all[name.toLowerCase()];
    const found =
      version === undefined
        ? secret?.versions.at(-1)
        : secret?.versions.find((one) => one.version === version);
    if (!secret || secret.deleted || !found || isBusy(secret)) {
      throw new AzureError(
        404,
        "SecretNotFound",
        `A secret with (name/id) ${name}${version ? `/${version}` : ""} was not found in this key vault. ` +
          "If you recently deleted this secret you may be able to recover it using the correct recovery command.",
      );
    }
    return { secret, version: found };
  }

  /** Adds a version. */
  set(name: string, input: SecretInput): SecretVersion {
    if (!/^[a-zA-Z0-9-]{1,127}$/.test(name)) {
      throw new AzureError(
        400,
        "BadParameter",
        `The request URI contains an invalid name: ${name}. Secret names match ^[a-zA-Z0-9-]{1,127}$.`,
      );
    }
    if (Buffer.byteLength(input.value) > valueLimit) {
      throw new AzureError(400, "BadParameter", `The value of ${name} is larger than ${valueLimit} bytes.`);
    }
    if ((input.contentType ?? "").length > contentTypeLimit) {
      throw new AzureError(
        400,
        "BadParameter",
        `contentType of ${name} exceeds ${contentTypeLimit} characters.`,
      );
    }
    const before = this.all[name.toLowerCase()];
    this.requireIdle(before);
    if (before?.deleted) {
      throw new AzureError(
        409,
        "Conflict",
        `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; ` +
          "in this state, the secret can only be recovered or purged.",
        "ObjectIsDeletedButRecoverable",
      );
    }
    const now = seconds();
    const version: SecretVersion = {
      version: randomBytes(16).toString("hex"),
      value: input.value,
      contentType: input.contentType,
      tags: input.tags,
      attributes: { enabled: true, ...input.attributes, created: now, updated: now },
    };
    const secret = before ?? { name, versions: [] };
    secret.versions.push(version);
    this.all[name.toLowerCase()] = secret;
    return version;
  }

  /** Changes what describes a version; its value stays. */
  update(name: string, version: string | undefined, input: Omit<SecretInput, "value">): SecretVersion {
    const found = this.get(name, version).version;
    found.contentType = input.contentType ?? found.contentType;
    found.tags = input.tags ?? found.tags;
    found.attributes = { ...found.attributes, ...input.attributes, updated: seconds() };
    return found;
  }

  delete(name: string): VaultSecret {
    this.requireIdle(this.all[name.toLowerCase()]);
    const { secret } = this.get(name);
    const now = seconds();
    this.begin(secret);
    secret.deleted = { deletedDate: now, scheduledPurgeDate: now + this.retentionDays * day };
    return secret;
  }

  deleted(name: string): VaultSecret {
    const secret = this.all[name.toLowerCase()];
    if (!secret?.deleted || isBusy(secret)) {
      throw new AzureError(404, "SecretNotFound", `Deleted Secret not found: ${name}`);
    }
    return secret;
  }

  recover(name: string): VaultSecret {
    this.requireIdle(this.all[name.toLowerCase()]);
    const secret = this.deleted(name);
    this.begin(secret);
    delete secret.deleted;
    return secret;
  }

  /** A deletion and a recovery take a while, in which nothing else can be done with the secret. */
  private begin(secret: VaultSecret): void {
    const { secrets = 0 } = this.state.delays ?? {};
    if (secrets > 0) secret.busyUntil = Date.now() + secrets;
  }

  private requireIdle(secret: VaultSecret | undefined): void {
    if (secret === undefined || !isBusy(secret)) return;
    const [doing, code] =
      secret.deleted === undefined
        ? ["recovered", "ObjectIsBeingRecovered"]
        : ["deleted", "ObjectIsBeingDeleted"];
    throw new AzureError(409, "Conflict", `Secret ${secret.name} is currently being ${doing}.`, code);
  }

  purge(name: string): void {
    this.deleted(name);
    if (this.vault.properties.enablePurgeProtection === true) {
      throw new AzureError(
        403,
        "Forbidden",
        "Operation purge is not allowed: the vault has purge protection.",
      );
    }
    Reflect.deleteProperty(this.all, name.toLowerCase());
  }
}

function isBusy({ busyUntil = 0 }: VaultSecret): boolean {
  return busyUntil > Date.now();
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
