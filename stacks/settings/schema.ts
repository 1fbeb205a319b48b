import { delimiter } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import * as field from "./fields";
import { azure, cloudflare, sops } from "./cloud";
import { mapping } from "./fields";
import { defaultPath, repository, signing } from "./git";
import { Environment, credential, fileText, referencedText } from "./references";

/** Systems of stacks/, by name. */
const SYSTEMS = ["prod"] as const;

/** The schema of the configuration, namespace `handoff:`. Unknown keys are faults; references are resolved. */
export function settingsSchema(env: Environment) {
  return mapping({
    system: field
      .oneOf(SYSTEMS)
      .prefault(env.stack as (typeof SYSTEMS)[number])
      .describe("System of stacks/ that this stack is. Left out: the one named as the stack."),
    cluster: cluster(env),
    flux: flux(),
    fluxRepository: repository(env, field.repositoryPath()).describe(
      "Repository that Flux is bootstrapped from.",
    ),
    appRepository: repository(env, defaultPath("k8s/prod")).describe(
      "Repository of the app's own manifests.",
    ),
    author: mapping({
      name: field.anyText("a name").describe("Name."),
      email: field.email().describe("E-mail address."),
    }).describe("Author of the commits."),
    signing: signing(env).optional().describe("Key that signs the commits. Left out: they aren't signed."),
    cloudflare: cloudflare(env),
    azure: azure(env).optional(),
    secrets: field
      .oneOf(["keyVault", "sops"])
      .default("keyVault")
      .describe(
        "How secrets reach the cluster: Key Vault and External Secrets, or encrypted in git by SOPS.",
      ),
    sops: sops(env).optional(),
    calcom: calcom(),
    credentials: credentials(env),
    rotate: rotate(),
    charts: charts(),
    ready: mapping({
      wait: field
        .flag()
        .default(true)
        .describe("Follow Flux until everything runs the commit; else only tell it."),
      timeout: field.duration().default("15m").describe("How long to follow it."),
    }).prefault({}),
  });
}

function cluster(env: Environment) {
  return mapping({
    name: field.kubernetesName().describe("Name of the cluster, for names of what belongs to it."),
    kubeconfig: z
      .union([fileText(env, "the path of a kubeconfig file"), referencedText(env)], {
        error: "the path of a kubeconfig file, or env, file or config that holds one",
      })
      .prefault(env.variables.KUBECONFIG?.split(delimiter)[0] ?? "~/.kube/config")
      .transform((text) => pulumi.secret(text))
      .describe("Left out: KUBECONFIG, else ~/.kube/config."),
    context: field
      .anyText("the name of a context")
      .optional()
      .describe("Left out: the kubeconfig's current one."),
  }).describe("The cluster to bootstrap.");
}

const CONTROLLERS = [
  "source-controller",
  "kustomize-controller",
  "helm-controller",
  "notification-controller",
] as const;
const EXTRA_CONTROLLERS = [
  "image-reflector-controller",
  "image-automation-controller",
  "source-watcher",
] as const;

function flux() {
  return mapping({
    version: field
      .text(/^v2\.\d+\.\d+$/, "a release of Flux 2, such as v2.9.4")
      .default("v2.9.4")
      .describe("Release of Flux."),
    namespace: z
      .literal("flux-system", { error: "flux-system" })
      .default("flux-system")
      .describe("Fixed: `flux` commands and other tools expect it."),
    components: z
      .array(field.oneOf(CONTROLLERS), { error: "a list of controllers" })
      .default([...CONTROLLERS])
      .describe("Controllers to install."),
    componentsExtra: z
      .array(field.oneOf(EXTRA_CONTROLLERS), { error: "a list of controllers" })
      .default([])
      .describe("Further controllers to install."),
    manifests: field
      .anyText("a path")
      .optional()
      .describe("Folder with the release's manifests. Left out: the release is downloaded."),
    manifestsDigest: field
      .text(/^sha256:[0-9a-f]{64}$/, "sha256: and 64 lowercase hexadecimal digits")
      .optional()
      .describe(
        "Digest that the release's archive must have. Left out: the release's own checksum file counts.",
      ),
    interval: field.duration().default("1m").describe("How often Flux looks at its repository."),
    timeout: field.duration().default("5m").describe("How long to wait for the controllers."),
    controllers: field
      .byName(
        [...CONTROLLERS, ...EXTRA_CONTROLLERS],
        controller(),
        "a mapping from controllers to their options",
      )
      .default({})
      .describe("Pace and size of controllers, by name."),
    shards: z
      .array(field.kubernetesName(), { error: "a list of names" })
      .default([])
      .describe("Further sets of controllers, for objects with the label sharding.fluxcd.io/key."),
  }).prefault({});
}

