import { mask } from "../../provider/http/mask";
import { type Level, mark, type Paint } from "../text/mark";
import type { Checked, Finding, Verdict } from "./check";

/** What the doctor says. */
export interface Report {
  /** Of this document. */
  readonly version: 1;
  /** No check fails, and no row applies that says more than a warning. */
  readonly well: boolean;
  readonly checks: readonly Checked[];
  /** Rows of the troubleshooting tables. */
  readonly rows: readonly Checked[];
}

const LEVELS: Readonly<Record<Verdict, Level>> = { ok: "ok", warn: "warn", fail: "fail", skipped: "off" };

export function reportOf(checks: readonly Checked[], rows: readonly Checked[]): Report {
  const findings = [...checks, ...rows].flatMap((one) => one.findings);
  return {
    version: 1,
    well: findings.every(({ verdict }) => verdict === "ok" || verdict === "warn"),
    checks,
    rows,
  };
}

/** Without the secrets that hosts repeat in their answers. */
export function withoutSecrets({ checks, rows, ...report }: Report, secrets: readonly string[]): Report {
  const masked = ({ text, fix, ...finding }: Finding): Finding => ({
    ...finding,
    text: mask(text, secrets),
    ...(fix !== undefined && { fix: mask(fix, secrets) }),
  });
  const each = (some: readonly Checked[]): readonly Checked[] =>
    some.map((one) => ({ ...one, findings: one.findings.map(masked) }));
  return { ...report, checks: each(checks), rows: each(rows) };
}

export function reportText({ checks, rows }: Report, paint: Paint): string {
  const applied = rows.filter(({ findings }) => findings.some(({ verdict }) => verdict !== "skipped"));
  const width = Math.max(...checks.map(({ title }) => title.length));
  return [
    ...checks.flatMap(({ title, findings }) => blocks(title.padEnd(width), findings, paint)),
    "",
    paint("bold", "Troubleshooting"),
    ...applied.flatMap((row) => rowLines(row, paint)),
    ...skippedLines(rows, paint),
    ...(rows.every(({ findings }) => findings.length === 0)
      ? [`${mark("ok", paint)} none of ${String(rows.length)} rows applies`]
      : []),
    "",
  ].join("\n");
}

/** Why rows weren't looked at, each reason once. */
function skippedLines(rows: readonly Checked[], paint: Paint): readonly string[] {
  const titles = new Map<string, string[]>();
  for (const { title, findings } of rows) {
    for (const { verdict, text } of findings) {
      if (verdict === "skipped") titles.set(text, [...(titles.get(text) ?? []), title]);
    }
  }
  return [...titles].map(
    ([text, of]) =>
      `${mark("off", paint)} not looked at: ${of.length === rows.length ? "all rows" : of.join("; ")}: ${text}`,
  );
}

/** A row's own words, and below them each object that it applies to. */
function rowLines({ title, findings }: Checked, paint: Paint): readonly string[] {
  const worst = findings.some(({ verdict }) => verdict === "fail") ? "fail" : "warn";
  return [
    `${mark(worst, paint)} ${title}`,
    ...findings.flatMap((finding) => wordsOf(finding).map((line) => `    ${line}`)),
  ];
}

/** Lines: the object with what is wrong, what to do. */
function wordsOf({ object, text, fix }: Finding): readonly string[] {
  const words = [object, text].filter((part) => part !== undefined).join(": ");
  return [...words.split("\n"), ...(fix === undefined ? [] : [`→ ${fix}`])];
}

/** Each finding a line with its sign; the fix below it. */
function blocks(title: string, findings: readonly Finding[], paint: Paint): readonly string[] {
  const indent = `\n  ${" ".repeat(title.length)}  `;
  const shown = findings.length === 0 ? [{ verdict: "ok" as const, text: "nothing to look at" }] : findings;
  return shown.map((finding: Finding) => {
    return `${mark(LEVELS[finding.verdict], paint)} ${title}  ${wordsOf(finding).join(indent)}`;
  });
}
