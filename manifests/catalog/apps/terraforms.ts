import { terraform } from "../../apps/terraform";
import { secret, type AppSecret } from "../../secrets/app-secret";
import { value } from "../../secrets/secret-text";
import type { Manifest } from "../../yaml";
import { rootModulePath } from "./modules";

/** The object that makes Vault what the others write to; it is in flux-system, where its token is. */
const VAULT = { name: "vault", namespace: "flux-system" } as const;

/** Generates what an app needs, into `credentials/<app>` of Vault. */
export function credentialsOf(app: string): Manifest {
  const path = rootModulePath(app, `credentials/${app}`);
  return terraform({ name: `${app}-credentials`, namespace: app, path, dependsOn: [VAULT] });
}

/** Generates the password of a database's user, into `databases/<app>` of Vault. */
export function databaseUser(app: string, owner: string): Manifest {
  const path = rootModulePath(owner, `databases/${app}`);
  return terraform({ name: `${app}-database`, namespace: owner, path, dependsOn: [VAULT] });
}

/** Makes an app a client of authentik, into `sso/<app>` of Vault, by the token of the Secret of `clientToken`. */
export function client(app: string): Manifest {
  return terraform({
    name: `${app}-sso`,
    namespace: app,
    path: rootModulePath(app, `sso/${app}`),
    dependsOn: [VAULT],
    vars: { domain: "${cluster_domain}" },
    varsFrom: { [`${app}-authentik`]: ["authentik_token"] },
  });
}

/** authentik's token for the app's Terraform object: `varsFrom` reads its own namespace only. */
export function clientToken(app: string): AppSecret {
  return secret(`${app}-authentik`, app, { authentik_token: value("credentials/authentik:api_token") });
}
