import { UserError } from "../../plugin/handler";
import { FLUX_SYSTEM } from "../../../manifests/flux/objects";
import { type FluxObject, keyOf, type ObjectKey } from "./flux-object";

const ROOT = keyOf("Kustomization", FLUX_SYSTEM);
/** An API server that has just learnt Flux's kinds may not tell of their objects for a moment. */
const PATIENCE = 60_000;

/** Notices that the root, which was there when following began, goes: nobody else applies it, nor what it applies. */
export class RootLoss {
  private since: number | undefined;

  /**
   * @param now in milliseconds
   * @throws UserError when it has been gone, or going, for a minute
   */
  look(live: ReadonlyMap<ObjectKey, FluxObject>, wanted: readonly ObjectKey[], now: number): void {
    const root = live.get(ROOT);
    const stays = root !== undefined && root.metadata?.deletionTimestamp === undefined;
    if (stays || !wanted.includes(ROOT)) {
      this.since = undefined;
      return;
    }
    this.since ??= now;
    if (now - this.since < PATIENCE) return;
    const what = root === undefined ? "isn't in the cluster any more" : "is being deleted";
    throw new UserError(
      `The files are pushed, but Flux's root, ${ROOT}, ${what}: somebody takes Flux out of the cluster, or Flux read a commit without its own files\n` +
        "→ Look what its source reads. Then run `pulumi up` again: it installs Flux anew where that is gone, and commits nothing twice.",
    );
  }
}
