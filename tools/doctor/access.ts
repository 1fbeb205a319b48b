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
  const checks = preflightChecks(await patient.preflight(), QUIET);
  return await findingsOf(checks.filter((check) => check.part === part));
}

/** What each check finds, or that all is well. */
export async function findingsOf(checks: readonly PreflightCheck[]): Promise<readonly Finding[]> {
  const found = await Promise.all(checks.map(async ({ well, faults }) => ({ well, faults: await faults() })));
  return found.flatMap(({ well, faults }) =>
    faults.length === 0 ? [ok(well)] : faults.map((words) => fault(words)),
  );
}
