/** Leaves only letters, digits and `-._~`: some URL parsers trip over the `!'()*` that encodeURIComponent keeps. */
export function urlEncode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
