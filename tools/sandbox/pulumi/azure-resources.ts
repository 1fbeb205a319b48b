/** Azure's resource types: their ids, API versions, and how their inputs and outputs are spelled on the wire. */
import { randomBytes, randomUUID } from "node:crypto";
import { Props } from "../../../provider/plugin/handler";
import { InputNames, overlay, text } from "./semantics";

export interface AzureType extends InputNames {
  readonly apiVersion: string;
  readonly path: (inputs: Props, subscription: string) => string;
  /** The input that names the resource, made up when it is missing. */
  readonly nameInput: string;
  readonly autoname: (logicalName: string) => string;
  readonly located?: boolean;
  readonly replaceOn: readonly string[];
  /** Inputs that the API keeps below `properties` and the SDK at the top. */
  readonly flattened?: readonly string[];
  readonly computed: readonly string[];
  /** Entries of `properties` that other resources are about too: left out, they stay as they are. */
  readonly maintained?: readonly string[];
  /** Entries of `properties` that only Azure knows. */
  readonly computedProperties?: readonly string[];
}

const autoname = (logicalName: string): string => `${logicalName}${randomBytes(4).toString("hex")}`;
/** Vault names have at most 24 characters. */
const shortAutoname = (logicalName: string): string =>
  `${logicalName.replace(/[^A-Za-z0-9-]/g, "").slice(0, 16)}${randomBytes(4).toString("hex")}`;

const group = (inputs: Props, subscription: string): string =>
  `${subscription}/resourceGroups/${text(inputs, "resourceGroupName")}`;
const vault = (inputs: Props, subscription: string): string =>
  `${group(inputs, subscription)}/providers/Microsoft.KeyVault/vaults/${text(inputs, "vaultName")}`;
const identity = (inputs: Props, subscription: string): string =>
  `${group(inputs, subscription)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${text(inputs, "resourceName")}`;

export const RESOURCES: Readonly<Record<string, AzureType>> = {
  "azure-native:resources:ResourceGroup": {
    apiVersion: "2024-03-01",
    path: group,
    nameInput: "resourceGroupName",
    autoname,
    located: true,
    required: ["resourceGroupName"],
    optional: ["location", "managedBy", "tags"],
    replaceOn: ["resourceGroupName", "location", "managedBy"],
    computed: ["location", "properties"],
  },
  "azure-native:keyvault:Vault": {
    apiVersion: "2024-11-01",
    path: vault,
    nameInput: "vaultName",
    autoname: shortAutoname,
    located: true,
    required: ["resourceGroupName", "properties", "vaultName"],
    optional: ["location", "tags"],
    replaceOn: ["resourceGroupName", "vaultName", "location"],
    computed: ["location", "systemData"],
    maintained: ["accessPolicies"],
    computedProperties: ["vaultUri", "hsmPoolResourceId", "provisioningState"],
  },
  "azure-native:keyvault:Secret": {
    apiVersion: "2024-11-01",
    path: (inputs, subscription) => `${vault(inputs, subscription)}/secrets/${text(inputs, "secretName")}`,
    nameInput: "secretName",
    autoname,
    required: ["resourceGroupName", "vaultName", "properties", "secretName"],
    optional: ["tags"],
    replaceOn: ["resourceGroupName", "vaultName", "secretName"],
    computed: ["location"],
    computedProperties: ["secretUri", "secretUriWithVersion"],
  },
  "azure-native:managedidentity:UserAssignedIdentity": {
    apiVersion: "2023-01-31",
    path: identity,
    nameInput: "resourceName",
    autoname,
    located: true,
    required: ["resourceGroupName", "resourceName"],
    optional: ["location", "tags"],
    replaceOn: ["resourceGroupName", "resourceName", "location"],
    flattened: [],
    computed: ["location", "clientId", "principalId", "tenantId", "systemData"],
  },
  "azure-native:managedidentity:FederatedIdentityCredential": {
    apiVersion: "2023-01-31",
    path: (inputs, subscription) =>
      `${identity(inputs, subscription)}/federatedIdentityCredentials/${text(inputs, "federatedIdentityCredentialResourceName")}`,
    nameInput: "federatedIdentityCredentialResourceName",
    autoname,
    required: ["audiences", "issuer", "resourceGroupName", "resourceName", "subject"],
    optional: ["federatedIdentityCredentialResourceName"],
    replaceOn: ["resourceGroupName", "resourceName", "federatedIdentityCredentialResourceName"],
    flattened: ["audiences", "issuer", "subject"],
    computed: ["systemData"],
  },
  "azure-native:monitor:DiagnosticSetting": {
    apiVersion: "2021-05-01-preview",
    path: (inputs) =>
      `/${text(inputs, "resourceUri").replace(/^\/|\/$/g, "")}/providers/Microsoft.Insights/diagnosticSettings/${text(inputs, "name")}`,
    nameInput: "name",
    autoname,
    required: ["resourceUri"],
    optional: ["name", "workspaceId", "storageAccountId", "logs"],
    replaceOn: ["resourceUri", "name"],
    flattened: ["workspaceId", "storageAccountId", "logs"],
    computed: ["systemData"],
  },
  "azure-native:authorization:RoleAssignment": {
    apiVersion: "2022-04-01",
    path: (inputs) =>
      `/${text(inputs, "scope").replace(/^\/|\/$/g, "")}/providers/Microsoft.Authorization/roleAssignments/${text(inputs, "roleAssignmentName")}`,
    nameInput: "roleAssignmentName",
    autoname: () => randomUUID(),
    required: ["principalId", "roleDefinitionId", "scope"],
    optional: ["roleAssignmentName", "principalType", "description"],
    // Azure lets nothing but the description of a role assignment change.
    replaceOn: ["scope", "roleAssignmentName", "principalId", "principalType", "roleDefinitionId"],
    flattened: ["principalId", "principalType", "roleDefinitionId", "description"],
    computed: ["createdBy", "createdOn", "updatedBy", "updatedOn", "systemData"],
  },
};

