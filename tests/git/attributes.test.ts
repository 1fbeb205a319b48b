import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { filterLines } from "../../provider/git/attributes";
import { Hand, TestRemote } from "./remote";
import { SLOW } from "../slow";

const PATHS = [
  "a",
  "b.yaml",
  "x/a",
  "x/b.yaml",
  "x/y/a",
  "x/y/b.yaml",
  "x/y/z/ab",
  "x y/ü.yaml",
  "x/.a",
  "x/a-b]",
];
const FILES = [".gitattributes", "x/.gitattributes", "x/y/.gitattributes"];

const pattern = fc.oneof(
  fc.constantFrom(
    ...[
      "*",
      "**",
      "*.yaml",
      "a",
      "/a",
      "x/a",
      "/x/**",
      "x/**",
      "**/a",
      "x/**/a",
      "y/",
      "!a",
      "x/*",
      "*/a",
      "?",
      "ü.yaml",
    ],
    ...[
      '"x y/*"',
      '"a"',
      '"x y/\\303\\274.yaml"',
      "x/y",
      "[a-c]",
      "[!a]",
      "[^a]*",
      "[[:alpha:]]",
      "[]]",
      "[",
      "x/[",
      "***",
      "x/***/a",
    ],
    ...[
      "x/a?b[]]",
      "x/?a",
      "\\a",
      "a\\",
      "x/\\*",
      "[b-a]*",
      "[a-]*",
      "[\\a-c]*",
      "??.yaml",
      "???.yaml",
      "**b*",
      "x/**b.yaml",
      "[:x:]",
    ],
  ),
  fc.string({
    unit: fc.constantFrom("a", "b", "x", "y", "/", "*", "?", "[", "]", "!", "-", "\\", "."),
    maxLength: 6,
    minLength: 1,
  }),
);
const attribute = fc.constantFrom(
  ...[
    "filter=lfs",
    "filter=other",
    "-filter",
    "!filter",
    "filter",
    "filter=",
    "text",
    "lfs",
    "-lfs",
    "!lfs",
    "big",
    "binary",
  ],
  ...["diff=lfs", "bad$name", "-", "lfs=x"],
);
const line = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(pattern, fc.array(attribute, { maxLength: 3 }))
      .map(([p, a]) => `${p} ${a.join("\t")}`),
  },
  { weight: 1, arbitrary: fc.constantFrom("", "# *.yaml filter=lfs", "  * filter=lfs", "\t#x", "a") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        "[attr]lfs filter=lfs diff=lfs -text",
        "[attr]big lfs",
        "[attr]big -lfs filter=big",
        "[attr] lfs !filter",
      ],
    ),
  },
);
const text = fc
  .tuple(fc.array(line, { maxLength: 5 }), fc.constantFrom("\n", "\r\n"))
  .map(([lines, eol]) => lines.map((one) => one + eol).join(""));

describe("the filter that .gitattributes gives to a path", function () {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "handoff-attributes-"));
    execFileSync("git", ["init", "--quiet", folder]);
    mkdirSync(join(folder, "x", "y"), { recursive: true });
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("is the one that git says (property)", () => {
    fc.assert(
      fc.property(fc.tuple(text, text, text), (texts) => {
        for (const [index, file] of FILES.entries()) writeFileSync(join(folder, file), texts[index] ?? "");
        const args = ["-C", folder, "check-attr", "-z", "--stdin", "filter"];
        const said = execFileSync("git", args, {
          input: PATHS.map((path) => `${path}\0`).join(""),
          encoding: "utf8",
          stdio: ["pipe", "pipe", "ignore"],
          env: { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_ATTR_NOSYSTEM: "1", HOME: folder },
        }).split("\0");
        const filterOf = filterLines((path) => texts[FILES.indexOf(path)]);
        for (const [index, path] of PATHS.entries()) {
          const git = said[index * 3 + 2] ?? "";
          const named = ["unspecified", "set", "unset", ""].includes(git) ? undefined : git;
          assert.equal(filterOf(path)?.filter, named, `${path}: ${JSON.stringify(texts)}`);
        }
      }),
      { numRuns: Number(process.env.ATTRIBUTES ?? (SLOW ? 150 : 30)) },
    );
  });
});

describe("paths that .gitattributes gives to a filter", () => {
  const POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
  const files = { "apps/a b/app.yaml": "a: 1\n", "other/x.yaml": "x: 1\n" };
  let remote: TestRemote;
  afterEach(() => {
    remote.dispose();
  });

  it("are refused where it keeps something else in git, in the preview too, until they are excepted", async () => {
    remote = new TestRemote({
      ".gitattributes": "[attr]big filter=lfs diff=lfs merge=lfs -text\n",
      "apps/.gitattributes": "# big ones\n*.yaml big\n",
      "apps/list.yaml": POINTER,
      "secret/.gitattributes": "* filter=git-crypt\n",
    });
    const hand = new Hand(remote.url);
    const inputs = {
      files,
      initialFiles: { "secret/s.yaml": "s: 1\n" },
      edits: { "apps/list.yaml": [{ list: ["resources"], entry: "./ours" }] },
    };
    const fault = (path: string, line: string, what: string, fix: string): string =>
      `${path}: ${line}, which keeps ${what} in git: our text in its place would break every clone\n→ Except it by the last line there: ${fix} -filter`;
    const lfs = "line 2 of apps/.gitattributes gives it to Git LFS (filter=lfs)";
    const refused = {
      name: "UserError",
      message: [
        fault("apps/a b/app.yaml", lfs, "a pointer", '"/a b/app.yaml"'),
        fault(
          "secret/s.yaml",
          "line 1 of secret/.gitattributes gives it to git-crypt (filter=git-crypt)",
          "ciphertext",
          "/s.yaml",
        ),
        fault("apps/list.yaml", lfs, "a pointer", "/list.yaml"),
        "→ Nothing was changed in the repository. Move what is in the way, or choose another path; `adopt` takes over files and entries alone.",
      ].join("\n"),
    };
    await assert.rejects(hand.preview(inputs), refused);
    await assert.rejects(hand.up(inputs), refused);
    await assert.rejects(hand.up({ ...inputs, adopt: true }), refused);
    assert.deepEqual(remote.log(), ["Start"]);

    remote.commit({ "apps/.gitattributes": '# big ones\n*.yaml big\n"/a b/app.yaml" -filter\n' });
    await hand.up({ files });
    assert.equal(remote.read("apps/a b/app.yaml"), "a: 1\n");
    // What isn't written any more is nobody's matter.
    remote.commit({ "apps/.gitattributes": "*.yaml big\n" });
    await hand.up({ files: { ...files, "other/x.yaml": "x: 2\n" } });
    assert.equal(remote.log()[0], "Hand off");
  });

  it("are told where the filter is another one, which isn't run", async () => {
    remote = new TestRemote({ ".gitattributes": "other/* filter=tidy\n*.md filter=lfs\n" });
    const hand = new Hand(remote.url);
    const note =
      'other/x.yaml is written as it is, without the filter "tidy" that line 1 of .gitattributes gives it';
    await hand.preview({ files });
    await hand.up({ files });
    assert.equal(hand.ctx.messages.filter((message) => message === note).length, 2);
    assert.equal(remote.read("other/x.yaml"), "x: 1\n");
  });
});
