import { isDeepStrictEqual } from "node:util";
import { hasUnknown, type Props, type ResourceHandler } from "./handler";

/**
 * The places that resources of the running program have, see `ResourceHandler.place`. The engine makes a resource that is
 * replaced, tainted, renamed or moved under another parent anew before it deletes the former one, and asks for each
 * resource of a program, in this process, before it deletes what the program has no more, also what a killed run left to
 * be deleted.
 */
export class Places {
  private readonly taken: (readonly unknown[])[] = [];

  /** The program has a resource with these inputs. */
  async take(handler: ResourceHandler, urn: string, inputs: Props): Promise<void> {
    const place = await placeOf(handler, urn, inputs);
    // Only the place has to be known: what else a resource says may be thousands of texts.
    if (place !== undefined && !hasUnknown(place)) this.taken.push(place);
  }

  /** Whether the program has a resource at the place of one that goes. */
  async isTaken(handler: ResourceHandler, urn: string, inputs: Props): Promise<boolean> {
    const place = this.taken.length === 0 ? undefined : await placeOf(handler, urn, inputs);
    return this.taken.some((one) => isDeepStrictEqual(one, place));
  }
}

/** A place with its type, by a URN `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>`. */
async function placeOf(
  handler: ResourceHandler,
  urn: string,
  inputs: Props,
): Promise<readonly unknown[] | undefined> {
  const [, , types = "", ...name] = urn.split("::");
  const place = await handler.place?.(inputs, name.join("::"));
  return place && [types.split("$").at(-1), ...place];
}
