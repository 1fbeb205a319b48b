/** The text of a template for one workload, by way of `charts/library/_workload.tpl`. */
export interface Workload {
  readonly kind: "DaemonSet" | "Deployment" | "StatefulSet";
  /** A template's expression. @default the full name that most charts use */
  readonly name?: string;
  /** The part of the app that it is, also the container's name. */
  readonly component: string;
  /** A value, or a number. @default 1 */
  readonly replicas?: string | number;
  /** Without a tag: that is the app's version. */
  readonly image: string;
  readonly args?: readonly string[];
  /** Expressions that give further arguments. */
  readonly flags?: readonly string[];
  /** Values that hold fields of the pod; the first that has one wins. */
  readonly pods?: readonly string[];
  /** Port of the Service, or the Service's and the container's; no Service without. */
  readonly ports?: Readonly<Record<string, number | readonly [service: number, container: number]>>;
  /** Values of the Service. */
  readonly service?: string;
  /** Values of a volume. */
  readonly claim?: string;
  /** Expressions that give Secrets whose keys become variables. */
  readonly secrets?: readonly string[];
  /** A condition. */
  readonly when?: string;
}

export const fullname = '(include "sandbox.fullname" .)';

/** `suffixed("server")` is the full name and `-server`. */
export function suffixed(suffix: string, name = fullname): string {
  return `(printf "%s-${suffix}" ${name})`;
}

export function workload(options: Workload): string {
  const {
    kind,
    name = fullname,
    component,
    replicas = 1,
    image,
    args = [],
    flags = [],
    pods = [".Values"],
    when,
  } = options;
  const { ports, service, claim, secrets = [] } = options;
  const fields: readonly (readonly [string, string | undefined])[] = [
    ["root", "."],
    ["kind", JSON.stringify(kind)],
    ["name", name],
    ["component", JSON.stringify(component)],
    ["replicas", String(replicas)],
    ["image", JSON.stringify(image)],
    ["args", list([...args.map((arg) => JSON.stringify(arg)), ...flags])],
    ["pods", list(pods)],
    ["ports", ports && portsOf(ports)],
    ["service", service],
    ["claim", claim],
    ["secrets", list(secrets)],
  ];
  const given = fields.flatMap(([key, value]) => (value === undefined ? [] : [`"${key}" ${value}`]));
  const include = `{{ include "sandbox.workload" (dict ${given.join(" ")}) }}\n`;
  return when === undefined ? include : `{{- if ${when} }}\n${include}{{- end }}\n`;
}

const list = (expressions: readonly string[]): string => `(list ${expressions.join(" ")})`;

function portsOf(ports: NonNullable<Workload["ports"]>): string {
  const entries = Object.entries(ports).map(([name, port]) => {
    const [front, back] = typeof port === "number" ? [port, port] : port;
    return `"${name}" (list ${front} ${back})`;
  });
  return `(dict ${entries.join(" ")})`;
}
