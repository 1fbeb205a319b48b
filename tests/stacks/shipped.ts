import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { parse } from "yaml";
import { defineSystem } from "../../stacks/platform";
import type { RunnableSystem, System } from "../../stacks/system";

/** What a system is shipped with, by name. */
export interface Shipped {
  readonly apps: readonly string[];
  readonly values: readonly string[];
}

/**
 * A system without what its user added: goldens and other exact expectations are of what is shipped, so that an app more
 * in the user's stacks/ fails no test.
 */
export function shippedPart<Shape extends z.ZodRawShape>(
  system: System<Shape>,
  { apps, values }: Shipped,
): System<Shape> & RunnableSystem {
  return defineSystem({
    ...system,
    build: (settings, platform) => {
      const built = system.build(settings, platform);
      return {
        ...built,
        apps: built.apps.filter(({ name }) => apps.includes(name)),
        values: Object.fromEntries(
          Object.entries(built.values ?? {}).filter(([name]) => values.includes(name)),
        ),
      };
    },
  });
}

/** Settings that the user's stack file has and a shipped one hasn't: a system may have come to require them. */
export function furtherSettings(stack: string, known: readonly string[]): Record<string, unknown> {
  const text = readFileSync(join(__dirname, "..", "..", `Pulumi.${stack}.yaml`), "utf8");
  const { config = {} } = parse(text) as { config?: Record<string, unknown> };
  return Object.fromEntries(Object.entries(config).filter(([key]) => !known.includes(key)));
}

/** A system with these of its own settings only, for tests of what they refuse. */
export function shippedSettings<Shape extends z.ZodRawShape>(
  system: System<Shape>,
  own: readonly (keyof Shape & string)[],
): System<Shape> {
  const settings: System<Shape>["settings"] = (env) =>
    Object.fromEntries(
      Object.entries(system.settings(env)).filter(([key]) => own.includes(key)),
    ) as unknown as Shape;
  return { ...system, settings };
}

/** What prod is shipped with. */
export const SHIPPED_PROD = {
  apps: ["cert-manager", "origin-ca-issuer", "external-secrets", "cloudflare", "calcom"],
  values: [
    "calcom-postgres-password",
    "calcom-database-url",
    "calcom-nextauth-secret",
    "calcom-calendso-encryption-key",
  ],
  settings: [
    "appRepository",
    "cloudflare",
    "azure",
    "secrets",
    "sops",
    "calcom",
    "credentials",
    "rotate",
    "charts",
  ],
  stackFile: [
    ...["system", "cluster", "flux", "fluxRepository", "appRepository", "author", "cloudflare", "secrets"],
    ...["azure", "calcom", "rotate", "ready"],
  ].map((key) => `handoff:${key}`),
} as const;
