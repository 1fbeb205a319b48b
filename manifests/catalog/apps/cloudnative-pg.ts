import { INFRASTRUCTURE, type App } from "../../app";
import { chartFolder, type ChartOptions } from "../../apps/chart";
import { localChart } from "../../apps/local-chart";
import { BASES } from "../../layouts/waves";
import { secret, type AppSecret } from "../../secrets/app-secret";
import { value } from "../../secrets/secret-text";
import type { Manifest } from "../../yaml";
import { STORE_KUSTOMIZATION } from "./external-secrets";
import { rootModule } from "./modules";
import { databaseUser } from "./terraforms";

export interface CloudnativePgOptions {
  /** @default cloudnative-pg 0.29.0 (operator 1.30.0) from https://cloudnative-pg.github.io/charts */
  readonly chart?: ChartOptions;
  /** Apps that get a database and its owner, both of the app's name. */
  readonly databases: readonly string[];
}

const NAME = "cloudnative-pg";
const CLUSTER = "postgres";

/** Where apps reach their databases: the Service of the primary. */
export const DATABASE_HOST = `${CLUSTER}-rw.${NAME}.svc.cluster.local`;

/**
 * CloudNativePG with one cluster for all apps: the passwords of its users are generated into Vault, come back as
 * Secrets, and the users and databases are made of objects. https://cloudnative-pg.io/documentation/
 */
export function cloudnativePg({ chart = {}, databases }: CloudnativePgOptions): App {
  const declared = localChart({
    name: "databases",
    namespace: NAME,
    folder: `${BASES}/${NAME}`,
    operator: NAME,
    objects: {
      "cluster.yaml": cluster(),
      ...Object.fromEntries(databases.map((app) => [`role-${app}.yaml`, role(app)])),
      ...Object.fromEntries(databases.map((app) => [`database-${app}.yaml`, database(app)])),
    },
  });
  const manifests = {
    ...Object.fromEntries<Manifest | AppSecret>(
      databases.flatMap((app) => [
        [`terraform-${app}.yaml`, databaseUser(app, NAME)],
        [`secret-${app}.yaml`, userSecret(app)],
      ]),
    ),
    ...chartFolder(chart, {
      name: NAME,
      namespace: NAME,
      chart: "cloudnative-pg",
      repository: "https://cloudnative-pg.github.io/charts",
      version: "0.29.0",
    }),
    "helmrelease-databases.yaml": declared.release,
  };
  const modules = databases.map((app) => rootModule("database", app));
  const files = Object.assign({ ...declared.files }, ...modules) as Readonly<Record<string, string>>;
  const dependsOn = [{ name: STORE_KUSTOMIZATION }, { name: "tofu-controller" }];
  return { name: NAME, kustomizations: [{ name: NAME, dependsOn, ...INFRASTRUCTURE, manifests, files }] };
}

/** What an app's user signs in with, in the form that CloudNativePG reads. */
function userSecret(app: string): AppSecret {
  const text = (property: string) => value(`databases/${app}:${property}`);
  return secret(
    `${app}-database`,
    NAME,
    { username: text("username"), password: text("password") },
    { type: "kubernetes.io/basic-auth" },
  );
}

function declaration(kind: string, name: string, spec: object): Manifest {
  return { apiVersion: "postgresql.cnpg.io/v1", kind, metadata: { name, namespace: NAME }, spec };
}

function cluster(): Manifest {
  return declaration("Cluster", CLUSTER, { instances: 2, storage: { size: "20Gi" } });
}

function role(app: string): Manifest {
  return declaration("DatabaseRole", app, {
    cluster: { name: CLUSTER },
    name: app,
    login: true,
    passwordSecret: { name: `${app}-database` },
    // Without its object the user stays, as its database does.
    databaseRoleReclaimPolicy: "retain",
  });
}

function database(app: string): Manifest {
  return declaration("Database", app, {
    cluster: { name: CLUSTER },
    name: app,
    owner: app,
    databaseReclaimPolicy: "retain",
  });
}
