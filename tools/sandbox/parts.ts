import { arch, platform } from "node:os";
import { buildCertManager, certManagerBuild, certManagerVersion } from "./cert-manager";
import { type Build, fetchModules, goBuild, recipe } from "./go-build";
import { type Download } from "./download";
import { buildFlux, buildFluxManifests } from "./flux-manifests";
import type { Tools } from "./tools";

/** Something that the sandbox runs or reads, kept in the cache by its version. */
export interface Part {
  readonly name: string;
  readonly version: string;
  /** The vendor's own file, where there is one for this machine. */
  readonly download?: Download;
  /** Makes the part in `folder` from Go modules. */
  readonly build: (folder: string, tools: Tools) => Promise<void>;
  /** What the built part depends on besides its version; another recipe builds it again. */
  readonly recipe: string;
  /** Downloads what building needs. */
  readonly prepare?: () => Promise<void>;
  /** Obtained when its command is first used: not needed to start. */
  readonly onDemand?: boolean;
  /** How long building takes on two cores with nothing cached; for the estimate of the time left. */
  readonly seconds: number;
  /** The commands that it brings; none for a folder of files. */
  readonly commands: readonly string[];
}

const os = platform();
const cpu = arch() === "x64" ? "amd64" : arch();
const kubernetesVersion = "1.36.3";
/** Without these the API server says v0.0.0, which clients refuse (`flux check`). */
const kubernetesFlags = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"]
  .flatMap((at) => [
    `-X ${at}.gitVersion=v${kubernetesVersion}`,
    `-X ${at}.gitMajor=${kubernetesVersion.split(".")[0] ?? ""}`,
    `-X ${at}.gitMinor=${kubernetesVersion.split(".")[1] ?? ""}`,
    `-X ${at}.gitTreeState=clean`,
  ])
  .join(" ");
const github = "https://github.com";

/** A part of one command that is built by `go build`. */
function command(name: string, version: string, seconds: number, build: Build, download?: Download): Part {
  return {
    name,
    version,
    download,
    seconds,
    commands: [name],
    recipe: recipe(build),
    prepare: () => fetchModules(build),
    build: (folder) => goBuild(build, `${folder}/${name}`),
  };
}

/** The vendor publishes the server's commands for Linux only. */
function kubernetes(name: string, seconds: number): Part {
  const url = `https://dl.k8s.io/v${kubernetesVersion}/bin/${os}/${cpu}/${name}`;
  const download: Download = { url, checksums: `${url}.sha256`, members: [name] };
  const build: Build = {
    set: "start",
    package: `k8s.io/kubernetes/cmd/${name}`,
    ldflags: kubernetesFlags,
  };
  return command(
    name,
    kubernetesVersion,
    seconds,
    build,
    os === "linux" || name === "kubectl" ? download : undefined,
  );
}

/** Flux publishes its controllers as images only. */
const controller = (name: string, version: string, seconds: number): Part =>
  command(name, version, seconds, { set: "start", package: `github.com/fluxcd/${name}` });

/** Those that choose and commit tags of images: only for who asks for them. */
const imageController = (name: string, seconds: number): Part => ({
  ...command(name, "1.2.4", seconds, { set: "image-automation", package: `github.com/fluxcd/${name}` }),
  onDemand: true,
});

const fluxVersion = "2.9.4";
const fluxRelease = `${github}/fluxcd/flux2/releases/download/v${fluxVersion}`;
const fluxChecksums = `${fluxRelease}/flux_${fluxVersion}_checksums.txt`;

const etcdVersion = "3.6.8";
const etcdRelease = `${github}/etcd-io/etcd/releases/download/v${etcdVersion}`;
const etcdArchive = `etcd-v${etcdVersion}-${os}-${cpu}`;

/** Of the Pulumi CLI that the project is tested with. */
export const pulumiVersion = "3.250.0";
const sopsVersion = "3.13.3";
const sopsRelease = `${github}/getsops/sops/releases/download/v${sopsVersion}`;
/** The one that helm-controller renders by. */
const helmVersion = "4.2.2";
const kwokVersion = "0.7.0";

