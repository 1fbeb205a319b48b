import { sweepRoute } from "./private-routes";
import { sweepingMark } from "./sweeping-mark";

/** Handler of `handoff:cloudflare:RouteMark`. */
export const routeMarkHandler = sweepingMark(
  ({ accountId, network }) => [String(accountId), String(network)],
  sweepRoute,
);
