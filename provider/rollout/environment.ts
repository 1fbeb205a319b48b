import type { PostgresRole } from "../../manifests/secrets/alter-role";
import { referencesIn, type SecretText } from "../../manifests/secrets/secret-text";
import { byTemporaryRole, takesOne } from "../../manifests/secrets/temporary-address";
import type { LiveObject } from "../kubernetes/live-object";
import { templateOf, type Container, type PodSpec } from "./consumers";
import { wholeTexts, type RolledSecret, type Texts } from "./plan";

/** Field manager of what leads a workload to a temporary role. Flux leaves its fields alone, and it takes back them alone. */
export const MANAGER = "handoff-rotation";

/** End of the names of Secrets with the addresses by which pods sign in as temporary roles. */
const TEMPORARY = ".handoff-rotation";

export function temporarySecret(name: string): string {
  return `${name}${TEMPORARY}`;
}

/** Whether the pods of a workload, or a pod itself, sign in by a temporary role. */
export function isLed(object: LiveObject): boolean {
  const spec = object.kind === "Pod" ? (object.spec as PodSpec | undefined) : templateOf(object).spec;
  return allContainers(spec).some(({ env = [] }) =>
    env.some(({ valueFrom }) => valueFrom?.secretKeyRef?.name?.endsWith(TEMPORARY) === true),
  );
}

/** How a workload gets over another password of roles that it signs in by. */
export type Way =
  /** These entries of its containers' environments lead it to the temporary roles, before those of its Secrets. */
  | { readonly lead: Pick<PodSpec, "initContainers" | "containers">; readonly why?: undefined }
  /** It can't be led: why not. */
  | { readonly why: string; readonly lead?: undefined };

/**
 * The way of a workload; undefined when it signs in by none of the roles. It can be led where it takes addresses with user
 * and password from whole Secrets (`envFrom`), which entries of its own would come before, and where others of its pods
 * start before the former ones end. Whoever names a single key of a Secret has that from git, and Flux would put it back.
 * @param secrets those of ours that it reads
 * @param roles by the values that they sign in by
 */
export function wayOf(
  workload: LiveObject,
  secrets: readonly RolledSecret[],
  roles: Readonly<Record<string, PostgresRole>>,
  values: Texts,
): Way | undefined {
  const { containers = [], initContainers = [], volumes = [] } = templateOf(workload).spec ?? {};
  const texts = new Map(secrets.map((secret) => [secret.name, wholeTexts(secret)]));
  const text = (secret = "", key = ""): SecretText => texts.get(secret)?.[key] ?? "";
  const taking = [...texts].filter(([, data]) => Object.values(data).some((one) => takesOne(one, roles)));
  const files = volumes
    .flatMap(({ secret, projected }) => [
      secret?.secretName,
      ...(projected?.sources ?? []).map((source) => source.secret?.name),
    ])
    .find((name) => taking.some(([secret]) => secret === name));
  if (files !== undefined) return { why: `reads the password from files of Secret ${files}` };

  // Init containers sign in when a pod starts, and are tried again.
  const running = [
    ...containers,
    ...initContainers.filter(({ restartPolicy }) => restartPolicy === "Always"),
  ];
  for (const container of running) {
    const key = (container.env ?? [])
      .map(({ valueFrom }) => valueFrom?.secretKeyRef)
      .find((one) => takesOne(text(one?.name, one?.key), roles));
    if (key !== undefined)
      return { why: `names ${key.key ?? ""} of Secret ${key.name ?? ""} in its environment` };
    const apart = taken(container, texts).find(
      ({ text: one }) => takesOne(one, roles) && !canBeLed(one, roles, values),
    );
    if (apart !== undefined)
      return { why: `has ${apart.name} from Secret ${apart.secret}, which isn't an address with its user` };
  }
  const led = (some: readonly Container[]): Container[] =>
    some.flatMap((container) => {
      const env = taken(container, texts)
        .filter(({ text: one }) => takesOne(one, roles) && canBeLed(one, roles, values))
        .map(({ name, secret, key }) => ({
          name,
          // Without the Secret, the pod has what it has without this entry.
          valueFrom: { secretKeyRef: { name: temporarySecret(secret), key, optional: true } },
        }));
      return env.length === 0 ? [] : [{ name: container.name, env }];
    });
  if (led(running).length === 0) return undefined;
  const why = whyNotByTurns(workload);
  if (why !== undefined) return { why };
  return { lead: { containers: led(containers), initContainers: led(initContainers) } };
}

/** What a container takes from whole Secrets of ours, and doesn't set otherwise. */
function taken(
  { env = [], envFrom = [] }: Container,
  texts: ReadonlyMap<string, RolledSecret["data"]>,
): readonly {
  readonly name: string;
  readonly secret: string;
  readonly key: string;
  readonly text: SecretText;
}[] {
  const set = env
    .filter(({ valueFrom }) => valueFrom?.secretKeyRef?.name?.endsWith(TEMPORARY) !== true)
    .map(({ name }) => name);
  return envFrom
    .flatMap(({ prefix = "", secretRef: { name: secret = "" } = {} }) =>
      Object.entries(texts.get(secret) ?? {}).map(([key, text]) => ({
        ...{ name: `${prefix}${key}`, secret, key, text },
      })),
    )
    .filter(({ name }) => !set.includes(name));
}

/** A text whose other values aren't known can't be written. */
export function canBeLed(
  text: SecretText,
  roles: Readonly<Record<string, PostgresRole>>,
  values: Texts,
): boolean {
  return byTemporaryRole(text, roles) !== undefined && referencesIn(text).every((value) => value in values);
}

/** Of a workload whose pods end before others start, which is out of reach twice if it is restarted twice. */
function whyNotByTurns({ kind = "", spec = {} }: LiveObject): string | undefined {
  const { paused, strategy } = spec as {
    paused?: boolean;
    strategy?: { type?: string; rollingUpdate?: { maxSurge?: number | string } };
  };
  if (paused === true) return "is paused";
  const surge = String(strategy?.rollingUpdate?.maxSurge ?? "25%");
  const ends = kind !== "Deployment" || strategy?.type === "Recreate" || /^0+%?$/.test(surge);
  return ends ? "ends its pods before others start" : undefined;
}

function allContainers({ containers = [], initContainers = [] }: PodSpec = {}): readonly Container[] {
  return [...initContainers, ...containers];
}
