import type { Finding } from "../doctor/check";
import type { Question } from "./questions";

interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
}

/** Somebody who answers. */
export interface Asker {
  /**
   * Asks until the answer has no fault.
   * @param accept takes an answer, and says what is wrong with it
   */
  readonly ask: (question: Question, accept: (text: string) => string | undefined) => Promise<void>;
  /** A line of text that is shown. */
  readonly line: (
    message: string,
    accept: (text: string) => string | undefined,
    more?: { readonly initial?: string; readonly example?: string },
  ) => Promise<string>;
  readonly choose: <T extends string>(
    message: string,
    options: readonly [Choice<T>, ...Choice<T>[]],
  ) => Promise<T>;
  /**
   * Shows that something goes on.
   * @param until whether Ctrl-C leaves the work, or waits until it has ended or has put back what it made
   * @throws Stopped after Ctrl-C, unless the work was done all the same
   */
  readonly during: <T>(message: string, work: Promise<T>, until?: "interrupted" | "to its end") => Promise<T>;
  readonly say: (text: string) => void;
  readonly show: (findings: readonly Finding[]) => void;
}

/** Somebody stopped at a question. */
export class Stopped extends Error {}
