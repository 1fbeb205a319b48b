/** Sequences by which programs colour a terminal, make links in it or set its title (ECMA-48). */
const SEQUENCE =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g;

/** What turns the direction of writing, so that a text reads as another one (https://trojansource.codes). */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** What git says, without user and password in addresses. */
export function withoutSignIns(text: string): string {
  return text.replaceAll(/\/\/[^/@\s]+@/g, "//");
}

/** A text of others as lines that do nothing to a terminal or a log: hosts and their hooks send colours, bells and more. */
export function printable(text: string): string {
  return text
    .replaceAll(SEQUENCE, "")
    .replaceAll(DIRECTION, "")
    .replaceAll(/\r+\n?/g, "\n")
    .replaceAll(/[^\P{Cc}\t\n]/gu, "");
}
