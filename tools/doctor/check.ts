import * as pulumi from "@pulumi/pulumi";
import { oneLine } from "../../provider/flux/follow/pods";
import { isForbidden } from "../../provider/kubernetes/cluster-error";
import { UserError } from "../../provider/plugin/handler";
import { type Patient, Unmet } from "./patient";

export type Verdict = "ok" | "warn" | "fail" | "skipped";

/** What a check found, a line for the reader. */
export interface Finding {
  readonly verdict: Verdict;
  /** What is wrong, or what is well. */
  readonly text: string;
  /** What it is about, as `Kind namespace/name`. */
  readonly object?: string;
  /** What to do next. */
  readonly fix?: string;
}

/** One entry of the doctor's lists. */
export interface Check {
  readonly id: string;
  /** As the line begins; of a row, the row's own words. */
  readonly title: string;
  /** Nothing found is nothing wrong. */
  readonly run: (patient: Patient) => Promise<readonly Finding[]>;
}

export interface Checked {
  readonly id: string;
  readonly title: string;
  readonly findings: readonly Finding[];
}

export const ok = (text: string): Finding => ({ verdict: "ok", text });

/** A fault whose words end with lines of what to do, as the plugin tells them. */
export function fault(words: string, verdict: Verdict = "fail"): Finding {
  const [text = "", ...rest] = words.split("\n→ ");
  return { verdict, text, ...(rest.length > 0 && { fix: rest.join(" ") }) };
}

/**
 * All at once; one that fails says so, and the others go on.
 * @param pending takes the titles of those that go on
 */
export async function runChecks(
  checks: readonly Check[],
  patient: Patient,
  pending = new Set<string>(),
): Promise<readonly Checked[]> {
  return await Promise.all(
    checks.map(async ({ id, title, run }) => {
      pending.add(title);
      const findings = await findingsOf(run, patient);
      pending.delete(title);
      return { id, title, findings };
    }),
  );
}

async function findingsOf(run: Check["run"], patient: Patient): Promise<readonly Finding[]> {
  try {
    return await run(patient);
  } catch (error) {
    if (error instanceof Unmet) return [{ verdict: "skipped", text: error.message }];
    // That the user may not look says nothing of what there is.
    if (isForbidden(error))
      return [{ verdict: "skipped", text: `the kubeconfig's user may not look: ${oneLine(error.words)}` }];
    if (error instanceof UserError || pulumi.RunError.isInstance(error)) return [fault(error.message)];
    throw error;
  }
}
