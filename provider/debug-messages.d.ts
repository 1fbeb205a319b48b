/** The part of the SDK's module `log` that is replaced. */
export interface DebugLog {
  debug: (message: string, ...more: never[]) => Promise<void>;
}

/** Leaves values, which may be secret, out of debug messages. */
export function leaveValuesOut(log: DebugLog): void;
