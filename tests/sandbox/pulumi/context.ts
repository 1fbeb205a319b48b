import { HandlerContext, Props, ResourceHandler } from "../../../provider/plugin/handler";

/** What the server gives to a handler, without an engine. */
export const context: HandlerContext = {
  urn: "urn:pulumi:dev::test::some:type:Type::Logical-Name",
  signal: new AbortController().signal,
  status: () => undefined,
  info: () => undefined,
  warn: () => undefined,
};

/** Messages of the faults that `check` finds, as `property: reason`. */
export async function faults(handler: ResourceHandler | undefined, news: Props): Promise<string[]> {
  const result = await handler?.check?.(context, news, undefined);
  return (result?.failures ?? []).map(({ property, reason }) => `${property}: ${reason}`);
}
