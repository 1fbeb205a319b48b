import { deployment } from "../../apps/deployment";
import { withComments, type Commented, type Manifest } from "../../yaml";
import type { Calcom } from "./options";

const PORT = 3000;

/** Cal.com: waits for its database, migrates it, starts without the app store's seed. */
export function calcomDeployment(app: Calcom): Commented {
  const { name, database } = app;
  const envFrom = [{ secretRef: { name: app.secretName } }];
  const object = deployment({
    name,
    pod: {
      initContainers: [
        {
          name: "wait-for-postgres",
          image: database.image,
          command: ["sh", "-c", waitScript(database.name, database.user)],
          envFrom: [{ secretRef: { name: database.name } }],
        },
        { name: "migrate", image: app.image, command: ["npx", "prisma", "migrate", "deploy"], envFrom },
      ],
      containers: [
        {
          name,
          image: app.image,
          command: ["/bin/sh", "-c"],
          args: [START_SCRIPT],
          ports: [{ containerPort: PORT }],
          env: environment(app),
          envFrom,
          readinessProbe: { tcpSocket: { port: PORT }, initialDelaySeconds: 30, periodSeconds: 10 },
          livenessProbe: { tcpSocket: { port: PORT }, initialDelaySeconds: 60, periodSeconds: 10 },
          resources: app.resources,
        },
      ],
    },
  });
  const container = "spec.template.spec.containers.0";
  return withComments(object, {
    "spec.template.spec.initContainers.1": "Running it again changes nothing when the schema is current.",
    [`${container}.command`]:
      "In place of the image's own start script, which seeds the app store and thereby undoes what the admin UI set.",
    [`${container}.env.3`]: "Cal.com 6 answers 503 to signed-in users on hosts outside these domains.",
    [`${container}.readinessProbe`]: "TCP, since Cal.com has no health endpoint.",
  });
}

/** In the cluster, and from the LAN unless that is switched off. */
export function calcomServices({ name, loadBalancer }: Calcom): Manifest[] {
  const ports = [{ port: PORT, targetPort: PORT }];
  const selector = { app: name };
  const internal: Manifest = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: name },
    spec: { selector, ports },
  };
  if (loadBalancer === false) return [internal];
  const { address } = loadBalancer;
  const annotations = address === undefined ? undefined : { "metallb.universe.tf/loadBalancerIPs": address };
  const external: Manifest = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: `${name}-lb`, namespace: name, annotations },
    spec: { type: "LoadBalancer", selector, ports },
  };
  return [internal, external];
}

// The address is compiled into the JavaScript at build time; the image's own script puts ours in its place.
const START_SCRIPT = [
  'scripts/replace-placeholder.sh "$BUILT_NEXT_PUBLIC_WEBAPP_URL" "$NEXT_PUBLIC_WEBAPP_URL"',
  "exec yarn start",
  "",
].join("\n");

function waitScript(host: string, user: string): string {
  return [
    `until pg_isready -h ${host} -U ${user}; do`,
    '  echo "Waiting for PostgreSQL..."',
    "  sleep 2",
    "done",
    "",
  ].join("\n");
}

function environment(app: Calcom): object[] {
  return [
    { name: "NODE_OPTIONS", value: `--max-old-space-size=${app.heap}` },
    { name: "NEXT_PUBLIC_WEBAPP_URL", value: app.appUrl },
    { name: "NEXTAUTH_URL", value: app.appUrl },
    { name: "ALLOWED_HOSTNAMES", value: JSON.stringify(app.allowedHostnames) },
    { name: "EMAIL_SERVER_HOST", value: app.email.host },
    { name: "EMAIL_SERVER_PORT", value: String(app.email.port) },
  ];
}
