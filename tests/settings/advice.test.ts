import assert from "node:assert/strict";
import { apps } from "../../stacks/apps";
import { homelab } from "../../stacks/homelab";
import { prod } from "../../stacks/prod";
import { checkSettings } from "../../stacks/settings";
import type { Fault } from "../../stacks/settings/faults";
import type { OwnSettings } from "../../stacks/settings/schema";
import { sites } from "../../stacks/sites";
import { configuration, readFixture } from "./fixture";
import { someOf } from "../slow";

/** Each in settings that it takes. */
const stacks = { apps, homelab, prod, sites } as const;

type Path = readonly (string | number)[];
type Settings = Readonly<Record<string, unknown>>;

/** What people write in place of a value. */
function misspelt(value: unknown): readonly unknown[] {
  if (typeof value !== "string") return [String(value), -1, true];
  const capital = value.charAt(0).toUpperCase() + value.slice(1);
  return [
    ...[capital, `https://${capital}/`, `http://${value}:443/a?b`, `${value}.`, `/${value}/`],
    ...["Other.example.net", value.replace(/^v/, ""), "10 minutes", "5GB", 5, -1, 1e21, true],
  ];
}

function leaves(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, entry]) =>
    leaves(entry, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

/** A copy of the settings with another value at a path. */
function withAt(raw: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(raw)
    ? [...(raw as unknown[])]
    : { ...(raw as Record<string, unknown>) };
  const entries = copy as Record<string | number, unknown>;
  entries[key] = withAt(entries[key], rest, value);
  return copy;
}

const at = (raw: unknown, path: Path): unknown =>
  path.reduce((value, key) => (value as Record<string | number, unknown>)[key], raw);

/** The value that a hint tells to write; undefined when it tells none, such as to put it in quotes. */
const advised = (hint = ""): string | undefined => /^(?:Did you mean|For example) (\S+?)\??$/.exec(hint)?.[1];

describe("what a fault of a setting advises to write", () => {
  for (const [name, system] of someOf(Object.entries(stacks)))
    it(`is taken there by the next run: ${name}`, () => {
      const { raw, env } = configuration(
        readFixture(name === "prod" ? "valid" : name, "minimal.yaml").document,
      );
      const faults = (settings: unknown): readonly Fault[] =>
        checkSettings(settings as Settings, { ...env, stack: name }, [name], system as OwnSettings).faults;
      assert.deepEqual(faults(raw), []);
      let advices = 0;
      const refused = leaves(raw).flatMap((path) =>
        misspelt(at(raw, path)).flatMap((written) =>
          faults(withAt(raw, path, written)).flatMap(({ path: where, hint }) => {
            const value = where === `handoff:${path.join(".")}` ? advised(hint) : undefined;
            if (value === undefined) return [];
            advices++;
            return faults(withAt(raw, path, value))
              .filter((fault) => fault.path === where)
              .map(({ allowed }) => `${where}: ${String(written)}: ${hint ?? ""}: ${allowed}`);
          }),
        ),
      );
      assert.deepEqual(refused, []);
      assert.ok(advices > 0);
    });
});
