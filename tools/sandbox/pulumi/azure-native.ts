/**
 * Stand-in for the provider plugin of @pulumi/azure-native, for the Azure of the sandbox: Resource Manager at
 * ARM_RESOURCE_MANAGER_URL and the vaults' data planes, over the vendor's own HTTP pipeline. It has no way to sign in.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { version } from "@pulumi/azure-native/package.json";
import { HandlerContext, Props, ResourceHandler, UNKNOWN, UserError } from "../../../provider/plugin/handler";
import { serve } from "../../../provider/plugin/server";
import { armBody, AzureType, importedInputs, liveInputs, outputsOf, RESOURCES } from "./azure-resources";
import { checkNames, diffInputs, requireKnown, text, urnName } from "./semantics";

const SETTINGS = [
  "subscriptionId",
  "tenantId",
  "clientId",
  "environment",
  "location",
  "disablePulumiPartnerId",
];
/** Any token is good in the sandbox. */
const TOKEN = "sandbox";
const DATA_PLANE_VERSION = "7.6";
const IN_PROGRESS = ["Accepted", "Creating", "Updating", "Deleting", "RegisteringDns"];

let settings: Props = {};
let pipeline: ReturnType<typeof connect> | undefined;

export function configure(args: Props): void {
  settings = args;
}

function setting(name: string, variable: string): string {
  const value = settings[name] ?? process.env[variable];
  if (typeof value === "string" && value !== "") return value;
  throw new UserError(`the provider azure-native needs ${name}, or ${variable} in the environment`);
}

async function connect() {
  const { createDefaultHttpClient, createHttpHeaders, createPipelineFromOptions, createPipelineRequest } =
    await import("@azure/core-rest-pipeline");
  const policies = createPipelineFromOptions({ retryOptions: { maxRetries: 3, retryDelayInMs: 200 } });
  const client = createDefaultHttpClient();
  return (method: "GET" | "PUT" | "POST" | "DELETE", url: string, body?: Props) => {
    const headers = createHttpHeaders({ accept: "application/json", authorization: `Bearer ${TOKEN}` });
    if (body !== undefined) headers.set("content-type", "application/json");
    const request = createPipelineRequest({
      ...{ url, method, headers, body: body === undefined ? undefined : JSON.stringify(body) },
      // The sandbox listens on loopback without TLS.
      allowInsecureConnection: true,
    });
    return policies.sendRequest(client, request);
  };
}

/** The answer's body; `undefined` when there is no such resource. */
async function call(
  method: "GET" | "PUT" | "POST" | "DELETE",
  url: string,
  body?: Props,
): Promise<Props | undefined> {
  const send = await (pipeline ??= connect());
  const answer = await send(method, url, body).catch((error: unknown) => {
    throw new UserError(`Azure can't be reached at ${new URL(url).origin}: ${(error as Error).message}`);
  });
  if (answer.status === 404 && method !== "PUT") return undefined;
  const content = answer.bodyAsText ? (JSON.parse(answer.bodyAsText) as Props) : {};
  if (answer.status >= 200 && answer.status < 300) return content;
  const { code, message } = (content.error ?? {}) as { code?: string; message?: string };
  const words =
    message === undefined ? String(answer.status) : `${code ?? String(answer.status)}: ${message}`;
  throw new UserError(`Azure refused ${method} ${new URL(url).pathname}: ${words}`);
}

function resourceManager(path: string, apiVersion: string): string {
  const base = process.env.ARM_RESOURCE_MANAGER_URL;
  if (base === undefined || base === "") {
    throw new UserError(
      "the stand-in for azure-native only speaks to the sandbox's Azure: ARM_RESOURCE_MANAGER_URL is not set; " +
        "install the real plugin to use Azure",
    );
  }
  return `${base.replace(/\/$/, "")}${path}?api-version=${apiVersion}`;
}

