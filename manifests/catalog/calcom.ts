import type { OwnRule } from "../cloudflare/ingress-rules";
import { join, under, type Files } from "../files";
import {
  FLUX_SYSTEM,
  gitRepository,
  namespace as namespaceObject,
  type KustomizationOptions,
} from "../flux/objects";
import { sopsConfig } from "../secrets/sops-config";
import {
  clusterApp,
  kustomizeFolder,
  onlyFolder,
  secretsOf,
  type AppFiles,
  type FolderContent,
} from "../apps/app-files";
import { calcomSecretFiles } from "./calcom-secrets";
import { calcomCertificate, calcomIngress, calcomOriginIssuer } from "./calcom-ingress";
import { calcomDeployment, calcomServices } from "./calcom-deployment";
import { calcomDefaults, type Calcom, type CalcomOptions } from "./calcom-options";
import { postgres } from "./postgres";
import type { KeptFields } from "../git/kept-fields";

export interface CalcomFiles extends AppFiles {
  /**
   * Files of the app repository. In SOPS mode its kustomization.yaml also lists the documents whose plaintext
   * `calcomSecretManifests` gives.
   */
  readonly appFiles: Files;
  /** Where they name images, for a hand-off that leaves the tags to others. */
  readonly imageFields: KeptFields;
}

/** Cal.com with its database, handed to Flux: its manifests in the app repository, the hand-off in Flux's. */
export function calcom(options: CalcomOptions): CalcomFiles {
  const app = calcomDefaults(options);
  return { ...fluxFiles(app), appFiles: appFiles(app), imageFields: imageFields(app) };
}

/** The tunnel's rule for Cal.com: to the ingress controller, whose certificate is checked against the host. */
export function calcomTunnelRule(
  host: string,
  service = "https://ingress-nginx-controller.ingress-nginx.svc.cluster.local:443",
  caPool?: string,
): OwnRule {
  const originRequest = { originServerName: host, ...(caPool !== undefined && { caPool }) };
  return { hostname: host, service, originRequest };
}

function fluxFiles(app: Calcom): AppFiles {
  const { name, folders, appRepository, flux } = app;
  const folder = join(folders.clusterPath, name);
  const source = `${name}-app`;
  const ns: KustomizationOptions = {
    name: `${name}-ns`,
    dependsOn: app.dependsOn,
    interval: flux.interval,
    retryInterval: flux.retryInterval,
    timeout: "2m",
    path: `./${folder}/ns`,
  };
  const secrets = secretsOf(app.secrets);
  const manifests: KustomizationOptions = {
    name: source,
    ...secrets,
    dependsOn: [{ name: ns.name }, ...(secrets.dependsOn ?? [])],
    interval: flux.interval,
    retryInterval: flux.retryInterval,
    timeout: flux.timeout,
    wait: true,
    sourceRef: { kind: "GitRepository", name: source, namespace: FLUX_SYSTEM },
    path: `./${appRepository.path}`,
    targetNamespace: name,
  };
  return clusterApp({
    name,
    folders,
    objects: {
      "source.yaml": gitRepository({
        name: source,
        url: appRepository.url,
        ref: { branch: appRepository.branch },
        secretName: appRepository.secretName ?? undefined,
        provider: appRepository.provider,
        ignore: onlyFolder(appRepository.path),
        interval: flux.sourceInterval,
      }),
    },
    kustomizations: { "00-kustomization-ns.yaml": ns, "10-kustomization-app.yaml": manifests },
    payload: under(`${folder}/ns`, kustomizeFolder({ "namespace.yaml": namespaceObject(name) })),
  });
}

function imageFields({ appRepository: { path } }: Calcom): KeptFields {
  const pod = ["spec", "template", "spec"];
  return {
    [`${path}/${DATABASE}`]: [{ kind: "StatefulSet", path: [...pod, "containers", "*", "image"] }],
    [`${path}/${DEPLOYMENT}`]: ["initContainers", "containers"].map((list) => ({
      kind: "Deployment",
      path: [...pod, list, "*", "image"],
    })),
  };
}

const DATABASE = "20-db-statefulset.yaml";
const DEPLOYMENT = "30-calcom-deployment.yaml";

function appFiles(app: Calcom): Files {
  const { secrets, database, name } = app;
  const secret = calcomSecretFiles(app);
  const content: FolderContent = {
    ...secret.database,
    ...secret.app,
    [DATABASE]: postgres({ ...database, namespace: name, secretName: database.name }),
    [DEPLOYMENT]: [calcomDeployment(app), ...calcomServices(app)],
    "40-ingress.yaml": calcomIngress(app),
    ...secret.originCa,
    "60-originissuer.yaml": calcomOriginIssuer(app),
    "70-certificate.yaml": calcomCertificate(app),
  };
  const files = under(app.appRepository.path, kustomizeFolder(content));
  if (secrets.from === "keyvault") return files;
  const [top = "k8s"] = app.appRepository.path.split("/");
  const rule = { pathRegex: `${top}/.*\\.enc\\.ya?ml$`, recipients: secrets.recipients };
  return { ".sops.yaml": sopsConfig([rule]), ...files };
}
