import { app as appOf, type AppOptions } from "../../manifests/apps/app";
import { plainService } from "../../manifests/apps/service";
import { site as siteOf } from "../../manifests/catalog/site";
import type { Import } from "./edit-source";

/** What an entry is made of. */
export interface EntryOptions {
  readonly name: string;
  readonly image?: string;
  readonly folder?: string;
  readonly chart?: string;
  readonly version?: string;
  readonly port?: string;
  readonly hosts: readonly string[];
  /** Keys of its Secret, each a generated password, or `KEY=kind`. */
  readonly secrets: readonly string[];
}

export interface Entry {
  readonly text: string;
  readonly imports: readonly Import[];
}

/** A kind of entry, and the functions whose calls stand in its list. */
export interface Kind {
  readonly functions: readonly string[];
  readonly entry: (options: EntryOptions) => Entry;
  /** Those of the command line that it takes. */
  readonly options: readonly (keyof EntryOptions)[];
  /** What its function finds wrong with them. */
  readonly faults: (options: EntryOptions) => readonly string[];
}

const quoted = (text: string): string => JSON.stringify(text);
const list = (texts: readonly string[]): string => `[${texts.map(quoted).join(", ")}]`;
const fields = (...entries: readonly (readonly [name: string, text: string | undefined])[]): string =>
  entries.flatMap(([name, text]) => (text === undefined ? [] : [`${name}: ${text}`])).join(", ");

/** `hello-password` for the key PASSWORD of hello. */
export const valueName = (name: string, key: string): string =>
  `${name}-${key.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;

/** What is generated for a key, by the word for it: source text, and the function that it calls. */
const GENERATED: Readonly<Record<string, readonly [text: string, calls?: string]>> = {
  password: ["password()", "password"],
  bytes: ["randomBytes(32)", "randomBytes"],
  hex: ["hexBytes(32)", "hexBytes"],
  ...Object.fromEntries(
    ["urlSafePassword", "uuid", "ageKey", "sshKey", "tlsKey"].map((kind) => [kind, [`{ kind: "${kind}" }`]]),
  ),
};

/** What the key of a Secret can be called, and how its value is made. */
export const SECRET_OPTION = new RegExp(`^[A-Za-z_][A-Za-z0-9_]*(=(${Object.keys(GENERATED).join("|")}))?$`);

export const GENERATED_KINDS = Object.keys(GENERATED);

function app(options: EntryOptions): Entry {
  const { name, folder, chart, version, hosts, port } = options;
  const secrets = options.secrets.map((secret) => {
    const [key = "", kind = "password"] = secret.split("=");
    const [made = "", calls] = GENERATED[kind] ?? [];
    return { key, value: quoted(valueName(name, key)), made, calls };
  });
  const image =
    (options.image ?? (folder ?? chart) === undefined)
      ? (options.image ?? `ghcr.io/your-org/${name}:v1.0.0`)
      : undefined;
  const data = secrets.map(({ key, value }) => `${key}: value(${value})`);
  const values = secrets.map(({ value, made }) => `${value}: ${made}`);
  const text = fields(
    ["name", quoted(name)],
    ["image", image && quoted(image)],
    ["folder", folder && quoted(folder)],
    [
      "chart",
      chart &&
        `{ ${fields(["name", quoted(name)], ["repository", quoted(chart)], ["version", quoted(version ?? "")])} }`,
    ],
    ["port", port],
    ["hosts", hosts.length > 0 ? list(hosts) : undefined],
    ["secrets", data.length > 0 ? `{ ${quoted(name)}: { ${data.join(", ")} } }` : undefined],
    ["values", values.length > 0 ? `{ ${values.join(", ")} }` : undefined],
  );
  const secret: Import[] = [
    { name: "value", from: "../manifests/secrets/secret-text" },
    ...[...new Set(secrets.flatMap(({ calls }) => calls ?? []))].map((called) => ({
      name: called,
      from: "../components/secrets/values",
    })),
  ];
  return {
    text: `app({ ${text} })`,
    imports: [{ name: "app", from: "../manifests/apps/app" }, ...(secrets.length > 0 ? secret : [])],
  };
}

function site({ name, hosts, image }: EntryOptions): Entry {
  const own = hosts.length > 0 ? hosts : [`${name}.example.com`];
  const text = fields(
    ["name", quoted(name)],
    ["hosts", list(own)],
    ["image", quoted(image ?? `ghcr.io/your-org/${name}:v1.0.0`)],
  );
  return { text: `site({ ${text} })`, imports: [{ name: "site", from: "../manifests/catalog/site" }] };
}

/** The layout of services makes their namespaces. */
function service({ name, hosts, image = `ghcr.io/your-org/${name}:v1.0.0`, port }: EntryOptions): Entry {
  const container = fields(["name", quoted(name)], ["image", quoted(image)], ["port", port]);
  const text = fields(
    ["name", quoted(name)],
    ["namespace", quoted(name)],
    [
      "hosts",
      hosts.length > 0 ? `[${hosts.map((host) => `{ name: ${quoted(host)} }`).join(", ")}]` : undefined,
    ],
    ["manifests", `{ "${name}.yaml": [workload({ ${container} }), workloadService({ ${container} })] }`],
  );
  return {
    text: `plainService({ ${text} })`,
    imports: [
      { name: "plainService", from: "../manifests/apps/service" },
      { name: "workload", from: "../manifests/apps/workload" },
      { name: "workloadService", from: "../manifests/apps/workload" },
    ],
  };
}

function appFaults({ name, image, folder, chart, version, port, hosts }: EntryOptions): readonly string[] {
  const content = {
    ...((image ?? folder ?? chart) === undefined && { image: placeholder(name) }),
    ...(image !== undefined && { image }),
    ...(folder !== undefined && { folder }),
    ...(chart !== undefined && { chart: { repository: chart, version } }),
  };
  return appOf({ name, ...content, hosts, ...portOf(port) } as unknown as AppOptions).faults ?? [];
}

const placeholder = (name: string): string => `ghcr.io/your-org/${name}:v1.0.0`;

/** What is no number stays as it is, to be told as that. */
const portOf = (port: string | undefined) =>
  port === undefined ? {} : { port: /^\d+$/.test(port) ? Number(port) : port };

export const KINDS: Readonly<Record<string, Kind>> = {
  app: {
    functions: ["app"],
    entry: app,
    options: ["image", "folder", "chart", "version", "port", "hosts", "secrets"],
    faults: appFaults,
  },
  site: {
    functions: ["site"],
    entry: site,
    options: ["image", "hosts"],
    faults: ({ name, image = placeholder(name), hosts }) =>
      siteOf({ name, image, hosts: hosts.length > 0 ? hosts : [`${name}.example.com`] }).faults ?? [],
  },
  service: {
    functions: ["plainService", "helmService"],
    entry: service,
    options: ["image", "port", "hosts"],
    faults: (options) => [
      ...(plainService({ name: options.name, namespace: options.name, manifests: {} }).faults ?? []),
      // Its container and its hosts are as an app's.
      ...appFaults(options),
    ],
  },
};
