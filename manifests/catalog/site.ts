import type { App } from "../app";
import { clusterService, deployment } from "../apps/deployment";
import { ingressRoute } from "../apps/ingress";
import { checkedApp, option, optionFaults } from "../apps/options";
import { namespace } from "../flux/objects";

export interface SiteOptions {
  /** Of the site, of its namespace and of all that is in it. */
  readonly name: string;
  /** Public names, such as the apex and www. */
  readonly hosts: readonly string[];
  /** With the tag to start with; from then on CI sets it in the repository. */
  readonly image: string;
  /** Public address that its records lead to, past a tunnel. @default as the settings publish all hosts */
  readonly address?: string;
  /** Out of the cluster, while its manifests stay in git. @default false */
  readonly parked?: boolean;
}

const OPTIONS = option.mapping({
  name: option.service(),
  hosts: option.list(option.host(), "at least one DNS name such as hello.example.com", 1),
  image: option.image(),
  address: option.address().optional(),
  parked: option.flag().optional(),
});

/** Port of the container, which serves static content without privileges. */
const PORT = 8080;

/** A static site behind Traefik: a namespace, one replica, a Service and a route. */
export function site(options: SiteOptions): App {
  const { name, hosts, image, address, parked } = options;
  return checkedApp(options, optionFaults(OPTIONS, options), () => ({
    name,
    ...(parked !== undefined && { parked }),
    kustomizations: [
      {
        name,
        manifests: {
          "namespace.yaml": namespace(name),
          "deployment.yaml": deployment({ name, pod: pod(name, image) }),
          "service.yaml": clusterService(name, PORT),
          "ingress.yaml": ingressRoute({ name, hosts, port: 80 }),
        },
        keep: {
          "deployment.yaml": [{ path: ["spec", "template", "spec", "containers", { name }, "image"] }],
        },
      },
    ],
    hosts: hosts.map((host) => ({ name: host, ...(address !== undefined && { address }) })),
  }));
}

/** What the site's pod runs. */
function pod(name: string, image: string): object {
  const probe = { httpGet: { path: "/healthz", port: PORT } };
  return {
    containers: [
      {
        name,
        image,
        ports: [{ containerPort: PORT }],
        livenessProbe: { ...probe, initialDelaySeconds: 5, periodSeconds: 10 },
        readinessProbe: { ...probe, initialDelaySeconds: 3, periodSeconds: 5 },
        resources: {
          requests: { cpu: "10m", memory: "16Mi" },
          limits: { cpu: "100m", memory: "64Mi" },
        },
      },
    ],
  };
}
