/** Finds what an earlier part brought. */
export interface Tools {
  readonly folder: (part: string) => string;
  readonly command: (name: string) => string;
}
