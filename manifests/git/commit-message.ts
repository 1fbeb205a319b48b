/** Trailers that name what a commit takes over, and whose commit it is. */
export const ADOPTED = "Handoff-Adopted";
export const STACK = "Handoff-Stack";
export const RESOURCE = "Handoff-Resource";
/** Which state it was made from: names alone are also those of a copy, and of a stack in another backend. */
export const STATE = "Handoff-State";

/** Longest subject, as the documentation of git-commit(1) and the hosts' pages have room for. */
const LONGEST_SUBJECT = 72;
const LONGEST_TRAILER = 1_000;

interface Message {
  readonly message?: string;
  readonly trailers?: Readonly<Record<string, string>>;
}

/** What is wrong with the parts of a message that users give, by input; git would read something else. */
export function messageFaults({ message, trailers = {} }: Message): [string, string][] {
  const faults: [string, string][] = [];
  const fault = message === undefined ? undefined : subjectFault(message);
  if (fault !== undefined) faults.push(["message", fault]);
  for (const [key, value] of Object.entries(trailers)) {
    const property = `trailers[${JSON.stringify(key)}]`;
    const own = [ADOPTED, STACK, STATE, RESOURCE].find((name) => name.toLowerCase() === key.toLowerCase());
    if (own !== undefined) faults.push([property, `${own} is set by the hand-off`]);
    else if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/.test(key)) {
      faults.push([property, "the name of a trailer has letters, digits and hyphens, such as Reviewed-by"]);
    } else if (value.trim() === "" || UNFIT.test(value)) {
      faults.push([property, "a trailer has one line that isn't empty, without control characters"]);
    } else if (value.length > LONGEST_TRAILER) {
      faults.push([property, `a trailer has at most ${String(LONGEST_TRAILER)} characters`]);
    }
  }
  return faults;
}

/** Line ends, other control characters, and halves of characters. */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

function subjectFault(message: string): string | undefined {
  if (message.trim() === "" || UNFIT.test(message)) {
    return "it is the commit's subject: one line that isn't empty, without control characters";
  }
  const length = Array.from(message).length;
  if (length > LONGEST_SUBJECT) {
    return `it is the commit's subject: at most ${String(LONGEST_SUBJECT)} characters, not ${String(length)}`;
  }
  // It would be read as whose the commit is.
  return /^\s*handoff-(adopted|stack|state|resource):/i.test(message)
    ? "it begins like one of the trailers that the hand-off sets"
    : undefined;
}
