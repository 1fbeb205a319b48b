/** An app that takes a credential of each kind, written into a copy of the program as its user would. */
import { createPrivateKey, createPublicKey } from "node:crypto";
import { strict as assert } from "node:assert";
import { identityToRecipient } from "age-encryption";
import { compare } from "bcryptjs";
import { utils } from "ssh2";
import type { Project } from "./project";

/** How each is declared, and what its text is like. */
const KINDS: Readonly<Record<string, readonly [declared: string, like: RegExp]>> = {
  password: [`password({ length: 40, special: "-_." })`, /^[\w.-]{40}$/],
  urlsafe: [`{ kind: "urlSafePassword" }`, /^[A-Za-z0-9]{32}$/],
  uuid: [`{ kind: "uuid" }`, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
  bytes: ["{ kind: { bytes: 32 } }", /^[A-Za-z0-9+/]{43}=$/],
  hex: ["{ kind: { hex: 32 } }", /^[0-9a-f]{64}$/],
  age: [`{ kind: "ageKey" }`, /^AGE-SECRET-KEY-1/],
  ssh: [`{ kind: "sshKey" }`, /^-----BEGIN OPENSSH PRIVATE KEY-----/],
  tls: [`{ kind: "tlsKey" }`, /^-----BEGIN PRIVATE KEY-----/],
  htpasswd: [`{ kind: { htpasswd: { user: "admin" } } }`, /^[A-Za-z0-9]{32}$/],
  oidc: ["{ kind: { oidcClient: {} } }", /^\S{32,}$/],
};
const PARTS = ["age-public", "ssh-public", "tls-public", "htpasswd-entry", "oidc-id"];
/** Of the program's own, beside those that are generated. */
const TOKEN = "token";

/** Keys of the Secret kinds/kinds, and the value that each of them takes. */
export const KEYS: Readonly<Record<string, string>> = Object.fromEntries(
  [...Object.keys(KINDS), ...PARTS, TOKEN].map((name) => [name, `kinds-${name}`]),
);
/** A rotation keeps the client's id. */
export const KEPT = ["oidc-id"];

const GROUND = "stacks/prod.ts";
const NUMBER = "const ROTATION = ";

/** Writes the app into the program of the system prod. */
export function declareKinds(project: Project): void {
  const own = (text: string, replaced: string): void => {
    project.edit(GROUND, text, replaced);
  };
  const secrets = Object.entries(KEYS).map(([key, name]) => `"${key}": value("${name}")`);
  const values = Object.entries(KINDS).map(
    ([name, [declared]]) => `"kinds-${name}": { ...${declared}, rotation: ROTATION }`,
  );
  own(
    `import type { App } from "../manifests/app";`,
    [
      `import { OriginCaToken } from "../components/cloudflare/origin-ca";`,
      `import type { App } from "../manifests/app";`,
      `import { app } from "../manifests/apps/app";`,
      `import { value } from "../manifests/secrets/secret-text";`,
    ].join("\n"),
  );
  own("/** Secret by which Flux", `${NUMBER}1;\n\n/** Secret by which Flux`);
  own(
    "// npm run new -- app <name>",
    `app({
        name: "kinds", image: "ghcr.io/your-org/kinds:v1.0.0", port: 3000,
        secrets: { kinds: { ${secrets.join(", ")} } },
        values: { ${values.join(", ")} },
      }),`,
  );
  own(
    "[names.databaseUrl]:",
    `"kinds-${TOKEN}": {
          from: () => new OriginCaToken("kinds", {
            accountId: more.cloudflare.accountId, zoneId: more.cloudflare.zoneId, tokenName: "kinds",
            rotation: ROTATION,
          }).value,
          revokes: "the former token of kinds",
        },
        [names.databaseUrl]:`,
  );
}

/** Raises the number of all of them. */
export function rotateKinds(project: Project, to: number): void {
  project.edit(GROUND, `${NUMBER}${String(to - 1)};`, `${NUMBER}${String(to)};`);
}

/** Each text is of its kind, and halves belong to each other. */
export async function assertWhole(texts: Readonly<Record<string, string>>): Promise<void> {
  const text = (key: string): string => texts[key] ?? "";
  for (const [key, [, like]] of Object.entries(KINDS)) assert.match(text(key), like, key);
  assert.equal(await identityToRecipient(text("age").trim()), text("age-public"));
  const ssh = utils.parseKey(text("ssh"));
  assert.ok(!(ssh instanceof Error));
  assert.equal(text("ssh-public").split(" ")[1], ssh.getPublicSSH().toString("base64"));
  const pem = { type: "spki", format: "pem" } as const;
  const shown = createPublicKey(createPrivateKey(text("tls")))
    .export(pem)
    .toString();
  assert.equal(text("tls-public").trim(), shown.trim());
  const [user = "", hash = ""] = text("htpasswd-entry").trim().split(":");
  assert.equal(user, "admin");
  assert.ok(await compare(text("htpasswd"), hash));
  assert.match(text("oidc-id"), /^[0-9a-f-]{36}$/);
}
