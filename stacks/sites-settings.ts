import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { ValueSource } from "../components/secrets/values";
import { STORAGE } from "../manifests/catalog/observability/observability";
import { UMAMI_IMAGE } from "../manifests/catalog/umami";
import { at, type Check } from "./settings/checks";
import { NOTHING } from "./settings/faults";
import { maxAge } from "./settings/blocks/max-age";
import * as field from "./settings/fields";
import { mapping } from "./settings/fields";
import { Environment, credential } from "./settings/references";
import { outsideZones } from "./settings/zones";

export function umami() {
  return mapping({
    host: field.dnsName("analytics.example.com").describe("Public hostname."),
    image: field.image().default(UMAMI_IMAGE).describe("Umami."),
  }).describe("Web analytics.");
}

export function observability() {
  return mapping({
    host: field.dnsName("monitoring.example.com").describe("Public hostname of Grafana."),
    logStorage: field.size().default(STORAGE).describe("Volume of Loki."),
    metricsStorage: field.size().default(STORAGE).describe("Volume of VictoriaMetrics."),
  }).describe("Grafana, Loki, Promtail and VictoriaMetrics.");
}

/**
 * The PostgreSQL server of Umami and Grafana. Whoever made it knows these, and the program can't set them there: they
 * are never generated.
 */
export function database(env: Environment) {
  const stored = (name: string) => `Left out: others keep it in the vault, as ${name}.`;
  return mapping({
    host: field
      .dnsName("server.postgres.database.azure.com")
      .optional()
      .describe(`Name. ${stored("pg-fqdn")}`),
    username: field
      .anyText("the name of a user")
      .optional()
      .describe(`User. ${stored("pg-admin-username")}`),
    password: credential(env)
      .optional()
      .describe(`Its password. ${stored("pg-admin-password")}`),
  })
    .prefault({})
    .describe("PostgreSQL server of Umami and Grafana.");
}

const CREDENTIALS = ["umamiAppSecret", "grafanaAdminPassword"] as const;

/** What only the cluster needs is generated, unless somebody has it already. */
export function credentials(env: Environment) {
  return mapping({
    umamiAppSecret: credential(env).optional().describe("APP_SECRET of Umami."),
    grafanaAdminPassword: credential(env).optional().describe("Password of Grafana's admin."),
    stored: z
      .array(field.oneOf(CREDENTIALS), { error: `a list of ${CREDENTIALS.join(", ")}` })
      .default([])
      .describe("Those that others keep in the vault, as umami-app-secret and grafana-admin-password."),
  })
    .prefault({})
    .describe("Values of an existing installation. Left out: they are generated.");
}

export function rotate() {
  const counter = () => field.number(1, 1_000_000).default(1);
  return mapping({
    umamiAppSecret: counter().describe("Ends all sessions of Umami."),
    grafanaAdminPassword: counter().describe("Password of Grafana's admin."),
    maxAge: maxAge(["umamiAppSecret", "grafanaAdminPassword"]),
  })
    .prefault({})
    .describe("Raise a number by one to replace that credential.");
}

/** What a setting gives, or what others keep in the vault under that name. */
export function givenOrStored(name: string, given: pulumi.Input<string> | undefined): ValueSource {
  return given === undefined ? { stored: name } : { from: given };
}

/** The hosts lie in the zones, where there are any. */
export const checkHosts: Check = (raw, report) => {
  for (const path of ["umami.host", "observability.host"]) {
    const outside = outsideZones(raw, path);
    if (outside === undefined) continue;
    report(path, {
      allowed: `a name in one of the zones ${outside.zones.join(", ")}`,
      hint: "Add its zone to handoff:cloudflare.zones",
    });
  }
};

/** HelmReleases need the controller that runs them. */
export const checkHelm: Check = (raw, report) => {
  const components = at(raw, "flux.components");
  if (!Array.isArray(components) || components.includes("helm-controller")) return;
  report("flux.components", {
    allowed: "a list with helm-controller, which runs the HelmReleases of external-secrets and observability",
  });
};

/** What others keep isn't given here too. */
export const checkStored: Check = (raw, report) => {
  const stored = at(raw, "credentials.stored");
  for (const name of CREDENTIALS) {
    const path = `credentials.${name}`;
    if (!Array.isArray(stored) || !stored.includes(name) || at(raw, path) === undefined) continue;
    report(path, { allowed: `${NOTHING}, since handoff:credentials.stored has it` });
  }
};