const subscription = (): string => `/subscriptions/${setting("subscriptionId", "ARM_SUBSCRIPTION_ID")}`;

/** Where a resource without a location goes: the provider's, else the resource group's. */
async function location(inputs: Props): Promise<string> {
  if (typeof inputs.location === "string") return inputs.location;
  const preset = settings.location ?? process.env.ARM_LOCATION;
  if (typeof preset === "string" && preset !== "") return preset;
  if (inputs.resourceGroupName === undefined)
    throw new UserError("'location' is missing, here and at the provider");
  const path = `${subscription()}/resourceGroups/${text(inputs, "resourceGroupName")}`;
  const group = await call("GET", resourceManager(path, "2024-03-01"));
  return typeof group?.location === "string" ? group.location : "";
}

async function settled(ctx: HandlerContext, url: string, result: Props): Promise<Props> {
  let current = result;
  const state = (): string =>
    (current.properties as { provisioningState?: string } | undefined)?.provisioningState ?? "";
  while (IN_PROGRESS.includes(state()) && !ctx.signal.aborted) {
    ctx.status(`waiting for Azure: ${state()}`);
    await sleep(500);
    current = (await call("GET", url)) ?? current;
  }
  if (/Failed|Canceled/.test(state())) throw new UserError(`Azure says ${state()} of ${String(current.id)}`);
  return current;
}

/** With what is there of the properties that the program leaves out, as the vendor's plugin sends it. */
async function maintained(type: AzureType, url: string, news: Props): Promise<Props> {
  const properties = (news.properties ?? {}) as Props;
  const left = (type.maintained ?? []).filter((name) => properties[name] === undefined);
  if (left.length === 0) return news;
  const found = ((await call("GET", url))?.properties ?? {}) as Props;
  const kept = left.filter((name) => found[name] !== undefined).map((name) => [name, found[name]]);
  return { ...news, properties: { ...properties, ...(Object.fromEntries(kept) as Props) } };
}

async function put(ctx: HandlerContext, type: AzureType, url: string, news: Props): Promise<Props> {
  const located = type.located === true ? { ...news, location: await location(news) } : news;
  const result = (await call("PUT", url, armBody(type, await maintained(type, url, located)))) ?? {};
  return settled(ctx, url, result);
}

/** Address of the vault's own API, which does to secrets what Resource Manager can't. */
async function dataPlane(inputs: Props): Promise<string | undefined> {
  const vaultPath = `${subscription()}/resourceGroups/${text(inputs, "resourceGroupName")}/providers/Microsoft.KeyVault/vaults/${text(inputs, "vaultName")}`;
  const vault = await call("GET", resourceManager(vaultPath, "2024-11-01"));
  return (vault?.properties as { vaultUri?: string } | undefined)?.vaultUri?.replace(/\/$/, "");
}

async function deleteSecret(inputs: Props): Promise<void> {
  const vault = await dataPlane(inputs);
  if (vault === undefined) return;
  await call("DELETE", `${vault}/secrets/${text(inputs, "secretName")}?api-version=${DATA_PLANE_VERSION}`);
}

/**
 * A deleted secret keeps its name taken: the plugin recovers it first (pulumi/pulumi-azure-native#4759), and waits until
 * it is there.
 */
async function recoverSecret(ctx: HandlerContext, inputs: Props): Promise<void> {
  const vault = await dataPlane(inputs);
  if (vault === undefined) return;
  const name = text(inputs, "secretName");
  const version = `?api-version=${DATA_PLANE_VERSION}`;
  if ((await call("GET", `${vault}/deletedsecrets/${name}${version}`)) === undefined) return;
  await call("POST", `${vault}/deletedsecrets/${name}/recover${version}`);
  while ((await call("GET", `${vault}/secrets/${name}${version}`)) === undefined && !ctx.signal.aborted)
    await sleep(500);
}

const SECRET = "azure-native:keyvault:Secret";

