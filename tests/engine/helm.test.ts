/** The comment's rendering of HelmReleases by Helm itself, with a chart that it fetches from a repository and a registry. */
import { strict as assert } from "node:assert";
import { dirname, delimiter } from "node:path";
import { stringify } from "yaml";
import { cachedCommand, obtain } from "../../tools/sandbox/obtain";
import { parts } from "../../tools/sandbox/parts";
import { chartMetadata, packChart } from "../../tools/sandbox/services/charts/pack";
import { Registry } from "../../tools/sandbox/services/charts/registry";
import { helmRepository } from "../../tools/sandbox/services/charts/repository";
import { type Service, startService } from "../../tools/sandbox/services/http";
import { renderReleases, type Helm } from "../../tools/preview-comment/helm/render";
import { runHelm } from "../../tools/preview-comment/helm/run";
import { previewOf } from "../preview-comment/scene";

const object = (kind: string, name: string, more = ""): string =>
  `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n${more}`;
const WORKLOAD = `{{- if .Values.stateful }}\n${object("StatefulSet", "{{ .Release.Name }}")}{{- else }}\n${object("Deployment", "{{ .Release.Name }}", "  labels: { a: {{ .Values.label | quote }} }\n")}{{- end }}\n`;
const FILES = {
  "values.yaml": "stateful: true\nlabel: one\n",
  "templates/workload.yaml": WORKLOAD,
  "templates/hook.yaml": object("Job", "hook", "  annotations: { helm.sh/hook: pre-install }\n"),
  "templates/secret.yaml": object(
    "Secret",
    "db",
    'stringData: { password: "canary-{{ .Chart.Version }}" }\n',
  ),
  "crds/thing.yaml": object("CustomResourceDefinition", "things.example.com"),
};

describe("Helm", function () {
  this.timeout(900_000);
  let service: Service;
  const { PATH } = process.env;
  const asked: string[] = [];
  const helm: Helm = (args, values) => {
    asked.push(args.join(" "));
    return runHelm(args, values);
  };

  before(async () => {
    await obtain(parts.filter(({ name }) => name === "helm"));
    process.env.PATH = `${dirname(cachedCommand(parts, "helm") ?? "")}${delimiter}${PATH ?? ""}`;
    const metadata = (version: string) => chartMetadata("db", { version, appVersion: version });
    const packed = await Promise.all(
      ["1.0.0", "2.0.0"].map((version) => packChart(metadata(version), FILES)),
    );
    const oci = new Registry();
    for (const one of packed) oci.add("charts/db", one);
    service = await startService({
      port: 0,
      failure: (status, message) => ({ errors: [{ code: String(status), message }] }),
      handle: ({ path }) => {
        if (path.startsWith("/v2")) return oci.answer(path.slice("/v2/".length));
        return helmRepository(packed, path.slice(1)) ?? { status: 404, body: "none\n" };
      },
    });
  });
  after(async () => {
    process.env.PATH = PATH;
    await service.close();
  });

  const files = (
    version: string,
    values: object,
    source: object = { url: service.url },
  ): Record<string, string> => ({
    "source.yaml": stringify({
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "HelmRepository",
      metadata: { name: "charts", namespace: "shop" },
      spec: source,
    }),
    "release.yaml": stringify({
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      metadata: { name: "db", namespace: "shop" },
      spec: {
        chart: { spec: { chart: "db", version, sourceRef: { kind: "HelmRepository", name: "charts" } } },
        values,
      },
    }),
  });
  const rendered = async (before: Record<string, string>, after: Record<string, string>) => {
    const preview = await previewOf({ before: { files: before }, after: { files: after } });
    return await renderReleases(preview.proposed, helm);
  };

  it("makes of a release what it would before and after, by its values and version", async () => {
    const releases = await rendered(files("1.0.0", {}), files("2.0.0", { stateful: false, label: "two" }));
    assert.deepEqual(
      releases.map(({ reason, objects = [] }) => [reason, objects.map(({ name }) => name)]),
      [[undefined, ["Deployment shop/db", "Secret shop/db", "StatefulSet shop/db"]]],
    );
    const [made] = releases[0]?.objects ?? [];
    assert.deepEqual(made?.after?.metadata, { name: "db", labels: { a: "two" } });
    assert.doesNotMatch(JSON.stringify(releases), /canary/);
    assert.equal(asked.length, 2);
  });

  it("has a chart's definitions where it comes anew", async () => {
    const source = { "source.yaml": files("1.0.0", {})["source.yaml"] ?? "" };
    const [release] = await rendered(source, files("1.0.0", {}));
    assert.deepEqual(
      release?.objects?.map(({ name }) => name),
      ["CustomResourceDefinition things.example.com", "Secret shop/db", "StatefulSet shop/db"],
    );
  });

  it("takes a chart of a registry", async () => {
    const source = { type: "oci", insecure: true, url: `${service.url.replace("http", "oci")}/charts` };
    const [release] = await rendered(files("1.0.0", {}, source), files("1.0.0", { stateful: false }, source));
    assert.equal(release?.reason, undefined);
    assert.deepEqual(
      release?.objects?.map(({ name }) => name),
      ["Deployment shop/db", "StatefulSet shop/db"],
    );
  });

  it("says why it can't have a chart", async () => {
    const [release] = await rendered(files("1.0.0", {}), files("3.0.0", {}));
    assert.match(release?.reason ?? "", /^helm says: .*(3\.0\.0|not found)/);
  });
});
