import { list, part } from "../danger/change";

type Data = Readonly<Record<string, unknown>>;

/** A release's chart, as helm is asked for it. */
export interface Chart {
  /** Flags, then the chart behind `--`: nothing of a release is taken for a flag. */
  readonly flags: readonly string[];
  readonly chart: string;
  /** With its version, for readers. */
  readonly shown: string;
}

/**
 * What helm takes for the chart of a HelmRelease, or in words why it can't be had.
 * @param source the release's source, by `Kind namespace/name`
 */
export function chartOf(release: Data, source: (name: string) => object | undefined): Chart | string {
  if (list(release, "spec", "valuesFrom").length > 0)
    return "it takes values from ConfigMaps or Secrets of the cluster (`valuesFrom`)";
  const own = textOf(release, "metadata", "namespace") ?? "";
  const ref = part(release, "spec", "chartRef") ?? part(release, "spec", "chart", "spec", "sourceRef");
  const [kind, name, namespace = own] = ["kind", "name", "namespace"].map((key) => textOf(ref, key));
  const found = source(`${kind ?? ""} ${namespace}/${name ?? ""}`);
  if (found === undefined) return `its source ${kind ?? ""} ${name ?? ""} isn't among the stack's files`;
  if (part(found, "spec", "secretRef") !== undefined) return `its source ${name ?? ""} takes a sign-in`;
  const url = textOf(found, "spec", "url") ?? "";
  const plain = part(found, "spec", "insecure") === true ? ["--plain-http"] : [];
  if (kind === "OCIRepository") return ofOciRepository(found, url, plain);
  if (kind !== "HelmRepository") return `its chart is in a ${kind ?? "source"}, which isn't read here`;
  const chart = textOf(release, "spec", "chart", "spec", "chart") ?? "";
  const version = textOf(release, "spec", "chart", "spec", "version") ?? "*";
  if (!/^[A-Za-z0-9][\w.-]*(\/[\w-][\w.-]*)*$/.test(chart))
    return `its chart ${chart} is no name in a repository`;
  const shown = `${chart} ${version}`;
  if (/^oci:\/\//.test(url))
    return { flags: [`--version=${version}`, ...plain], chart: `${url.replace(/\/+$/, "")}/${chart}`, shown };
  return /^https?:\/\//.test(url)
    ? { flags: [`--version=${version}`, `--repo=${url}`], chart, shown }
    : `the address of its source ${name ?? ""} isn't one of charts`;
}

function ofOciRepository(source: object, url: string, plain: readonly string[]): Chart | string {
  const version = textOf(source, "spec", "ref", "semver") ?? textOf(source, "spec", "ref", "tag");
  if (version === undefined) return "its source names the chart by a digest, or by no version";
  if (!/^oci:\/\//.test(url)) return "the address of its source isn't one of charts";
  return {
    flags: [`--version=${version}`, ...plain],
    chart: url,
    shown: `${url.split("/").at(-1) ?? ""} ${version}`,
  };
}

function textOf(object: unknown, ...path: readonly string[]): string | undefined {
  const found = typeof object === "object" && object !== null ? part(object, ...path) : undefined;
  return typeof found === "string" ? found : undefined;
}
