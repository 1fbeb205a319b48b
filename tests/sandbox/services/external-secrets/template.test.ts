import { strict as assert } from "node:assert";
import fc from "fast-check";
import { renderTemplate } from "../../../../tools/sandbox/services/external-secrets/template";

describe("templates of ExternalSecrets", () => {
  const data = { user: "cal", password: 'p/ss+w=rd "1"~', "with-dash": "d", empty: "" };
  const cases: [template: string, result: string][] = [
    ["plain", "plain"],
    ["{{ .user }}", "cal"],
    ["{{.user}}:{{ .empty }}!", "cal:!"],
    [
      "postgresql://{{ .user }}:{{ .password | urlquery }}@db",
      "postgresql://cal:p%2Fss%2Bw%3Drd+%221%22~@db",
    ],
    ["{{ urlquery .password }}", "p%2Fss%2Bw%3Drd+%221%22~"],
    ["{{ .user | b64enc | b64dec | quote }}", '"cal"'],
    ["{{ .user | toString | upper | squote }}", "'CAL'"],
    ['{{ .user | trimPrefix "c" | trimSuffix `l` }}', "a"],
    ['{{ "{{" }} stays }}', "{{ stays }}"],
    ["{{ `}}` }}", "}}"],
    ['{{ index . "with-dash" }}', "d"],
    ["a \n{{- .user -}}\n b", "acalb"],
    ["a{{/* not {{ .this }} */}}b", "ab"],
  ];
  for (const [template, result] of cases) {
    it(JSON.stringify(template), () => {
      assert.equal(renderTemplate(template, data), result);
    });
  }

  const faults: [template: string, words: RegExp][] = [
    ["{{ .other }}", /needs the key other/],
    ["{{ .toString }}", /needs the key toString/],
    ["{{ if .user }}x{{ end }}", /uses if, which the sandbox does not support/],
    ["{{ range . }}{{ end }}", /uses range/],
    ["{{ .user | sha256sum }}", /uses sha256sum/],
    ["{{ .user | constructor }}", /uses constructor/],
    ["{{ $x := .user }}", /uses \$x/],
    ["{{ .with-dash }}", /uses \.with-dash/],
    ["{{ (.user) }}", /uses \(/],
    ["{{ .user", /unclosed action/],
    ["{{ }}", /missing value/],
    ["{{ .user | }}", /missing value/],
    ['{{ "a" | trimSuffix }}', /want 2 got 1/],
    ["{{ .user | .password }}", /is not a function/],
  ];
  for (const [template, words] of faults) {
    it(`refuses ${JSON.stringify(template)}`, () => {
      assert.throws(() => renderTemplate(template, data), words);
    });
  }

  it("urlquery is what a URL parser reads back (property)", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (password) => {
        const query = renderTemplate("{{ .password | urlquery }}", { password });
        assert.equal(new URLSearchParams(`p=${query}`).get("p"), password);
        assert.match(query, /^[A-Za-z0-9_.~%+-]*$/);
      }),
    );
  });
});
