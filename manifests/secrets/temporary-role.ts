/** PostgreSQL cuts longer names off. */
const NAME_BYTES = 63;

/**
 * The role that signs in beside `user` while that gets another password; undefined when the name would be too long.
 */
export function temporaryRole(user: string): string | undefined {
  const name = `${user}_rotation`;
  return Buffer.byteLength(name) > NAME_BYTES ? undefined : name;
}

/** The temporary role's comment, by which it is known. */
export function markOf(user: string): string {
  return `handoff: signs in as ${user} while that gets another password, and goes then`;
}

/** Name of the value by which the temporary role signs in for the role of another value. */
export function temporaryValue(value: string): string {
  return `${value} of the temporary role`;
}
