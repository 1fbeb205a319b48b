import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { list, type ReadEntry } from "tar";
import { parse, parseAllDocuments } from "yaml";
import { startCharts } from "../../../tools/sandbox/services/charts";
import { certManagerChart } from "../../../tools/sandbox/services/charts/cert-manager";
import { charts } from "../../../tools/sandbox/services/charts/table";
import type { Service } from "../../../tools/sandbox/services/http";
import { originCaCrds } from "../../../tools/sandbox/services/origin-ca-crds";

interface Entry {
  readonly version: string;
  readonly digest: string;
  readonly urls: string[];
}

interface Crd {
  readonly metadata: { name: string };
  readonly spec: { group: string; versions: { name: string; subresources: unknown }[] };
}

describe("chart stand-in", () => {
  let service: Service;
  before(async () => {
    service = await startCharts({});
  });
  after(() => service.close());

  const get = async (path: string) => {
    const response = await fetch(service.url + path);
    const content = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, content };
  };
  const digestOf = (content: Buffer) => createHash("sha256").update(content).digest("hex");
  const unpack = async (archive: Buffer): Promise<Record<string, string>> => {
    const files: Record<string, string> = {};
    const reading: Promise<void>[] = [];
    const onReadEntry = (entry: ReadEntry) => {
      reading.push(entry.concat().then((text) => void (files[entry.path] = text.toString())));
    };
    const parser = list({ onReadEntry });
    await new Promise<void>((resolve, reject) => {
      parser.on("end", resolve).on("error", reject);
      parser.end(archive);
    });
    await Promise.all(reading);
    return files;
  };

  for (const [repository, chart, versions] of [
    ["altinity", "altinity-clickhouse-operator", ["0.28.0"]],
    ["apache", "airflow", ["1.22.0"]],
    ["clickstack", "clickstack", ["3.0.2"]],
    ["clickstack", "clickstack-operators", ["1.1.0"]],
    ["cloudnative-pg", "cloudnative-pg", ["0.29.0", "0.27.1"]],
    ["external-secrets", "external-secrets", ["2.9.0"]],
    ["flux-iac", "tofu-controller", ["0.16.5"]],
    ["goauthentik", "authentik", ["2026.8.0", "2026.2.2"]],
    ["grafana", "loki", ["6.55.0"]],
    ["grafana", "promtail", ["6.17.1"]],
    ["grafana-community", "grafana", ["12.11.1", "11.6.1"]],
    ["hashicorp", "vault", ["0.34.1"]],
    ["longhorn", "longhorn", ["1.7.2"]],
    ["prometheus-community", "kube-prometheus-stack", ["69.8.2"]],
    ["stakater", "reloader", ["2.2.14"]],
    ["tailscale", "tailscale-operator", ["1.94.2"]],
    ["victoria-metrics", "victoria-metrics-k8s-stack", ["0.91.2"]],
  ] as const) {
    it(`serves ${chart} from a Helm repository`, async () => {
      const index = parse((await get(`/${repository}/index.yaml`)).content.toString()) as {
        entries: Record<string, Entry[]>;
      };
      const entries = index.entries[chart]!;
      assert.deepEqual(
        entries.map(({ version }) => version),
        versions,
      );
      for (const { version, digest, urls } of entries) {
        const { content } = await get(`/${repository}/${urls[0]!}`);
        assert.equal(digestOf(content), digest);
        const files = await unpack(content);
        assert.equal((parse(files[`${chart}/Chart.yaml`]!) as Entry).version, version);
        assert.ok(files[`${chart}/values.yaml`]);
        assert.ok(files[`${chart}/values.schema.json`]);
        assert.ok(Object.keys(files).every((path) => path.startsWith(`${chart}/`)));
      }
    });
  }

  it("guards the CRDs by the real charts' values", async () => {
    for (const [path, guard, count] of [
      ["/external-secrets/external-secrets-2.9.0.tgz", "{{- if .Values.installCRDs }}", 3],
    ] as const) {
      const files = await unpack((await get(path)).content);
      const crds = Object.entries(files).filter(([name]) => name.includes("/templates/crds/"));
      assert.equal(crds.length, count);
      for (const [name, text] of crds) {
        assert.ok(text.startsWith(guard), name);
        const [document] = parseAllDocuments(text.replaceAll(/^.*\{\{.*$/gm, ""));
        const crd = document?.toJS() as Crd;
        assert.deepEqual(crd.spec.versions[0]?.subresources, { status: {} }, name);
      }
    }
  });

  it("serves origin-ca-issuer from an OCI registry, by tag and by digest", async () => {
    const base = "/v2/cloudflare/origin-ca-issuer-charts/origin-ca-issuer";
    assert.equal((await get("/v2/")).status, 200);
    assert.deepEqual(
      (JSON.parse((await get(`${base}/tags/list`)).content.toString()) as { tags: string[] }).tags,
      ["0.6.10"],
    );
    const tagged = await get(`${base}/manifests/0.6.10`);
    assert.equal(tagged.headers.get("content-type"), "application/vnd.oci.image.manifest.v1+json");
    const digest = tagged.headers.get("docker-content-digest")!;
    assert.equal(digest, `sha256:${digestOf(tagged.content)}`);
    assert.deepEqual((await get(`${base}/manifests/${digest}`)).content, tagged.content);
    const head = await fetch(`${service.url}${base}/manifests/0.6.10`, { method: "HEAD" });
    assert.equal(head.headers.get("content-length"), String(tagged.content.length));

    const manifest = JSON.parse(tagged.content.toString()) as {
      config: { mediaType: string; digest: string };
      layers: { mediaType: string; digest: string }[];
    };
    assert.equal(manifest.config.mediaType, "application/vnd.cncf.helm.config.v1+json");
    assert.equal(manifest.layers[0]?.mediaType, "application/vnd.cncf.helm.chart.content.v1.tar+gzip");
    const config = JSON.parse(
      (await get(`${base}/blobs/${manifest.config.digest}`)).content.toString(),
    ) as object;
    assert.deepEqual(config, {
      ...config,
      name: "origin-ca-issuer",
      version: "0.6.10",
      appVersion: "v0.15.0",
    });
    const files = await unpack((await get(`${base}/blobs/${manifest.layers[0].digest}`)).content);
    assert.match(files["origin-ca-issuer/templates/controller.yaml"]!, /--cluster-resource-namespace=/);
  });

  for (const [repository, tags] of [
    ["external-secrets/charts/external-secrets", ["2.9.0"]],
    ["flux-iac/charts/tofu-controller", ["0.16.5"]],
    ["forgejo-helm/forgejo", ["17.1.5", "17.1.3"]],
  ] as const) {
    it(`serves ${repository} from the OCI registry`, async () => {
      const { content } = await get(`/v2/${repository}/tags/list`);
      assert.deepEqual(JSON.parse(content.toString()), { name: repository, tags });
    });
  }

  it("serves cert-manager's own chart once it is there, with its webhook on this machine", async () => {
    const folder = mkdtempSync(join(tmpdir(), "chart-"));
    const files = {
      "Chart.yaml": "apiVersion: v2\nname: cert-manager\nversion: v0.0.0\nappVersion: v0.0.0\n",
      "values.yaml": "webhook:\n  url: {}\n  replicaCount: 1\n",
      "values.schema.json": "{}",
      "templates/a.yaml": "{{ .Values.webhook.url.host }}",
    };
    mkdirSync(join(folder, "templates"));
    for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
    let there = false;
    const certManager = () =>
      there ? certManagerChart(folder, "localhost:4711") : Promise.resolve(undefined);
    const own = await startCharts({ certManager });
    try {
      const answer = (path: string) => fetch(own.url + path);
      assert.equal((await answer("/jetstack/index.yaml")).status, 503);
      assert.equal((await answer("/longhorn/index.yaml")).status, 200);
      there = true;
      const { entries } = parse(await (await answer("/jetstack/index.yaml")).text()) as {
        entries: Record<string, Entry[]>;
      };
      const versions = entries["cert-manager"]!.map(({ version }) => version);
      assert.deepEqual(versions, ["v1.21.2", "v1.20.0", "v1.17.2"]);
      const archive = await (await answer("/jetstack/cert-manager-v1.17.2.tgz")).arrayBuffer();
      const packed = await unpack(Buffer.from(archive));
      assert.deepEqual(parse(packed["cert-manager/Chart.yaml"]!), {
        ...{ apiVersion: "v2", name: "cert-manager", version: "v1.17.2", appVersion: "v1.17.2" },
      });
      assert.equal(
        packed["cert-manager/values.yaml"],
        "webhook:\n  url:\n    host: localhost:4711\n  replicaCount: 1\n",
      );
      assert.equal(packed["cert-manager/templates/a.yaml"], files["templates/a.yaml"]);
      assert.equal((await answer("/v2/jetstack/charts/cert-manager/tags/list")).status, 200);
    } finally {
      await own.close();
      rmSync(folder, { recursive: true });
    }
  });

  it("keeps the same digests after a restart", async () => {
    const again = await startCharts({});
    try {
      const repositories = charts.flatMap(({ repository = [] }) => repository);
      assert.ok(repositories.length > 15);
      for (const path of repositories.map((repository) => `/${repository}/index.yaml`)) {
        const second = Buffer.from(await (await fetch(again.url + path)).arrayBuffer());
        assert.deepEqual(second, (await get(path)).content);
      }
    } finally {
      await again.close();
    }
  });

  it("answers what it has not in the registry's words", async () => {
    const unknown = await get("/v2/cloudflare/other/manifests/1");
    assert.equal(unknown.status, 404);
    assert.match(unknown.content.toString(), /NAME_UNKNOWN/);
    assert.equal((await get("/longhorn/longhorn-0.0.1.tgz")).status, 404);
    assert.equal((await get("/other/index.yaml")).status, 404);
    assert.equal((await fetch(`${service.url}/v2/`, { method: "POST" })).status, 405);
  });

  it("has the CRDs of the Origin CA issuer", () => {
    const names = Object.values(originCaCrds).map((text) => (parse(text) as Crd).metadata.name);
    assert.deepEqual(names, [
      "clusteroriginissuers.cert-manager.k8s.cloudflare.com",
      "originissuers.cert-manager.k8s.cloudflare.com",
    ]);
  });
});
