import { IDLE, type ObjectProgress } from "./conditions";
import type { ObjectKey } from "./flux-object";

/**
 * How long objects have been failing: from their first failure until they are ready or wait for another. An object
 * that tries again goes on failing meanwhile; while it stands in its controller's queue, its time stands still.
 */
export class FailingTime {
  private times: ReadonlyMap<ObjectKey, number> = new Map();
  private last = 0;

  /**
   * Takes what isn't ready at a moment.
   * @param now in milliseconds
   */
  look(open: readonly ObjectProgress[], now: number): void {
    const elapsed = now - this.last;
    this.times = new Map(
      open.flatMap(({ key, status, message, waitsFor = [] }): [ObjectKey, number][] => {
        if (waitsFor.length > 0) return [];
        const before = this.times.get(key);
        if (before === undefined) return status === "failing" ? [[key, 0]] : [];
        return [[key, IDLE.includes(message) ? before : before + elapsed]];
      }),
    );
    this.last = now;
  }

  /** Goes on at this moment: what was before isn't known. */
  resume(now: number): void {
    this.last = now;
  }

  /** Milliseconds; 0 of an object that doesn't fail. */
  of(key: ObjectKey): number {
    return this.times.get(key) ?? 0;
  }
}
