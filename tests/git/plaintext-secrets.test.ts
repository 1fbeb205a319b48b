import { strict as assert } from "node:assert";
import { isReadableSource, plaintextSecrets, secretMessage } from "../../manifests/git/plaintext-secrets";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const secret = (fields: string, metadata = "{ name: db, namespace: calcom }"): string =>
  `apiVersion: v1\nkind: Secret\nmetadata: ${metadata}\n${fields}\n`;
const cipher = "ENC[AES256_GCM,data:Zm9v,iv:YmFy,tag:YmF6,type:str]";

describe("plaintextSecrets", () => {
  const found: Readonly<Record<string, readonly [string, readonly string[]]>> = {
    "readable stringData": [
      secret("stringData: { USER: calcom, PASSWORD: canary }"),
      ["Secret calcom/db: USER, PASSWORD"],
    ],
    "encoded data": [secret(`data: { PASSWORD: ${base64("canary")} }`), ["Secret calcom/db: PASSWORD"]],
    "both, where one is harmless": [
      secret(`data: { A: ${base64("a")}, B: REPLACE_ME }\nstringData: { C: c, D: "" }`),
      ["Secret calcom/db: A, C"],
    ],
    "one left open by SOPS": [secret(`stringData: { A: "${cipher}", B: canary }`), ["Secret calcom/db: B"]],
    "a password that looks like ciphertext": [
      secret(`stringData: { A: "ENC[canary]", B: "${cipher} canary ]" }`),
      ["Secret calcom/db: A, B"],
    ],
    "a number": [secret("stringData: { PIN: 1234 }"), ["Secret calcom/db: PIN"]],
    "no namespace, or no name": [
      `${secret("stringData: { A: a }", "{ name: db }")}---\n${secret("stringData: { A: a }", "{}")}`,
      ["Secret db: A", "Secret ?: A"],
    ],
    "the last of several documents": [
      `${secret("stringData: { A: REPLACE_ME }")}---\nkind: ConfigMap\ndata: { A: a }\n---\n${secret("data: { A: YQ== }")}`,
      ["Secret calcom/db: A"],
    ],
    "a List": [
      JSON.stringify({
        kind: "List",
        items: [
          { kind: "ConfigMap", data: { a: "a" } },
          { kind: "Secret", metadata: { name: "s" }, data: { k: base64("canary") } },
        ],
      }),
      ["Secret s: k"],
    ],
    "a SecretList": [
      `kind: SecretList\nitems:\n- kind: Secret\n  metadata: { name: s }\n  stringData: { k: canary }\n`,
      ["Secret s: k"],
    ],
    "one among the values of a release": [
      `kind: HelmRelease\nspec:\n  values:\n    extraObjects:\n    - ${secret("stringData: { A: a }").trimEnd().replaceAll("\n", "\n      ")}\n`,
      ["Secret calcom/db: A"],
    ],
    "one in a patch": [
      `kind: Kustomization\npatches:\n- patch: |\n    ${secret("stringData: { A: a }").replaceAll("\n", "\n    ")}\n`,
      ["Secret calcom/db: A"],
    ],
    "literals that kustomize makes one of": [
      'secretGenerator:\n- name: db\n  literals: [A=a, B=REPLACE_ME, "C=", "D=\'${D}\'", E==]\n',
      ["secretGenerator db: A, E"],
    ],
    "lines that end in CR alone": [
      secret("stringData: { A: a }").replaceAll("\n", "\r"),
      ["Secret calcom/db: A"],
    ],
    "more aliases than a parser likes": [
      `a: &a [1]\nb: &b [${Array(60).fill("*a").join()}]\nc: [${Array(60).fill("*b").join()}]\n${secret("stringData: { A: a }")}`,
      ["Secret calcom/db: A"],
    ],
    "a variable with a value of its own": [secret('stringData: { A: "${A:=a}" }'), ["Secret calcom/db: A"]],
    "an alias": [`x: &x { k: canary }\n${secret("stringData: *x")}`, ["Secret calcom/db: k"]],
  };
  for (const [name, [text, expected]] of Object.entries(found)) {
    it(`finds ${name}`, () => {
      assert.deepEqual(plaintextSecrets(text), expected);
    });
  }

  const passing: Readonly<Record<string, string>> = {
    "an empty file": "",
    "no data": secret("type: Opaque"),
    "empty data": secret("data:\nstringData: {}"),
    "empty values": secret('data: { A: "", B: }\nstringData: { C: "" }'),
    "placeholders that say what belongs there": secret(
      `data: { A: ${base64("REPLACE_ME_strong-password_here")} }\nstringData: { B: REPLACE_ME_2 }`,
    ),
    placeholders: secret("data: { A: REPLACE_ME }\nstringData: { B: REPLACE_ME }"),
    "encoded placeholders": secret(`data: { A: ${base64("REPLACE_ME")}, B: ${base64("REPLACE_ME\n")} }`),
    "variables that Flux fills in": secret('stringData: { A: "${SECRET_A}" }\ndata: { B: "${B}" }'),
    SOPS: secret(`data: { A: "${cipher}" }\nstringData: { B: "${cipher}" }\nsops: { mac: "${cipher}" }`),
    "other kinds":
      "kind: ConfigMap\ndata: { Secret: a }\n---\nkind: ExternalSecret\ndata: [{ secretKey: a }]\n",
    "prose about Secrets": "# Secret\n\n*Secret* and `kind: Secret`: see [here](x): {\n",
  };
  for (const [name, text] of Object.entries(passing)) {
    it(`lets ${name} pass`, () => {
      assert.deepEqual(plaintextSecrets(text), []);
    });
  }

  it("takes the files of a secretGenerator when they are encrypted or placeholders", () => {
    const sources: Readonly<Record<string, boolean>> = {
      "PASSWORD=canary\n": true,
      canary: true,
      "# a comment\nA=REPLACE_ME\n\nB=${B}\r\nC=\n": false,
      REPLACE_ME_key: false,
      [`A=${cipher}\nsops_mac=${cipher}\n`]: false,
      "": false,
    };
    for (const [text, readable] of Object.entries(sources))
      assert.equal(isReadableSource(text), readable, text);
  });

  it("is told with what to do", () => {
    assert.equal(
      secretMessage("k8s/db.yaml", ["Secret calcom/db: A", "Secret s: k"]),
      "k8s/db.yaml holds readable secrets and would be committed to git: Secret calcom/db: A; Secret s: k. " +
        "Put the values into Key Vault and hand over an ExternalSecret, encrypt the file with SOPS, or write REPLACE_ME and fill it out of band.",
    );
  });
});
