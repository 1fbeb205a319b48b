/** Where a branch begins that is made for a hand-off alone. */
export interface Beginning {
  /** Branch of the same repository, at whose head it begins. */
  readonly branch: string;
  /** Folders of which it has nothing at first: `clusters/prod`. @default none */
  readonly without?: readonly string[];
}
