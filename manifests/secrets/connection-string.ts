/** Parts of a PostgreSQL URL, as they are: what a URL can't hold is encoded here. */
export interface Connection {
  readonly user: string;
  readonly password: string;
  readonly host: string;
  /** @default 5432 */
  readonly port?: number;
  readonly database: string;
}

export function connectionString({ user, password, host, port = 5432, database }: Connection): string {
  return `postgresql://${urlEncode(user)}:${urlEncode(password)}@${host}:${port}/${urlEncode(database)}`;
}

/** Leaves only letters, digits and `-._~`: some URL parsers trip over the `!'()*` that encodeURIComponent keeps. */
export function urlEncode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
