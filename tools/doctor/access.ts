import { type PreflightCheck, preflightChecks } from "../../provider/preflight-handler";
import type { HandlerContext } from "../../provider/plugin/handler";
import { type Finding, fault, ok } from "./check";
import type { Patient } from "./patient";

/** Nobody watches a resource's line. */
export const QUIET: HandlerContext = {
  urn: "",
  signal: new AbortController().signal,
  status: () => undefined,
  info: () => undefined,
  warn: () => undefined,
};

/** What the preflight of `up` finds of a part, all of it. */
export async function accessFindings(
  part: PreflightCheck["part"],
  patient: Patient,
): Promise<readonly Finding[]> {
  const inputs = await patient.preflight();
  return await findingsOf((ctx) => preflightChecks(inputs, ctx).filter((check) => check.part === part));
}

/** What each check finds, or that all is well; then what they warn of. */
export async function findingsOf(
  checks: (ctx: HandlerContext) => readonly PreflightCheck[],
): Promise<readonly Finding[]> {
  const warnings: Finding[] = [];
  const warn = (words: string): void => {
    warnings.push(fault(words, "warn"));
  };
  const found = await Promise.all(
    checks({ ...QUIET, info: warn, warn }).map(async ({ well, faults }) => ({
      well,
      faults: await faults(),
    })),
  );
  const told = found.flatMap(({ well, faults }) =>
    faults.length === 0 ? [ok(well)] : faults.map((words) => fault(words)),
  );
  return [...told, ...warnings];
}
