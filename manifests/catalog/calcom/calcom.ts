import { onlyFolder, type App, type AppKustomization, type FolderContent } from "../../app";
import { certificate, ingress, originIssuer, originIssuerSecret } from "../../apps/ingress";
import { FLUX_SYSTEM, gitRepository, namespace } from "../../flux/objects";
import { postgres } from "../postgres";
import { calcomDeployment, calcomServices } from "./deployment";
import { calcomDefaults, type Calcom, type CalcomOptions } from "./options";
import { calcomSecrets } from "./secrets";

/** Cal.com with its database, handed to Flux: its manifests in a repository of its own. */
export function calcom(options: CalcomOptions): App {
  const app = calcomDefaults(options);
  const { name, appRepository, flux } = app;
  const source = `${name}-app`;
  const ns: AppKustomization = {
    name: `${name}-ns`,
    file: "00-kustomization-ns.yaml",
    folder: "ns",
    perCluster: true,
    dependsOn: app.dependsOn,
    interval: flux.interval,
    retryInterval: flux.retryInterval,
    timeout: "2m",
    manifests: { "namespace.yaml": namespace(name) },
  };
  const main: AppKustomization = {
    name: source,
    file: "10-kustomization-app.yaml",
    dependsOn: [{ name: ns.name }],
    interval: flux.interval,
    retryInterval: flux.retryInterval,
    timeout: flux.timeout,
    wait: true,
    sourceRef: { kind: "GitRepository", name: source, namespace: FLUX_SYSTEM },
    path: appRepository.path,
    targetNamespace: name,
    manifests: manifests(app),
    keep: options.keepImages === true ? imageFields : {},
  };
  const repository = gitRepository({
    name: source,
    url: appRepository.url,
    ref: { branch: appRepository.branch },
    secretName: appRepository.secretName ?? undefined,
    provider: appRepository.provider,
    ignore: onlyFolder(appRepository.path),
    interval: flux.sourceInterval,
  });
  return {
    name,
    objects: { "source.yaml": repository },
    kustomizations: [ns, main],
    hosts: [{ name: app.host }],
  };
}

function manifests(app: Calcom): FolderContent {
  const { name, host, database } = app;
  const secrets = calcomSecrets(app);
  const entrance = { name, hosts: [host], port: 3000 };
  return {
    "10-secret-db.yaml": secrets.database,
    "11-secret-calcom.yaml": secrets.app,
    [DATABASE]: postgres({ ...database, namespace: name, secretName: database.name }),
    [DEPLOYMENT]: [calcomDeployment(app), ...calcomServices(app)],
    "40-ingress.yaml": ingress(entrance, { ingressClass: app.ingressClass, comment: NO_LIMITS }),
    "50-secret-cfapi-token.yaml": originIssuerSecret(name),
    "60-originissuer.yaml": originIssuer(name, app.certificate.requestType),
    "70-certificate.yaml": certificate({ ...entrance, ...app.certificate }),
  };
}

const NO_LIMITS = [
  "No rate limits (nginx.ingress.kubernetes.io/limit-rps, limit-connections), on purpose: one page of Cal.com makes",
  "so many requests at once that usual limits answer 503 to real users. Cloudflare wards off floods at its edge.",
].join("\n");

const DATABASE = "20-db-statefulset.yaml";
const DEPLOYMENT = "30-calcom-deployment.yaml";

const pod = ["spec", "template", "spec"];

/** Where the manifests name images. */
const imageFields: NonNullable<AppKustomization["keep"]> = {
  [DATABASE]: [{ kind: "StatefulSet", path: [...pod, "containers", "*", "image"] }],
  [DEPLOYMENT]: ["initContainers", "containers"].map((list) => ({
    kind: "Deployment",
    path: [...pod, list, "*", "image"],
  })),
};
