import type { z } from "zod";
import { at, textAt, type Check } from "../checks";
import { NOTHING } from "../faults";
import * as field from "../fields";
import { mapping } from "../fields";
import { gitRef, publicAddress } from "../git-fields";

const chartShape = {
  repository: field.chartUrl().optional().describe("Mirror to take the chart from."),
  version: field
    .text(/^(v?\d+\.\d+\.\d+\S*|[<>=~^].*)$/, "a version such as 1.2.3, or a range such as >=1.0.0 <2.0.0")
    .optional()
    .describe("Version of the chart."),
  insecure: field.flag().optional().describe("Speak HTTP to an oci:// registry."),
};

/** Where a chart comes from, where that isn't its builder's default. */
export const chart = () => mapping(chartShape).prefault({});

/** The chart of the Origin CA issuer, and the git repository of its CRDs. */
export const originCaIssuerChart = () => {
  const crds = mapping({
    url: publicAddress("https://github.com/cloudflare/origin-ca-issuer")
      .optional()
      .describe("Mirror of the repository."),
    tag: gitRef().optional().describe("Tag."),
    branch: gitRef().optional().describe("Branch, instead of the tag."),
  })
    .prefault({})
    .describe("Git repository with the CRDs, which the chart hasn't got.");
  return mapping({ ...chartShape, crds }).prefault({});
};

/** `charts: charts({ certManager: chart(), grafana: chart() })` */
export function charts<Shape extends z.ZodRawShape>(shape: Shape) {
  return mapping(shape)
    .prefault({} as never)
    .describe("Other sources or versions of charts.");
}

/** What the options of a chart rule out. */
export const checkCharts: Check = (raw, report) => {
  const given = at(raw, "charts");
  if (typeof given !== "object" || given === null) return;
  for (const name of Object.keys(given)) {
    const insecure = at(raw, `charts.${name}.insecure`) === true;
    if (insecure && textAt(raw, `charts.${name}.repository`)?.startsWith("oci://") !== true) {
      report(`charts.${name}.insecure`, { allowed: "true only with an oci:// repository" });
    }
    const crds = `charts.${name}.crds`;
    if (at(raw, `${crds}.tag`) !== undefined && at(raw, `${crds}.branch`) !== undefined) {
      report(`${crds}.branch`, { allowed: `${NOTHING} beside a tag` });
    }
  }
};