const pick = (props: Props, names: readonly string[]): Props =>
  Object.fromEntries(names.filter((name) => props[name] !== undefined).map((name) => [name, props[name]]));

/** The body of a PUT. */
export function armBody(type: AzureType, inputs: Props): Props {
  const { flattened } = type;
  return {
    ...pick(inputs, ["location", "tags", "managedBy"]),
    ...(flattened === undefined
      ? pick(inputs, ["properties"])
      : flattened.length === 0
        ? {}
        : { properties: pick(inputs, flattened) }),
  };
}

/** The outputs of an answer; the id is no output. A secret's value is never in an answer. */
export function outputsOf(type: AzureType, result: Props): Props {
  const { properties, ...rest } = result;
  const below = type.flattened === undefined ? { properties } : (properties as Props | undefined);
  return { ...rest, ...below, id: undefined, azureApiVersion: type.apiVersion };
}

/** The inputs as Azure has them, so that drift shows; names and places are what the id says, a value is never told. */
export function liveInputs(type: AzureType, inputs: Props, outputs: Props): Props {
  const telling = ["tags", "properties", ...(type.flattened ?? [])].filter(
    (name) => inputs[name] !== undefined,
  );
  return {
    ...inputs,
    ...Object.fromEntries(telling.map((name) => [name, overlay(inputs[name], outputs[name])])),
  };
}

const IN_ID: Readonly<Record<string, string>> = {
  resourcegroups: "resourceGroupName",
  vaults: "vaultName",
  secrets: "secretName",
  userassignedidentities: "resourceName",
  federatedidentitycredentials: "federatedIdentityCredentialResourceName",
  roleassignments: "roleAssignmentName",
};

/** The inputs of a resource that is imported: what its id says, and all that Azure tells, defaults included. */
export function importedInputs(type: AzureType, id: string, result: Props): Props {
  const { required = [], optional = [] } = type;
  const parts = id.split("/");
  const named = parts.flatMap((part, index) => {
    const input = IN_ID[part.toLowerCase()];
    const known = input !== undefined && [...required, ...optional].includes(input);
    return known ? [[input, parts[index + 1]] as const] : [];
  });
  const scope = /^\/(.*)\/providers\/Microsoft\.Authorization\//i.exec(id)?.[1];
  const { properties = {} } = result as { readonly properties?: Props };
  return {
    ...Object.fromEntries(named),
    ...(required.includes("scope") && scope !== undefined && { scope }),
    ...pick(
      result,
      ["location", "tags"].filter((name) => optional.includes(name)),
    ),
    ...(type.flattened === undefined ? { properties } : pick(properties, type.flattened)),
  };
}
