import * as pulumi from "@pulumi/pulumi";
import type {
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
} from "@pulumi/pulumi/proto/resource_pb";

/** A resource as the program registered it; secret values are `{ secret: value }`. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  /** Name of the parent, empty for the stack. */
  readonly parent: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly options: Readonly<{
    deleteBeforeReplace: boolean;
    dependencies: readonly string[];
    deletedWith: string;
    retainOnDelete: boolean;
    replacementTrigger: unknown;
  }>;
  /** What `registerOutputs` was called with; of components only. */
  outputs?: Readonly<Record<string, unknown>>;
}

export interface MockAnswers {
  /** Outputs of a resource beside its inputs, by type. */
  readonly outputs?: Readonly<Record<string, (inputs: Record<string, unknown>, name: string) => object>>;
  /** Results of functions, by token. */
  readonly functions?: Readonly<Record<string, (args: Record<string, unknown>) => object>>;
}

interface Monitor {
  registerResource(request: RegisterResourceRequest, callback: unknown): Promise<void>;
  registerResourceOutputs(request: RegisterResourceOutputsRequest, callback: unknown): void;
}

/** Pulumi takes a stack trace of each promise, a third of a run's time: the frame where an error is thrown is enough. */
const FRAMES = Error.stackTraceLimit;

/**
 * Runs a program against mocks and records what it registers. Pulumi's own mocks tell neither parents nor which inputs
 * are secret, so the requests are read.
 */
export async function run<T>(
  answers: MockAnswers,
  program: () => T,
): Promise<{ result: T; resources: Registered[] }> {
  const resources: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs }) {
        const more = answers.outputs?.[type]?.(inputs as Record<string, unknown>, name) ?? {};
        return { id: `${name}-id`, state: { ...(inputs as object), ...more } };
      },
      call({ token, inputs }) {
        const answer = answers.functions?.[token];
        if (answer === undefined) throw new Error(`the program called ${token}, which has no mock`);
        return answer(inputs as Record<string, unknown>);
      },
    },
    "handoff",
    "test",
  );
  record(pulumi.runtime.getMonitor() as unknown as Monitor, resources);
  Error.stackTraceLimit = 1;
  try {
    const result = program();
    // Exported by the SDK, but left out of its types.
    await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
    return { result, resources };
  } finally {
    Error.stackTraceLimit = FRAMES;
  }
}

/**
 * Runs a program whose resources can't be registered, and gives the error that ends it. Pulumi raises such an error as
 * an unhandled rejection, which its language host shows.
 */
export async function failure(answers: MockAnswers, program: () => unknown): Promise<unknown> {
  return await new Promise((resolve, reject) => {
    process.once("unhandledRejection", resolve);
    run(answers, program).then(() => {
      // Rejections are told after the promises have settled.
      setTimeout(reject, 100, new Error("the program ran to its end"));
    }, resolve);
  });
}

function record(monitor: Monitor, resources: Registered[]): void {
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    resources.push({
      type: request.getType(),
      name: request.getName(),
      parent: nameOf(request.getParent()),
      inputs: shown(request.getObject()?.toJavaScript()) as Registered["inputs"],
      options: {
        deleteBeforeReplace: request.getDeletebeforereplace(),
        dependencies: request.getDependenciesList().map(nameOf),
        deletedWith: nameOf(request.getDeletedwith()),
        retainOnDelete: request.getRetainondelete() ?? false,
        replacementTrigger: request.getReplacementTrigger()?.toJavaScript() ?? null,
      },
    });
    return register(request, callback);
  };
  const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, callback) => {
    const resource = resources.find(({ name, type }) => request.getUrn().endsWith(`${type}::${name}`));
    if (resource !== undefined) {
      resource.outputs = shown(request.getOutputs()?.toJavaScript()) as Registered["inputs"];
    }
    registerOutputs(request, callback);
  };
}

const nameOf = (urn: string): string =>
  urn.includes("pulumi:pulumi:Stack::") ? "" : urn.replace(/^.*::/, "");

/** Pulumi's marks of secrets on the wire, made readable. */
function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  if (value === null || typeof value !== "object") return value;
  const object = value as Record<string, unknown>;
  if ("4dabf18193072939515e22adb298388d" in object) return { secret: shown(object.value) };
  return Object.fromEntries(Object.entries(object).map(([key, entry]) => [key, shown(entry)]));
}

export function byName(resources: readonly Registered[], name: string): Registered {
  const found = resources.find((resource) => resource.name === name);
  if (found === undefined)
    throw new Error(`no resource ${name} among ${resources.map((r) => r.name).join(", ")}`);
  return found;
}

/** `type name (parent)` of each, sorted: siblings are registered in no order. */
export function tree(resources: readonly Registered[]): string[] {
  return resources
    .map(({ type, name, parent }) => `${type} ${name}${parent === "" ? "" : ` (${parent})`}`)
    .sort();
}

/** The value of an output, `{ secret: value }` when it is one. */
export async function valueOf<T>(output: pulumi.Output<T>): Promise<T | { secret: T }> {
  const value = await new Promise<T>((resolve) => output.apply(resolve as (value: unknown) => void));
  return (await pulumi.isSecret(output)) ? { secret: value } : value;
}
