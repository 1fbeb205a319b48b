import { z } from "zod";
import { at, textAt, type Check } from "../checks";
import { NOTHING } from "../faults";
import * as field from "../fields";
import { mapping } from "../fields";
import { Environment, credential } from "../references";

/** Chat and on-call services that Flux can write to; its types of Provider that stand for one. */
const PROVIDERS = [
  ...["slack", "discord", "msteams", "rocket", "googlechat", "webex", "telegram", "lark", "matrix", "zulip"],
  ...["opsgenie", "pagerduty", "alertmanager", "grafana", "sentry", "datadog", "generic", "generic-hmac"],
] as const;

const RECEIVERS = ["github", "gitlab", "bitbucket", "generic", "generic-hmac"] as const;

/** How failures reach people, and how a push is reconciled at once. */
export function notifications(env: Environment) {
  const provider = mapping({
    type: field
      .oneOf(PROVIDERS as readonly [(typeof PROVIDERS)[number], ...(typeof PROVIDERS)[number][]])
      .describe("Kind of service."),
    address: credential(env).optional().describe("Address to write to, such as that of an incoming webhook."),
    token: credential(env).optional().describe("Token to sign in with, where the service takes one."),
    channel: field.anyText("the name of a channel").optional().describe("Channel to write to."),
    username: field.anyText("a name").optional().describe("Name to write under."),
  });
  const receiver = mapping({
    type: field
      .oneOf(RECEIVERS)
      .optional()
      .describe(
        "Whose webhooks they are. Left out: the flux repository's host, where it is known, else generic.",
      ),
    host: field
      .dnsName("flux-webhook.example.com")
      .optional()
      .describe("Public hostname that the tunnel gets a rule for, which leads to the webhooks of Flux."),
  });
  return mapping({
    provider: provider.optional().describe("Where failures are told. Left out: nowhere."),
    severity: field
      .oneOf(["error", "info"])
      .default("error")
      .describe("Failures only, or everything that Flux does."),
    receiver: z
      .union([z.literal(true, { error: "true" }), receiver], { error: "true, or a mapping of type, host" })
      .transform((value) => (value === true ? {} : value))
      .optional()
      .describe(
        "`true`, or a mapping: takes webhooks of the git host, so that a push is reconciled at once.",
      ),
  });
}

/** What a Provider needs, and that webhooks come in by a tunnel only. */
export const checkNotifications: Check = (raw, report) => {
  const given = at(raw, "notifications");
  if (typeof given !== "object" || given === null) return;
  const provider = at(given, "provider");
  if (provider === undefined && at(given, "receiver") === undefined) {
    report("notifications", { allowed: "a mapping of provider or receiver, or both" });
  }
  if (
    typeof provider === "object" &&
    provider !== null &&
    !("address" in provider) &&
    !("token" in provider)
  ) {
    report("notifications.provider.address", {
      allowed:
        "one of env, file, config, which names where the address is, unless the service takes a token alone",
    });
  }
  if (textAt(given, "receiver.host") !== undefined && at(raw, "cloudflare.tunnel") === undefined) {
    report("notifications.receiver.host", { allowed: `${NOTHING}, unless handoff:cloudflare has a tunnel` });
  }
  const components = at(raw, "flux.components");
  if (Array.isArray(components) && !components.includes("notification-controller")) {
    report("flux.components", {
      allowed: "a list with notification-controller, which does what handoff:notifications says",
    });
  }
};

export type NotificationsSettings = z.output<ReturnType<typeof notifications>>;