function resource(token: string, type: AzureType): ResourceHandler {
  const short = token.split(":").at(-1) ?? token;
  const urlOf = (inputs: Props): string =>
    resourceManager(type.path(inputs, subscription()), type.apiVersion);
  return {
    computed: [...type.computed, "name", "type", "azureApiVersion"],
    check: (ctx, news, olds) => {
      const name = news[type.nameInput] ?? olds?.[type.nameInput] ?? type.autoname(urnName(ctx.urn));
      const inputs = { ...news, [type.nameInput]: name };
      return Promise.resolve({ inputs, failures: checkNames(short, inputs, type) });
    },
    diff: (_ctx, _id, olds, news) => {
      const plan = diffInputs(olds.inputs, news, type.replaceOn);
      // Azure takes no second resource under the same id.
      const samePlace = type.path(olds.inputs, "") === type.path(news, "");
      return Promise.resolve({ ...plan, deleteBeforeReplace: samePlace });
    },
    preview: (_ctx, news, olds) => {
      if (olds !== undefined) {
        const properties = {
          ...(olds.outputs.properties as Props | undefined),
          ...(news.properties as Props | undefined),
        };
        return Promise.resolve({ ...olds.outputs, ...news, ...("properties" in news ? { properties } : {}) });
      }
      const unknown = Object.fromEntries((type.computedProperties ?? []).map((name) => [name, UNKNOWN]));
      const properties = { ...unknown, ...(news.properties as Props | undefined) };
      return Promise.resolve({ ...news, ...("properties" in news ? { properties } : {}) });
    },
    create: async (ctx, news) => {
      const url = urlOf(news);
      const found = await call("GET", url);
      if (found !== undefined)
        throw new UserError(`cannot create already existing resource '${String(found.id)}'`);
      if (token === SECRET) await recoverSecret(ctx, news);
      const result = await put(ctx, type, url, news);
      return { id: text(result, "id"), outputs: outputsOf(type, result) };
    },
    update: async (ctx, _id, _olds, news) => ({
      outputs: outputsOf(type, await put(ctx, type, urlOf(news), news)),
    }),
    read: async (_ctx, id, olds) => {
      if (Object.keys(olds.inputs).length === 0) {
        const result = await call("GET", resourceManager(id, type.apiVersion));
        if (result === undefined) return undefined;
        return { id, inputs: importedInputs(type, id, result), outputs: outputsOf(type, result) };
      }
      const result = await call("GET", urlOf(olds.inputs));
      if (result === undefined) return undefined;
      const outputs = outputsOf(type, result);
      return { id, inputs: liveInputs(type, olds.inputs, outputs), outputs };
    },
    delete: async (ctx, _id, olds) => {
      if (token === SECRET) return deleteSecret(olds.inputs);
      const url = urlOf(olds.inputs);
      await call("DELETE", url);
      while ((await call("GET", url)) !== undefined && !ctx.signal.aborted) {
        ctx.status("waiting until it is gone");
        await sleep(500);
      }
    },
  };
}

export const resources: Readonly<Record<string, ResourceHandler>> = Object.fromEntries(
  Object.entries(RESOURCES).map(([token, type]) => [token, resource(token, type)]),
);

const NOBODY = "00000000-0000-0000-0000-000000000000";

export const functions = {
  "azure-native:authorization:getClientConfig": (args: Props): Promise<Props> => {
    requireKnown("getClientConfig", args, []);
    return Promise.resolve({
      clientId: settings.clientId ?? process.env.ARM_CLIENT_ID ?? NOBODY,
      objectId: process.env.ARM_OBJECT_ID ?? NOBODY,
      subscriptionId: setting("subscriptionId", "ARM_SUBSCRIPTION_ID"),
      tenantId: setting("tenantId", "ARM_TENANT_ID"),
    });
  },
};

if (require.main === module)
  void serve({ name: "azure-native", version, resources, functions, settings: SETTINGS, configure });
