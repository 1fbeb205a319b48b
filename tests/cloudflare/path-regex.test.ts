import assert from "node:assert/strict";
import { ruleFaults } from "../../manifests/cloudflare/ingress-rule-checks";

describe("the path of a rule", () => {
  const fault = (path: string) =>
    ruleFaults({ hostname: "app.example.com", service: "http://app:80", path })[0]?.message;

  // As Go 1.26 judges them.
  for (const path of [
    ...["^/api/v\\d+/", "(?i)^/a", "(?P<n>x)", "\\Q(\\E", "/a\\.b\\-c\\/d_\\_", "[[:alpha:]]+"],
    ...["\\pN\\p{Greek}", "a{2,1000}", "\\z\\A\\B", "\\x41", "\\\\h", "\\071"],
    ...[
      "(?i-s)^/a",
      "(?-s)a",
      "\\Qa\\E*",
      "^*",
      "[]a]",
      "\\12",
      "(?P<1a>x)",
      "(?<n>x)",
      "[(?=]",
      "\\x{1F600}",
    ],
  ]) {
    it(`may be ${path}`, () => {
      assert.equal(fault(path), undefined);
    });
  }
  for (const path of [
    ...["\\u0041", "\\cA", "\\h", "\\e", "\\Z", "\\Ga", "\\C", "\\ka", "\\\\\\h", "a{1001}", "a{2,2000}"],
    ...[
      "[[:foo:]]",
      "\\p{Foo}",
      "\\xZ",
      "(x{500}){3}",
      "[a-\\d]",
      "[]",
      "[^]",
      "\\E",
      "[\\b]",
      "[\\z]",
      "\\é",
    ],
    ...["(?=a)", "(?<!a)", "(?>a)", "(?#c)", "(?x)a", "(a)\\1", "a++", "(", "[z-a]"],
  ]) {
    it(`can't be ${path}`, () => {
      assert.match(fault(path) ?? "", / is no regular expression of Go's: ./);
    });
  }
});
