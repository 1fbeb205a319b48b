import { strict as assert } from "node:assert";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { attended, type AttendedContext } from "../../provider/plugin/attendance";
import { KnownSecrets } from "../../provider/plugin/secrets";
import { testContext } from "../cloudflare/cloud";

const secret = (value: unknown): object => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

describe("what the plugin knows to be secret", () => {
  const learned = (props: object, environment: NodeJS.ProcessEnv = {}): KnownSecrets => {
    const known = new KnownSecrets(environment);
    known.learn(Struct.fromJavaScript(props as never));
    return known;
  };

  it("is masked at any depth, as JSON, in an address and in base64", () => {
    const value = 'canary/"p+w';
    const known = learned({ auth: { basic: [{ password: secret(value) }] }, open: "not-secret" });
    const forms = [
      value,
      JSON.stringify(value).slice(1, -1),
      encodeURIComponent(value),
      Buffer.from(value).toString("base64"),
    ];
    for (const form of forms) {
      assert.equal(known.mask(`HTTP 401: ${form}, not-secret`), "HTTP 401: [secret], not-secret");
    }
  });

  it("are credentials within a secret text, and those of the environment", () => {
    const kubeconfig = "users:\n- user:\n    token: canary-kube\n";
    const known = learned(
      { kubeconfig: secret(kubeconfig), url: secret("https://git:canary-url@host/x") },
      { CLOUDFLARE_API_TOKEN: "canary-environment", PULUMI_STACK: "canary-stack-name" },
    );
    assert.equal(
      known.mask("canary-kube canary-url canary-environment canary-stack-name"),
      "[secret] [secret] [secret] canary-stack-name",
    );
  });

  it("are each line of a key, and base64 as tokens and URLs have it", () => {
    const lines = ["MIIEvQIBADANBgkqhkiG9w0BAQEF", "AASCBKcwggSjAgEAAoIBAQC7VJTU"];
    const pem = `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
    const odd = "canary?>~~";
    const known = learned({ key: secret(pem), odd: secret(odd) });
    for (const text of [pem.trim(), ...lines, Buffer.from(odd).toString("base64url")])
      assert.equal(known.mask(`bad: ${text} at 1`), "bad: [secret] at 1");
    assert.equal(known.mask("-----BEGIN PRIVATE KEY-----"), "-----BEGIN PRIVATE KEY-----");
  });

  it("may be texts that no URL can hold, or with anything in them", () => {
    const odd = ["canary-\ud800-half", "canary\0nul", "", "$&canary$1", " canary-space "];
    const known = learned({ odd: odd.map(secret) });
    assert.equal(known.mask("x canary\0nul y $&canary$1 z canary-space"), "x [secret] y [secret] z [secret]");
  });

  it("are masked however a host escapes them", () => {
    const value = `canary <&>"'/ é\u{1F600}(!)`;
    const known = learned({ password: secret(value) });
    const strict = encodeURIComponent(value).replace(/[!'()*]/g, (it) => `%${it.charCodeAt(0).toString(16)}`);
    const asGo = JSON.stringify(value).replace(/[<>&]/g, (it) => `\\u00${it.charCodeAt(0).toString(16)}`);
    const ascii = JSON.stringify(value).replace(
      /[^ -~]/g,
      (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
    const html = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    for (const form of [
      ...[asGo, ascii, JSON.stringify(asGo).slice(1, -1)].map((text) => text.replace(/^\\?"|\\?"$/g, "")),
      ...[strict, strict.toLowerCase(), strict.replaceAll("%20", "+"), encodeURIComponent(strict)],
      ...[html, html.replaceAll('"', "&#34;").replaceAll("'", "&#x27;")],
    ])
      assert.equal(known.mask(`it says ${form}, no more`), "it says [secret], no more", form);
  });

  it("are masked however a program quotes them", () => {
    const value = `can''ary  "p$w%\\x<\u{1F600}é\u0007`;
    const known = learned({ password: secret(value) });
    const others = (escape: (character: string, bytes: readonly number[]) => string): string =>
      value.replace(/[^ -~]/gu, (it) => escape(it, [...Buffer.from(it)]));
    const digits = (it: string, length: number): string =>
      (it.codePointAt(0) ?? 0).toString(16).padStart(length, "0");
    for (const form of [
      ...[`'\\''`, `'"'"'`, "''"].map((quote) => value.replaceAll("'", quote)),
      ...[`"`, "$", "%"].map((sign) => value.replaceAll(sign, () => sign + sign)),
      ...[value.replace("  ", "\n    "), value.replace(/[^A-Za-z0-9]/gu, String.raw`\$&`)],
      others((it) => (it.length > 1 ? `\\U${digits(it, 8)}` : `\\u${digits(it, 4)}`)),
      others((it) => `\\u{${digits(it, 1)}}`),
      others((_, bytes) => bytes.map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")),
      others((_, bytes) => bytes.map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")),
    ])
      assert.equal(known.mask(`it says ${form}, no more`), "it says [secret], no more", form);
  });

  // A search that tries each number of repetitions anew wouldn't end within a test's time.
  it("are looked for once in what repeats a character", () => {
    const known = learned({ odd: secret(`canary${"\\\\x".repeat(20)}&&&&&&&&`) });
    const quotes = learned({ odd: secret(`&${"'".repeat(40)}${" ".repeat(40)}&x`) });
    for (const text of ["'".repeat(200_000), " ".repeat(200_000), "\\".repeat(200_000)])
      assert.equal(quotes.mask(`&${text}`), `&${text}`);
    for (const text of [
      `canary${"\\".repeat(500_000)}${"&amp;".repeat(500_000)}`,
      `canary${"\\\\\\x".repeat(200_000)}`,
    ])
      assert.equal(known.mask(text), text);
  });

  it("are masked in base64 of a name and a password", () => {
    const known = learned({ password: secret("canary-password") });
    for (const name of ["", "x:", "git:", "robot:", "a much longer name:"]) {
      const masked = known.mask(`Basic ${Buffer.from(`${name}canary-password\n`).toString("base64")}`);
      const left = Buffer.from(masked.replace("Basic ", "").replace(/\[secret\].*/, ""), "base64").toString();
      assert.ok(masked.includes("[secret]") && !left.includes("can"), masked);
    }
  });

  it("are masked in a Secret for a registry, in base64 twice, and in hexadecimal digits", () => {
    const password = "canary-pass/w+rd";
    const known = learned({ password: secret(password) });
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    for (const user of ["u", "us", "use", "user"]) {
      for (const host of ["r", "re", "reg"]) {
        const config = base64(JSON.stringify({ auths: { [host]: { auth: base64(`${user}:${password}`) } } }));
        const masked = known.mask(`data: ${config}.`);
        assert.match(masked, /^data: \w+\[secret\]\w*=*\.$/);
        // What stays on either side is less than a quarter of it.
        const [, auth = ""] = /"auth":"(.*)/.exec(
          Buffer.from(masked.slice(6).replace(/\[.*/, ""), "base64").toString(),
        )!;
        assert.doesNotMatch(Buffer.from(auth, "base64").toString(), /:can/);
      }
    }
    const digits = Buffer.from(password).toString("hex");
    assert.equal(known.mask(`0x${digits} ${digits.toUpperCase()}`), "0x[secret] [secret]");
    assert.equal(learned({ pin: secret("4711") }).mask("code 34373131"), "code 34373131");
  });

  it("are short texts where they stand alone", () => {
    const known = learned({ pin: secret("7351"), name: secret("a.b$c") });
    assert.equal(known.mask('pin "7351" (7351), a.b$c.'), 'pin "[secret]" ([secret]), [secret].');
    assert.equal(known.mask("port 17351, axb$c, x-7351"), "port 17351, axb$c, x-7351");
    assert.equal(learned({ username: secret("admin") }).mask("isn't cluster-admin"), "isn't cluster-admin");
  });

  it("are no short words", () => {
    assert.equal(learned({ username: secret("git") }).mask("git push failed"), "git push failed");
  });
});

describe("a handler at work", () => {
  const context = (): AttendedContext & { told: string[]; cancel(): void } => ({
    ...testContext(),
    heard: { at: 0, status: "asking the host" },
  });

  it("is never silent for long", async () => {
    const ctx = context();
    const end = new Promise<string>((resolve) => {
      const look = setInterval(() => {
        if (ctx.told.length < 2) return;
        clearInterval(look);
        resolve("done");
      }, 5);
    });
    assert.equal(await attended(ctx, end, 20), "done");
    for (const text of ctx.told) assert.match(text, /^status: asking the host \(\d+ s\)$/);
  });

  it("ends by a cancel whatever it waits for, in its own words where it has some", async () => {
    const deaf = context();
    const never = attended(deaf, new Promise(() => undefined));
    deaf.cancel();
    await assert.rejects(never, /cancelled/);
    const listening = context();
    const own = new Promise((_, reject) => {
      listening.signal.addEventListener("abort", () => {
        reject(new Error("stopped at 3 of 5"));
      });
    });
    const stopped = attended(listening, own);
    listening.cancel();
    await assert.rejects(stopped, /stopped at 3 of 5/);
  });
});