/** In the order in which they are obtained: what others are made with comes first. */
export const parts: readonly Part[] = [
  kubernetes("kube-apiserver", 183),
  kubernetes("kube-controller-manager", 39),
  kubernetes("kube-scheduler", 4),
  kubernetes("kubectl", 19),
  command(
    "etcd",
    etcdVersion,
    10,
    { set: "start", package: "go.etcd.io/etcd/server/v3" },
    os === "linux"
      ? {
          url: `${etcdRelease}/${etcdArchive}.tar.gz`,
          checksums: `${etcdRelease}/SHA256SUMS`,
          members: [`${etcdArchive}/etcd`],
        }
      : undefined, // a zip archive elsewhere
  ),
  command(
    "kwok",
    kwokVersion,
    45,
    { set: "kwok", package: "sigs.k8s.io/kwok/cmd/kwok" },
    {
      url: `${github}/kubernetes-sigs/kwok/releases/download/v${kwokVersion}/kwok-${os}-${cpu}`,
      members: ["kwok"],
    },
  ),
  controller("source-controller", "1.9.4", 60),
  controller("kustomize-controller", "1.9.4", 20),
  controller("helm-controller", "1.6.3", 10),
  controller("notification-controller", "1.9.3", 30),
  {
    ...command("source-watcher", "2.2.2", 15, {
      set: "source-watcher",
      package: "github.com/fluxcd/source-watcher/v2/cmd",
    }),
    onDemand: true,
  },
  imageController("image-reflector-controller", 20),
  imageController("image-automation-controller", 20),
  {
    ...command("cert-manager", certManagerVersion, 60, certManagerBuild),
    build: buildCertManager,
    onDemand: true,
  },
  {
    name: "flux-manifests",
    version: `v${fluxVersion}`,
    commands: [],
    seconds: 10,
    recipe: recipe({ set: "flux-manifests" }),
    download: { url: `${fluxRelease}/manifests.tar.gz`, checksums: fluxChecksums, members: "all" },
    build: buildFluxManifests,
  },
  command(
    "pulumi",
    pulumiVersion,
    110,
    {
      set: "start",
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      ldflags: `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${pulumiVersion}`,
    },
    {
      url: `https://get.pulumi.com/releases/sdk/pulumi-v${pulumiVersion}-${os}-${arch()}.tar.gz`,
      checksums: `https://get.pulumi.com/releases/sdk/pulumi-${pulumiVersion}-checksums.txt`,
      members: "all",
    },
  ),
  {
    name: "flux",
    version: fluxVersion,
    commands: ["flux"],
    seconds: 115,
    onDemand: true,
    recipe: recipe({ set: "flux-cli" }),
    download: {
      url: `${fluxRelease}/flux_${fluxVersion}_${os}_${cpu}.tar.gz`,
      checksums: fluxChecksums,
      members: ["flux"],
    },
    build: (folder, tools) => buildFlux(folder, fluxVersion, tools.folder("flux-manifests")),
  },
  {
    ...command(
      "sops",
      sopsVersion,
      67,
      { set: "sops", package: "github.com/getsops/sops/v3/cmd/sops" },
      {
        url: `${sopsRelease}/sops-v${sopsVersion}.${os}.${cpu}`,
        checksums: `${sopsRelease}/sops-v${sopsVersion}.checksums.txt`,
        members: ["sops"],
      },
    ),
    onDemand: true,
  },
  {
    ...command(
      "helm",
      helmVersion,
      20,
      { set: "start", package: "helm.sh/helm/v4/cmd/helm" },
      {
        url: `https://get.helm.sh/helm-v${helmVersion}-${os}-${cpu}.tar.gz`,
        checksums: `https://get.helm.sh/helm-v${helmVersion}-${os}-${cpu}.tar.gz.sha256sum`,
        members: [`${os}-${cpu}/helm`],
      },
    ),
    onDemand: true,
  },
  {
    ...command("hclfmt", "2.25.0", 37, { set: "hcl", package: "github.com/hashicorp/hcl/v2/cmd/hclfmt" }),
    onDemand: true,
  },
];
