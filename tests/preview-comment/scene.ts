/** Previews as the provider's own handler makes them, on a repository of a test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Props } from "../../provider/plugin/handler";
import { recorder } from "../../provider/plugin/findings";
import { readFindings } from "../../tools/preview-comment/findings";
import { parsePreview, type StackPreview } from "../../tools/preview-comment/preview";
import type { Step } from "../../tools/preview-comment/step";
import { Hand, testContext, TestRemote } from "../git/remote";

export interface Scene {
  /** What is in the repository beside ours. */
  readonly theirs?: Readonly<Record<string, string>>;
  /** Inputs of the hand-off that is there. @default none: a first one */
  readonly before?: Props;
  /** What others committed since: text, and what they say. */
  readonly since?: readonly (readonly [files: Readonly<Record<string, string>>, message: string])[];
  readonly after: Props;
  /** Further steps of the preview. */
  readonly steps?: readonly Step[];
  readonly accepted?: readonly string[];
  /** What the provider masks. */
  readonly mask?: (text: string) => string;
}

const URL = "ssh://git@git.example.com/your-org/flux-config.git";
const STACK = "prod";

/** The step of the commit, as `pulumi preview --json` has it. */
function commitStep(urn: string, before: Props | undefined, after: Props): Step {
  const state = ({ cluster: _, ...inputs }: Props) => ({
    custom: true,
    inputs: { url: URL, branch: "main", ...inputs },
  });
  return {
    op: before === undefined ? "create" : "update",
    urn,
    oldState: before && state(before),
    newState: state(after),
  };
}

/** What the engine and the provider leave behind of it, with commits and addresses that are the same each time. */
export async function previewOf(scene: Scene): Promise<StackPreview> {
  const { theirs, before, since = [], after, steps = [], accepted, mask = (text: string) => text } = scene;
  const remote = new TestRemote(theirs);
  const folder = mkdtempSync(join(tmpdir(), "handoff-findings-"));
  try {
    const hashes = new Map<string, string>();
    const steady = (text: string): string =>
      mask(text)
        .replaceAll(remote.url, URL)
        .replace(/\b[0-9a-f]{40}\b/g, (hash) => {
          const known =
            hashes.get(hash) ??
            String(hashes.size + 1)
              .repeat(40)
              .slice(0, 40);
          hashes.set(hash, known);
          return known;
        });
    const ctx = {
      ...testContext(STACK, "handoff-commit"),
      record: recorder(steady, { HANDOFF_FINDINGS: folder }),
    };
    const hand = new Hand(remote.url, ctx);
    if (before !== undefined) await hand.up(before);
    for (const [files, message] of since) remote.commit(files, message);
    const fault = await hand.preview(after).then(
      () => undefined,
      (error: unknown) => (error as Error).message,
    );
    const urn = ctx.urn;
    const diagnostics = fault === undefined ? [] : [{ urn, message: `error: ${fault}\n`, severity: "error" }];
    const stdout = JSON.stringify({ steps: [commitStep(urn, before, after), ...steps], diagnostics });
    const status = fault === undefined ? 0 : 1;
    return parsePreview(STACK, { stdout, stderr: "", status, findings: readFindings(folder), accepted });
  } finally {
    rmSync(folder, { recursive: true });
    remote.dispose();
  }
}
