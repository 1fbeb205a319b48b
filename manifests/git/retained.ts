/** True when a path is retained: by its own name, or below a folder written with a final `/`. */
export function isRetained(retain: readonly string[], path: string): boolean {
  return retain.some((name) => (name.endsWith("/") ? path.startsWith(name) : path === name));
}