function controller() {
  const resources = (what: string) =>
    mapping({
      cpu: field.cpu().optional().describe("CPUs."),
      memory: field.size().optional().describe("Memory."),
    })
      .optional()
      .describe(what);
  return mapping({
    concurrent: field.number(1, 1000).optional().describe("Reconciliations at a time."),
    requeueDependency: field
      .duration()
      .optional()
      .describe("How often an object that waits for others looks again."),
    kubeApiQps: field.number(1, 100_000).optional().describe("Requests to the API server a second."),
    kubeApiBurst: field.number(1, 100_000).optional().describe("Requests above that rate in one go."),
    concurrentSsa: field
      .number(1, 1000)
      .optional()
      .describe("Objects of one Kustomization that kustomize-controller applies at a time."),
    customApplyStageKinds: z
      .array(
        field.text(
          /^([a-z0-9.-]+\/)?[A-Z][A-Za-z0-9]*$/,
          "a kind with its group, such as source.toolkit.fluxcd.io/GitRepository",
        ),
        { error: "a list of kinds" },
      )
      .optional()
      .describe("Kinds that kustomize-controller applies before the others of their Kustomization."),
    gcPercent: field
      .number(1, 10_000)
      .optional()
      .describe("Growth of the heap until garbage is collected, in percent (GOGC)."),
    tmpInMemory: field.size().optional().describe("Size of a /tmp in memory, in place of the node's disk."),
    requests: resources("What the pod is promised."),
    limits: resources("What the pod may use at most."),
  });
}

function calcom() {
  return mapping({
    host: field.dnsName("cal.example.com").describe("Public hostname, in the zone."),
    emailFrom: field.email().describe("Sender of the mails."),
    emailServer: mapping({
      host: field
        .dnsName("smtp.example.com")
        .default("email-relay.email-relay.svc.cluster.local")
        .describe("Host."),
      port: field.number(1, 65535).default(25).describe("Port."),
    })
      .prefault({})
      .describe("SMTP relay."),
    images: mapping({
      calcom: field.image().default("calcom/cal.com:v6.1.3").describe("Cal.com."),
      postgres: field.image().default("postgres:16.4-alpine").describe("PostgreSQL."),
      keep: field
        .flag()
        .default(false)
        .describe("Leave the images as others set them in the repository, such as CI or image automation."),
    }).prefault({}),
    storageClass: field
      .anyText("the name of a StorageClass")
      .default("nfs-client")
      .describe("For the database."),
    storageSize: field.size().default("5Gi").describe("For the database."),
    ingressClass: field
      .anyText("the name of an IngressClass")
      .default("nginx")
      .describe("Ingress controller."),
    loadBalancerIP: field
      .ipAddress()
      .optional()
      .describe("Address in the LAN. Left out: there is no LoadBalancer Service."),
  });
}

function credentials(env: Environment) {
  return mapping({
    postgresPassword: credential(env).optional().describe("Password of the database."),
    nextauthSecret: credential(env).optional().describe("NEXTAUTH_SECRET."),
    calendsoEncryptionKey: credential(env).optional().describe("CALENDSO_ENCRYPTION_KEY."),
  })
    .prefault({})
    .describe("Values of an existing installation. Left out: they are generated.");
}

function rotate() {
  const counter = () => field.number(1, 1_000_000).default(1);
  return mapping({
    postgresPassword: counter().describe("Password of the database."),
    nextauthSecret: counter().describe("Ends all sessions."),
    calendsoEncryptionKey: counter().describe("Makes stored credentials of calendars unreadable."),
    originCaToken: counter().describe("Cloudflare token of the Origin CA issuer."),
  })
    .prefault({})
    .describe("Raise a number by one to replace that credential.");
}

function charts() {
  const shape = {
    repository: field.chartUrl().optional().describe("Mirror to take the chart from."),
    version: field
      .text(/^v?\d+\.\d+\.\d+\S*$/, "a version such as 1.2.3")
      .optional()
      .describe("Version of the chart."),
    insecure: field.flag().optional().describe("Speak HTTP to an oci:// registry."),
  };
  const chart = () => mapping(shape).prefault({});
  const crds = mapping({
    url: field
      .httpUrl("https://github.com/cloudflare/origin-ca-issuer")
      .optional()
      .describe("Mirror of the repository."),
    tag: field.gitRef().optional().describe("Tag."),
    branch: field.gitRef().optional().describe("Branch, instead of the tag."),
  })
    .prefault({})
    .describe("Git repository with the CRDs, which the chart hasn't got.");
  return mapping({
    certManager: chart(),
    externalSecrets: chart(),
    originCaIssuer: mapping({ ...shape, crds }).prefault({}),
  })
    .prefault({})
    .describe("Other sources or versions of charts.");
}
