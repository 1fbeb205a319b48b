import { InputError, under, type Files } from "../files";
import { connectionString } from "../secrets/connection-string";
import { externalSecret } from "../secrets/external-secrets";
import { toYaml, type Manifest } from "../yaml";
import type { FolderContent } from "../apps/app-files";
import { calcomDefaults, type Calcom, type CalcomOptions } from "./calcom-options";

/** Name and key of the Secret that the OriginIssuer reads its API token from. */
export const ORIGIN_CA_SECRET = { name: "cfapi-token", key: "api-token" } as const;

export interface CalcomCredentials {
  readonly databasePassword: string;
  /** 32 random bytes as base64. */
  readonly nextAuthSecret: string;
  /** 24 random bytes as base64: Cal.com takes the 32 characters themselves as the key. */
  readonly encryptionKey: string;
  /** Cloudflare API token with "SSL and Certificates Write" on the host's zone. */
  readonly originCaToken: string;
}

/** Names of Cal.com's secrets in the vault. */
export function calcomVaultNames(app = "calcom") {
  return {
    databasePassword: `${app}-postgres-password`,
    databaseUrl: `${app}-database-url`,
    nextAuthSecret: `${app}-nextauth-secret`,
    encryptionKey: `${app}-calendso-encryption-key`,
    originCaToken: `${app}-cfapi-token`,
  } as const;
}

/** What the vault must hold for the ExternalSecrets of `calcom`: name → value. */
export function calcomVaultSecrets(
  options: CalcomOptions,
  credentials: CalcomCredentials,
): Record<string, string> {
  const app = calcomDefaults(options);
  const names = calcomVaultNames(app.name);
  checkCredentials(credentials);
  return {
    [names.databasePassword]: credentials.databasePassword,
    [names.databaseUrl]: databaseUrl(app, credentials),
    [names.nextAuthSecret]: credentials.nextAuthSecret,
    [names.encryptionKey]: credentials.encryptionKey,
    [names.originCaToken]: credentials.originCaToken,
  };
}

/** In SOPS mode: the Secrets before their encryption, by path in the app repository. Never to be committed. */
export function calcomSecretManifests(options: CalcomOptions, credentials: CalcomCredentials): Files {
  const app = calcomDefaults(options);
  checkCredentials(credentials);
  const url = databaseUrl(app, credentials);
  const { databasePassword, nextAuthSecret, encryptionKey, originCaToken } = credentials;
  const manifests = {
    "10-secret-db.enc.yaml": secret(app, app.database.name, {
      POSTGRES_USER: app.database.user,
      POSTGRES_PASSWORD: databasePassword,
      POSTGRES_DB: app.database.user,
    }),
    "11-secret-calcom.enc.yaml": secret(app, app.secretName, {
      DATABASE_URL: url,
      DATABASE_DIRECT_URL: url,
      NEXTAUTH_SECRET: nextAuthSecret,
      CALENDSO_ENCRYPTION_KEY: encryptionKey,
      EMAIL_FROM: app.email.from,
    }),
    "50-secret-cfapi-token.enc.yaml": secret(app, ORIGIN_CA_SECRET.name, {
      [ORIGIN_CA_SECRET.key]: originCaToken,
    }),
  };
  const texts = Object.entries(manifests).map(([file, manifest]) => [file, toYaml(manifest)] as const);
  return under(app.appRepository.path, Object.fromEntries(texts));
}

/** The files that bring the three Secrets into the cluster, each where it belongs in the folder's order. */
export function calcomSecretFiles(app: Calcom): Record<"database" | "app" | "originCa", FolderContent> {
  if (app.secrets.from === "sops") {
    return {
      database: { "10-secret-db.enc.yaml": undefined },
      app: { "11-secret-calcom.enc.yaml": undefined },
      originCa: { "50-secret-cfapi-token.enc.yaml": undefined },
    };
  }
  const { store, refreshInterval } = app.secrets;
  const common = { namespace: app.name, store, refreshInterval };
  const names = calcomVaultNames(app.name);
  const database = externalSecret({
    ...common,
    name: app.database.name,
    values: { POSTGRES_USER: app.database.user, POSTGRES_DB: app.database.user },
    data: { POSTGRES_PASSWORD: names.databasePassword },
  });
  const application = externalSecret({
    ...common,
    name: app.secretName,
    values: { EMAIL_FROM: app.email.from },
    data: {
      DATABASE_URL: names.databaseUrl,
      DATABASE_DIRECT_URL: names.databaseUrl,
      NEXTAUTH_SECRET: names.nextAuthSecret,
      CALENDSO_ENCRYPTION_KEY: names.encryptionKey,
    },
  });
  const originCa = externalSecret({
    ...common,
    name: ORIGIN_CA_SECRET.name,
    data: { [ORIGIN_CA_SECRET.key]: names.originCaToken },
  });
  return {
    database: { "10-externalsecret-db.yaml": database },
    app: { "11-externalsecret-calcom.yaml": application },
    originCa: { "50-externalsecret-cfapi-token.yaml": originCa },
  };
}

// An empty one would start a database without a password, or an app that anybody can sign in to.
function checkCredentials(credentials: CalcomCredentials): void {
  for (const [field, value] of Object.entries(credentials)) {
    if (value === "") throw new InputError(`Cal.com's credential ${field} is empty.`);
  }
}

function databaseUrl({ database }: Calcom, { databasePassword }: CalcomCredentials): string {
  return connectionString({
    host: database.name,
    user: database.user,
    password: databasePassword,
    database: database.user,
  });
}

function secret(app: Calcom, name: string, stringData: Readonly<Record<string, string>>): Manifest {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: app.name },
    type: "Opaque",
    stringData,
  };
}
