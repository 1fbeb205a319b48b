import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { stringify } from "yaml";
import { baseObjects, systemObjects } from "./cluster-objects";
import { Kube } from "./kube";
import { inState, paths } from "./paths";
import { port } from "./ports";
import { systemName } from "./systems";
import { TOKEN_ISSUER } from "./token-issuer";
import { STARTUP_CHECK } from "./startup-check";
import { ensureProcess, runningProcess } from "./supervisor";

/** A file in the state folder that holds a secret; made once. */
function secretFile(name: string, make: () => string): string {
  const file = inState("control-plane", name);
  mkdirSync(inState("control-plane"), { recursive: true });
  if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600 });
  return file;
}

const serviceAccountKey = (): string =>
  secretFile("service-account.pem", () =>
    generateKeyPairSync("rsa", { modulusLength: 2048 })
      .privateKey.export({ type: "pkcs8", format: "pem" })
      .toString(),
  );

/** Gives the path of a part's command. */
type Bin = (command: string) => string;

/** The API server as a plain process of this machine, on loopback, with what an empty cluster has. */
export async function startApi(bin: Bin): Promise<Kube> {
  const etcd = await startEtcd(bin("etcd"));
  await startApiServer(bin("kube-apiserver"), etcd);
  const kube = new Kube(paths.kubeconfig);
  for (const { path, object } of [...baseObjects, ...systemObjects(systemName())])
    await kube.apply(path, object);
  return kube;
}

/** The rest of the control plane, as plain processes too: the real scheduler and controllers; kwok plays the nodes and pods. */
export async function startControllers(bin: Bin, kube: Kube): Promise<void> {
  // A kwok that starts waits for the lease of the one before, up to 40 s in which the node takes no pods.
  if (!runs("kwok"))
    await kube.delete("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/sandbox");

  const controllerPort = await port("kube-controller-manager", runs("kube-controller-manager"));
  const schedulerPort = await port("kube-scheduler", runs("kube-scheduler"));
  const kwokPort = await port("kwok", runs("kwok"));
  await Promise.all([
    ensureProcess({
      name: "kube-controller-manager",
      command: bin("kube-controller-manager"),
      args: [
        `--kubeconfig=${paths.kubeconfig}`,
        `--service-account-private-key-file=${serviceAccountKey()}`,
        `--root-ca-file=${certificateFile()}`,
        "--bind-address=127.0.0.1",
        `--secure-port=${controllerPort}`,
        "--leader-elect=false",
        // After a machine's sleep kwok's node would count as lost, and its pods never again as ready.
        "--node-monitor-grace-period=8760h",
      ],
      ready: () => answers(controllerPort, "/healthz", "https:"),
    }),
    ensureProcess({
      name: "kube-scheduler",
      command: bin("kube-scheduler"),
      args: [
        `--kubeconfig=${paths.kubeconfig}`,
        "--bind-address=127.0.0.1",
        `--secure-port=${schedulerPort}`,
        "--leader-elect=false",
      ],
      ready: () => answers(schedulerPort, "/healthz", "https:"),
    }),
    ensureProcess({
      name: "kwok",
      command: bin("kwok"),
      args: [
        `--kubeconfig=${paths.kubeconfig}`,
        "--manage-all-nodes=true",
        "--node-lease-duration-seconds=40",
        `--disregard-status-with-label-selector=${STARTUP_CHECK}`,
        `--server-address=127.0.0.1:${kwokPort}`,
        "--v=WARN",
      ],
      ready: () => answers(kwokPort, "/healthz"),
    }),
  ]);
}

const runs = (name: string): boolean => runningProcess(name) !== undefined;
const certificateFile = (): string => inState("control-plane", "certificates", "apiserver.crt");

async function startEtcd(command: string): Promise<string> {
  const client = `http://127.0.0.1:${await port("etcd", runs("etcd"))}`;
  const peer = `http://127.0.0.1:${await port("etcd-peer", runs("etcd"))}`;
  await ensureProcess({
    name: "etcd",
    command,
    args: [
      "--name=sandbox",
      `--data-dir=${inState("etcd")}`,
      "--unsafe-no-fsync",
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=sandbox=${peer}`,
      "--log-level=warn",
    ],
    ready: () => answers(Number(new URL(client).port), "/health"),
  });
  return client;
}

async function startApiServer(command: string, etcd: string): Promise<void> {
  const securePort = await port("kube-apiserver", runs("kube-apiserver"));
  const tokenFile = secretFile(
    "tokens.csv",
    () => `${randomBytes(24).toString("hex")},admin,admin,"system:masters"\n`,
  );
  await ensureProcess({
    name: "kube-apiserver",
    command,
    args: [
      `--etcd-servers=${etcd}`,
      `--cert-dir=${inState("control-plane", "certificates")}`,
      `--secure-port=${securePort}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      "--endpoint-reconciler-type=none",
      `--service-account-key-file=${serviceAccountKey()}`,
      `--service-account-signing-key-file=${serviceAccountKey()}`,
      `--service-account-issuer=${TOKEN_ISSUER}`,
      "--service-cluster-ip-range=10.0.0.0/16",
      `--token-auth-file=${tokenFile}`,
      "--authorization-mode=RBAC",
      "--allow-privileged=true",
      // Pods of kwok's nodes need no token, and nothing here waits for a namespace's default account.
      "--disable-admission-plugins=ServiceAccount",
    ],
    ready: async () => {
      if (!existsSync(certificateFile())) return false;
      writeKubeconfig(securePort, (readFileSync(tokenFile, "utf8").split(",")[0] ?? "").trim());
      return new Kube(paths.kubeconfig).get("/readyz").then(
        () => true,
        () => false,
      );
    },
  });
}

/** The administrator's kubeconfig, written when it changed; other programs read it while the sandbox runs. */
function writeKubeconfig(securePort: number, token: string): void {
  const certificate = readFileSync(certificateFile()).toString("base64");
  const server = `https://127.0.0.1:${securePort}`;
  const text = stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "sandbox", cluster: { server, "certificate-authority-data": certificate } }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "sandbox", context: { cluster: "sandbox", user: "admin" } }],
    "current-context": "sandbox",
  });
  if (!existsSync(paths.kubeconfig) || readFileSync(paths.kubeconfig, "utf8") !== text) {
    writeFileSync(paths.kubeconfig, text, { mode: 0o600 });
  }
}

/** Whether an HTTP server on loopback answers that path with success. */
function answers(atPort: number, path: string, protocol: "http:" | "https:" = "http:"): Promise<boolean> {
  const call = protocol === "https:" ? https.request : http.request;
  return new Promise((done) => {
    // The health endpoints of scheduler and controller-manager use certificates that they sign themselves.
    const sent = call(
      { protocol, host: "127.0.0.1", port: atPort, path, timeout: 2000, rejectUnauthorized: false },
      (response) => {
        response.resume();
        done((response.statusCode ?? 500) < 300);
      },
    );
    sent.on("timeout", () => sent.destroy());
    sent.on("error", () => {
      done(false);
    });
    sent.end();
  });
}
