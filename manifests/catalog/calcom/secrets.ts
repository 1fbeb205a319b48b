import type { PostgresRole } from "../../secrets/alter-role";
import { secret, type AppSecret } from "../../secrets/app-secret";
import { template, value, type Template } from "../../secrets/secret-text";
import type { Calcom } from "./options";

/** Names of Cal.com's values. */
export function calcomValues(name = "calcom") {
  return {
    postgresPassword: `${name}-postgres-password`,
    databaseUrl: `${name}-database-url`,
    /** 32 random bytes as base64. */
    nextauthSecret: `${name}-nextauth-secret`,
    /** 24 random bytes as base64: Cal.com takes the 32 characters themselves as the key. */
    calendsoEncryptionKey: `${name}-calendso-encryption-key`,
  } as const;
}

export function calcomSecrets({
  name,
  database,
  secretName,
  email,
}: Calcom): Record<"database" | "app", AppSecret> {
  const names = calcomValues(name);
  return {
    database: secret(database.name, name, {
      POSTGRES_USER: database.user,
      POSTGRES_PASSWORD: value(names.postgresPassword),
      POSTGRES_DB: database.user,
    }),
    app: secret(secretName, name, {
      DATABASE_URL: value(names.databaseUrl),
      DATABASE_DIRECT_URL: value(names.databaseUrl),
      NEXTAUTH_SECRET: value(names.nextauthSecret),
      CALENDSO_ENCRYPTION_KEY: value(names.calendsoEncryptionKey),
      EMAIL_FROM: email.from,
    }),
  };
}

/** What the value `databaseUrl` is made of. */
export function databaseUrl(app = "calcom", user = "calcom"): Template {
  const password = value(calcomValues(app).postgresPassword, "url");
  return template`postgresql://${user}:${password}@${app}-db:5432/${user}`;
}

/** Whom the value `postgresPassword` signs in: the server knows no other password than that of its first start. */
export function databaseRole(image: string, app = "calcom", user = "calcom"): PostgresRole {
  return { namespace: app, host: `${app}-db`, user, image };
}
