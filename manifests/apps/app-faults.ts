import { z } from "zod";
import { NOTHING, type Fault } from "../fault";
import { addressFault, ADDRESSES } from "../git/address";
import { pathFault } from "../git/path";
import { option, optionFaults } from "./options";

/** What the options of an app may be. One says where its content comes from. */
const COMMON = {
  name: option.service(),
  namespace: option.label().optional(),
  ownNamespace: option.flag().optional(),
  hosts: option.list(option.host(), "DNS names such as hello.example.com").optional(),
  ingress: z
    .union([z.literal(false), option.name()], {
      error: "traefik, the name of an IngressClass such as nginx, or false",
    })
    .optional(),
  certificate: option.flag().optional(),
  secrets: option
    .map(
      option.name(),
      option.map(
        option.text(/^[-._a-zA-Z0-9]{1,253}$/, "letters, digits, hyphens, dots and underscores"),
        z.union([z.string(), z.looseObject({}), z.array(z.unknown())], { error: "a text, or value(…)" }),
        "a mapping from keys to texts and values",
      ),
      "a mapping from names of Secrets to what is in them",
    )
    .optional(),
  values: option.any("a mapping from names of values to how they are made").optional(),
  after: option.list(option.name(), "names of Kustomizations").optional(),
  parked: option.flag().optional(),
  kustomization: z
    .looseObject(
      { interval: option.duration(), retryInterval: option.duration(), timeout: option.duration() },
      { error: "options of its Kustomization" },
    )
    .partial()
    .optional(),
};

const SERVED = { service: option.service().optional(), port: option.port().optional() };

const CONTENTS = {
  image: {
    image: option.image(),
    port: option.port().optional(),
    replicas: option.whole(0, 1000).optional(),
    env: option
      .map(
        option.text(/^[A-Za-z_.-][A-Za-z0-9_.-]*$/, "a name such as LOG_LEVEL"),
        z.string({ error: "a text" }),
        "a mapping from names to texts",
      )
      .optional(),
    probe: option.text(/^\/\S*$/, "a path such as /healthz").optional(),
    resources: option.any("a mapping of requests and limits").optional(),
    securityContext: option.any("a mapping").optional(),
    keepImage: option.flag().optional(),
    imagePolicy: option.any("a mapping of semver, timestamp or sha").optional(),
  },
  folder: {
    folder: path(),
    source: option
      .mapping({
        url: z
          .string({ error: ADDRESSES })
          .refine((url) => addressFault(url) === undefined, { error: ADDRESSES }),
        branch: z.string({ error: "the name of a branch" }).optional(),
        secretName: option.name().optional(),
      })
      .superRefine(({ url, secretName }, context) => {
        if (!url.startsWith("ssh://") || secretName !== undefined) return;
        const message = `the name of a Secret in flux-system with the key by which Flux reads ${url}`;
        context.addIssue({ code: "custom", path: ["secretName"], message });
      })
      .optional(),
    ...SERVED,
  },
  chart: {
    chart: option.mapping({
      repository: option.text(
        /^(https?:\/\/[^\s/@]+(\/[^\s@]*)?|oci:\/\/[^\s/@]+\/[^\s@:]+)$/,
        "the address of a chart repository, https://… or oci://…, without credentials and without a tag",
      ),
      version: option.text(
        /^(v?\d\S*|[<>=~^*].*)$/,
        "a version such as 1.2.3, or a range such as >=1.0.0 <2.0.0",
      ),
      name: option.text(/^[a-z0-9][a-z0-9._-]*$/, "the name of a chart").optional(),
      insecure: option.flag().optional(),
      secretName: option.name().optional(),
      values: option.any("the chart's values").optional(),
      release: option.any("fields of the HelmRelease").optional(),
    }),
    ...SERVED,
  },
};

/** A folder in a repository; `.` is the repository itself. */
function path() {
  const error = "a folder from the repository's root, such as apps/hello";
  const clean = (given: string): string => given.replace(/^(\.\/+)+/, "").replace(/\/+$/, "");
  return z
    .string({ error })
    .refine((given) => given === "." || (given !== "" && pathFault(clean(given) || ".git") === undefined), {
      error,
    });
}

/** All that is wrong with the options of an app. */
export function appFaults(options: object): Fault[] {
  const contents = Object.keys(CONTENTS) as (keyof typeof CONTENTS)[];
  const given = contents.filter((kind) => (options as Record<string, unknown>)[kind] !== undefined);
  const [kind] = given;
  if (kind !== undefined && given.length === 1) {
    const faults = optionFaults(option.mapping({ ...COMMON, ...CONTENTS[kind] }), options);
    return faults.length === 0 && kind === "image" ? givenTwice(options) : faults;
  }
  const found = given.join(" and ");
  return [
    { path: "image", found: found || NOTHING, allowed: `exactly one of ${contents.join(", ")}` },
    ...optionFaults(z.looseObject(COMMON), options),
  ];
}

/** Variables that a container would have from two places: one would be ignored. */
function givenTwice(options: {
  readonly env?: object;
  readonly secrets?: Readonly<Record<string, object>>;
}): Fault[] {
  const owners = new Map<string, string>(Object.keys(options.env ?? {}).map((key) => [key, "env"]));
  return Object.entries(options.secrets ?? {}).flatMap(([secret, data]) =>
    Object.keys(data).flatMap((key) => {
      const [other, at] = [owners.get(key), `secrets.${secret}`];
      owners.set(key, at);
      const found = `a variable that ${other ?? ""} has, too`;
      return other === undefined ? [] : [{ path: `${at}.${key}`, found, allowed: "each variable once" }];
    }),
  );
}
