/**
 * What becomes of our files and entries where a hand-off wrote until it was given another address or branch: they stay
 * there, or are removed once the new place has them.
 */
export type FormerPlace = "retain" | "remove";
