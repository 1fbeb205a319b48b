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
