import { randomBytes } from "node:crypto";

/** An identifier as the vendor writes them: 32 hexadecimal digits. */
export function identifier(): string {
  return randomBytes(16).toString("hex");
}
