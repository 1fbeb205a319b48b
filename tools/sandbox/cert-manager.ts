import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type Deployment, flagName, imageName } from "./deployments";
import { copyWritable } from "./flux-manifests";
import { type Build, go, goBuild, setFolder } from "./go-build";
import { inState, paths } from "./paths";

export const certManagerVersion = "1.21.2";
const MODULE = "github.com/cert-manager/cert-manager";

/** Our own main over cert-manager's packages: the commands of its release aren't in its Go module. */
export const certManagerBuild: Build = {
  set: "cert-manager",
  package: ".",
  ldflags: `-X ${MODULE}/pkg/util.AppVersion=v${certManagerVersion}`,
};

/** Builds the command, and puts the release's chart beside it. */
export async function buildCertManager(folder: string): Promise<void> {
  await goBuild(certManagerBuild, join(folder, "cert-manager"));
  const text = await go(["mod", "download", "-json", MODULE], setFolder(certManagerBuild.set));
  const { Dir } = JSON.parse(text) as { Dir: string };
  copyWritable(join(Dir, "deploy", "charts", "cert-manager"), join(folder, "chart"));
}

const components = ["controller", "webhook", "cainjector"] as const;
type Component = (typeof components)[number];

/** Labels of the chart's Deployments. */
export const CERT_MANAGER_SELECTOR = "app.kubernetes.io/name in (cert-manager,webhook,cainjector)";

/** Flags that depend on where a component runs; what a Deployment says of them holds inside a cluster only. */
const placeFlags = [
  "--secure-port",
  "--healthz-port",
  "--metrics-listen-address",
  "--dynamic-serving-dns-names",
];

export interface WantedComponent {
  readonly component: Component;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly args: readonly string[];
}

/** What of cert-manager should run, by the Deployments and the API groups in the cluster. */
export function wantedComponents(
  deployments: readonly Deployment[],
  groups: ReadonlySet<string>,
): readonly WantedComponent[] {
  if (!groups.has("cert-manager.io")) return [];
  return deployments.flatMap(({ metadata: { namespace = "default" }, spec }) => {
    const { containers, serviceAccountName: serviceAccount = "default" } = spec.template.spec;
    const [container] = containers;
    const component = components.find((name) => imageName(container?.image) === `cert-manager-${name}`);
    if (component === undefined || (spec.replicas ?? 1) < 1) return [];
    const args = (container?.args ?? [])
      .filter((flag) => !placeFlags.includes(flagName(flag)))
      .map((flag) => flag.replaceAll("$(POD_NAMESPACE)", namespace));
    return [{ component, namespace, serviceAccount, args }];
  });
}

/** The arguments of a component as a process of this machine. */
export function componentArgs(
  { component, args }: WantedComponent,
  kubeconfig: string,
  webhook: string,
): readonly string[] {
  const [host = "", port = ""] = webhook.split(":");
  const place =
    component === "webhook" ? [`--secure-port=${port}`, `--dynamic-serving-dns-names=${host}`] : [];
  return [component, ...args, `--kubeconfig=${kubeconfig}`, ...place];
}

/** A kubeconfig by which a process has the rights of a ServiceAccount, and no more. */
export function kubeconfigAs({ namespace, serviceAccount }: WantedComponent): string {
  const file = inState("control-plane", `kubeconfig-${namespace}-${serviceAccount}`);
  const config = parse(readFileSync(paths.kubeconfig, "utf8")) as { users: [{ user: { as?: string } }] };
  config.users[0].user.as = `system:serviceaccount:${namespace}:${serviceAccount}`;
  const text = stringify(config);
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text, { mode: 0o600 });
  return file;
}
