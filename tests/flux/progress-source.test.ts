import { strict as assert } from "node:assert";
import { type FluxObject } from "../../provider/flux/follow/flux-object";
import type { ObjectProgress } from "../../provider/flux/follow/conditions";
import {
  OURS,
  OLDER,
  NEWER,
  TOKEN,
  BEFORE,
  AFTER,
  SOURCE,
  type Status,
  ready,
  failed,
  source,
  ourSource,
  look,
} from "./progress";

describe("progressOf a source", () => {
  const handled: Status = { lastHandledReconcileAt: TOKEN };
  const refused = failed("GitOperationFailed", "unable to clone: authentication required", BEFORE);
  const words = "GitOperationFailed: unable to clone: authentication required";
  const table: readonly [string, FluxObject | undefined, Omit<ObjectProgress, "key">][] = [
    [
      "isn't there",
      undefined,
      { status: "progressing", message: "isn't in the cluster yet", revision: undefined },
    ],
    ["has our revision", ourSource, { status: "ready", message: "done", revision: OURS }],
    [
      "has an older revision",
      source(OLDER, ready()),
      { status: "progressing", message: `has ${OLDER}, not yet ${OURS}`, revision: OLDER },
    ],
    [
      "has no revision",
      source(undefined, ready()),
      { status: "progressing", message: `has nothing, not yet ${OURS}`, revision: undefined },
    ],
    [
      "has another revision, from before the nudge",
      source(NEWER, ready(), { lastHandledReconcileAt: "2026-11-20T09:00:00.000Z" }),
      { status: "progressing", message: `has ${NEWER}, not yet ${OURS}`, revision: NEWER },
    ],
    [
      "has somebody's newer revision, after the nudge",
      source(NEWER, ready(), handled),
      { status: "ready", message: "done", revision: NEWER },
    ],
    [
      "failed before the nudge",
      source(OLDER, refused),
      { status: "progressing", message: words, revision: OLDER, nudge: true },
    ],
    [
      "failed after the nudge",
      source(OLDER, refused, handled),
      { status: "failing", message: words, revision: OLDER },
    ],
    [
      "failed after a later nudge, by somebody in another time zone",
      source(OLDER, refused, { lastHandledReconcileAt: "2026-11-20T12:00:03.123456789+02:00" }),
      { status: "failing", message: words, revision: OLDER },
    ],
    [
      "failed before the nudge with our revision",
      source(OURS, refused),
      { status: "progressing", message: words, revision: OURS, nudge: true },
    ],
    [
      "began to fail since the nudge",
      source(OLDER, { ...refused, ...AFTER }),
      { status: "failing", message: words, revision: OLDER },
    ],
    [
      "is suspended",
      source(OURS, ready(), {}, { suspend: true }),
      {
        status: "stopped",
        message:
          "is suspended, so Flux doesn't look at it. Resume it: flux resume source git flux-system -n flux-system",
        revision: OURS,
      },
    ],
    [
      "stalls",
      source(OLDER, failed("URLInvalid", "bad"), {
        conditions: [
          failed("URLInvalid", "bad"),
          { type: "Stalled", status: "True", reason: "URLInvalid", message: "bad scheme" },
        ],
      }),
      { status: "stopped", message: "URLInvalid: bad scheme", revision: OLDER },
    ],
    [
      "is ready at an older generation",
      { ...ourSource, metadata: { ...ourSource.metadata, generation: 2 } },
      { status: "progressing", message: "waits for its controller", revision: OURS },
    ],
  ];
  for (const [name, object, expected] of table) {
    it(`that ${name}: ${expected.status}`, () => {
      assert.deepEqual(look(object === undefined ? [] : [object]), [{ key: SOURCE, ...expected }]);
    });
  }

  it("that answers with what it had before the push is asked again, and isn't taken for somebody's newer commit", () => {
    const answered = source(OLDER, ready(), handled);
    const message = `still has ${OLDER}, not yet ${OURS}`;
    const late = { key: SOURCE, status: "progressing", message, revision: OLDER, nudge: true } as const;
    assert.deepEqual(look([answered], { former: { [SOURCE]: OLDER } }), [late]);
    const newer = source(NEWER, ready(), handled);
    assert.equal(look([newer], { former: { [SOURCE]: OLDER } })[0]?.status, "ready");
    assert.equal(look([ourSource], { former: { [SOURCE]: OURS } })[0]?.status, "ready");
  });
});
