import { strict as assert } from "node:assert";
import fc from "fast-check";
import { secret } from "../../manifests/secrets/app-secret";
import { urlEncode } from "../../manifests/secrets/url-encode";
import { template, value } from "../../manifests/secrets/secret-text";
import { UNKNOWN } from "../../provider/plugin/handler";
import { runsOnFormer, secretsRead } from "../../provider/rollout/consumers";
import { changedValues, expectedTexts, keysBehind, touchedSecrets } from "../../provider/rollout/plan";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("what a rotation touches", () => {
  it("is what was there and is another one, also one that isn't known yet", () => {
    const olds = { same: "1", other: "1", unknown: "1", gone: "1" };
    const news = { same: "1", other: "2", unknown: UNKNOWN, added: "1" };
    assert.deepEqual(changedValues(olds, news), ["other", "unknown"]);
    assert.deepEqual([changedValues(olds, UNKNOWN), changedValues(undefined, news)], [[], []]);
  });

  const rolled = (data: Parameters<typeof secret>[2], from: "store" | "sops" = "store") => ({
    ...secret("app", "app", data).secret,
    from,
  });

  it("are the Secrets that take such a value, alone or in a text", () => {
    const [alone, within, without] = [
      rolled({ A: value("a") }),
      rolled({ URL: template`x://${value("a", "url")}` }),
      rolled({ B: value("b"), C: "text" }),
    ];
    assert.deepEqual(touchedSecrets([alone, within, without], ["a"]), [alone, within]);
  });

  it("is compared where it can be told what a key will have", () => {
    const data = {
      A: value("a"),
      OTHERS: value("theirs"),
      JSON: template`{"a": "${value("a", "json")}"}`,
      C: "c",
    };
    assert.deepEqual(expectedTexts(rolled(data), { a: "1<" }), { A: "1<", C: "c" });
    assert.deepEqual(expectedTexts(rolled(data, "sops"), { a: "1<" }), {
      A: "1<",
      JSON: '{"a": "1<"}',
      C: "c",
    });
  });

  it("is there when the live Secret has it, as External Secrets writes it in a URL, too", () => {
    assert.deepEqual(keysBehind(undefined, { A: "1" }), ["A"]);
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        const expected = { URL: `x://${urlEncode(text)}`, PLAIN: text };
        const goes = { URL: base64(`x://${urlEncode(text).replaceAll("%20", "+")}`), PLAIN: base64(text) };
        assert.deepEqual(keysBehind({ data: goes }, expected), []);
        assert.deepEqual(keysBehind({ data: { ...goes, PLAIN: base64(`${text}.`) } }, expected), ["PLAIN"]);
      }),
    );
  });
});

describe("who reads a Secret", () => {
  it("has it in its environment or among its files, in any container", () => {
    const spec = {
      initContainers: [
        { env: [{ valueFrom: { secretKeyRef: { name: "init" } } }, { name: "A", value: "a" }] },
      ],
      containers: [
        { envFrom: [{ secretRef: { name: "from" } }, { configMapRef: { name: "config" } }] },
        { env: [{ valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }] },
      ],
      volumes: [
        { secret: { secretName: "file" } },
        { projected: { sources: [{ secret: { name: "projected" } }, { configMap: { name: "config" } }] } },
        { emptyDir: {} },
      ],
      imagePullSecrets: [{ name: "pull" }],
    };
    const workload = { kind: "Deployment", spec: { template: { spec } } };
    assert.deepEqual([...secretsRead(workload)].sort(), ["file", "from", "init", "projected"]);
    assert.deepEqual([...secretsRead({ kind: "Deployment" })], []);
  });

  it("lives by a former value when it started before the last write of its values", () => {
    const pod = (startedAt?: string, deletionTimestamp?: string) => ({
      metadata: { deletionTimestamp },
      status: {
        containerStatuses: [
          { state: startedAt === undefined ? { waiting: {} } : { running: { startedAt } } },
        ],
      },
    });
    const written = (time: string) => ({
      metadata: {
        managedFields: [
          { manager: "eso", time, fieldsV1: { "f:data": {} } },
          { manager: "labels", time: "2026-09-09T00:00:00Z", fieldsV1: { "f:metadata": {} } },
        ],
      },
    });
    const secrets = [written("2026-01-01T00:00:00Z"), written("2026-02-01T00:00:00Z")];
    const lives = (...pods: ReturnType<typeof pod>[]): boolean => runsOnFormer(pods, secrets);
    assert.equal(lives(pod("2026-01-15T00:00:00Z")), true);
    assert.equal(lives(pod("2026-02-01T00:00:00Z")), true);
    assert.equal(lives(pod("2026-02-01T00:00:01Z")), false);
    assert.equal(lives(pod(), pod("2026-01-15T00:00:00Z", "2026-02-02T00:00:00Z")), false);
    assert.equal(lives(pod("2026-03-01T00:00:00Z"), pod("2026-01-15T00:00:00Z")), true);
    assert.equal(runsOnFormer([pod("2026-03-01T00:00:00Z")], [{}]), true);
  });
});
