import { hasUnknown, type Props, type ResourceHandler } from "./handler";

/**
 * The places that resources of the running program have, see `ResourceHandler.place`. The engine makes a resource that is
 * replaced, tainted, renamed or moved under another parent anew before it deletes the former one, and asks for each
 * resource of a program, in this process, before it deletes what the program has no more, also what a killed run left to
 * be deleted.
 */
export class Places {
  private readonly taken = new Set<string>();

  /** The program has a resource with these inputs. */
  async take(handler: ResourceHandler, urn: string, inputs: Props): Promise<void> {
    const place = hasUnknown(inputs) ? undefined : await keyOf(handler, urn, inputs);
    if (place !== undefined) this.taken.add(place);
  }

  /** Whether the program has a resource at the place of one that goes. */
  async isTaken(handler: ResourceHandler, urn: string, inputs: Props): Promise<boolean> {
    const place = this.taken.size === 0 ? undefined : await keyOf(handler, urn, inputs);
    return place !== undefined && this.taken.has(place);
  }
}

/** Names of resource and type, of a URN `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>`. */
async function keyOf(handler: ResourceHandler, urn: string, inputs: Props): Promise<string | undefined> {
  const [, , types = "", ...name] = urn.split("::");
  const place = await handler.place?.(inputs, name.join("::"));
  return place && JSON.stringify([types.split("$").at(-1), ...place]);
}
