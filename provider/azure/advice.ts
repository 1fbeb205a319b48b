/** What to do about a refusal of Azure's, by its code; the first that matches counts. */
const REFUSALS: readonly (readonly [code: RegExp, advice: string])[] = [
  [
    /^ScopeLocked$/,
    "A lock keeps this from being changed or deleted (portal, Locks). Whoever set it can remove it: az lock list. Then run the same command again.",
  ],
  [
    /^RequestDisallowedByPolicy$/,
    "A policy of the organisation forbids it, which the words name. Choose what it allows (`azure.location`, another resource group), or ask its owner for an exemption.",
  ],
  [
    // https://learn.microsoft.com/entra/identity/authentication/concept-mandatory-multifactor-authentication
    /^RequestDisallowedByAzure$/,
    "Azure itself forbids it, which the words name. For want of multifactor authentication: az logout, then az login --tenant <tenant> with it, or a service principal, which takes none. For a region that isn't open to the subscription: another `azure.location`.",
  ],
  [
    /^(DenyAssignmentAuthorizationFailed|RequestDisallowedByDenyAssignment)$/,
    "A deny assignment forbids it, whatever roles allow (portal, Access control, Deny assignments). Use another resource group, or ask its owner.",
  ],
  [
    /^ReadOnlyDisabledSubscription$/,
    "The subscription is disabled: nothing can be changed in it. Enable it in the portal, Subscriptions, or use another `azure.subscriptionId`.",
  ],
  [
    /^(MissingSubscriptionRegistration|SubscriptionNotRegistered)$/,
    "Register what the words name once for the subscription: az provider register --namespace Microsoft.KeyVault (or Microsoft.ManagedIdentity) --wait.",
  ],
  [
    /^ForbiddenBy(Firewall|Connection)$/,
    "Let this machine's address, which the words name, through the vault's firewall: by `azure.vault.network.ipRules` for a vault that the stack made, else in the portal, Networking. Or run where it is let through.",
  ],
  [
    /^ForbiddenByRbac$/,
    "Give whoever signs in the role Key Vault Secrets Officer. One that was given just now takes minutes, at times half an hour, to reach the vault: then run the same command again, and nothing is lost.",
  ],
  [
    /^ForbiddenByPolicy$/,
    "The vault goes by access policies, and none permits it: az keyvault set-policy --name <vault> --object-id <who signs in> --secret-permissions get list set delete recover. A new one takes minutes to be known.",
  ],
  [/^AKV10022$/, "The token is for another cloud's vaults: correct `azure.cloud` or `azure.vault.url`."],
  [
    /^AKV10032$/,
    "Whoever signs in is of another tenant than the vault, which the words name: correct `azure.tenantId`, or sign in there: az login --tenant <tenant>.",
  ],
  [
    /^AKV10046$/,
    "The vault doesn't know the key that the token is signed with. Just after a sign-in that passes in minutes: run the same command again. If it stays, sign in anew.",
  ],
  [
    /^SecretDisabled$/,
    "Somebody disabled the secret: az keyvault secret set-attributes --enabled true, or delete it.",
  ],
  [
    /^ObjectIsBeing(Deleted|Recovered|Created)$/,
    "The vault is still at work on it. Nothing is lost: run the same command again in a minute.",
  ],
  [
    /^(TooManyRequests|Throttled|SubscriptionRequestsThrottled|OperationNotAllowed)$/,
    "Azure wants to be asked later. Nothing is lost: run the same command again in a few minutes.",
  ],
];

export function adviceOn(code: string, words: string): string | undefined {
  // A deny assignment may come as a plain refusal, and says so.
  const denied = /deny assignment/i.test(words) ? "DenyAssignmentAuthorizationFailed" : undefined;
  // Of a token that it doesn't take, a vault says why in its words alone.
  const known = denied ?? /\bAKV\d{5}(?=: )/.exec(words)?.[0] ?? code;
  return REFUSALS.find(([pattern]) => pattern.test(known))?.[1];
}

/** https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
export function nextStep(by: string, words: string): string {
  if (/AADSTS7000222/.test(words))
    return "The application's secret has expired: make a new one, and set ARM_CLIENT_SECRET.";
  if (/AADSTS7000215/.test(words)) return "ARM_CLIENT_SECRET must be the secret's value, not its id.";
  if (/AADSTS700016/.test(words))
    return "Correct ARM_CLIENT_ID or `azure.tenantId`: the tenant has no such application.";
  if (/AADSTS90002|AADSTS900023/.test(words)) return "Correct `azure.tenantId`.";
  if (/AADSTS70021\d{0,2}\b/.test(words))
    return "Give the application a federated credential for the issuer, subject and audience of this pipeline's token, letter by letter; the words name what none has: az ad app federated-credential list --id <ARM_CLIENT_ID>. A new one takes minutes to be known.";
  if (/AADSTS5007[69]|AADSTS50158|AADSTS53\d\d\d|multi-?factor|claims.challenge/i.test(words))
    return "The organisation asks for more than a password: sign in anew by `az login --tenant <tenant>` as it says, or set the ARM_* variables of a service principal.";
  if (/multiple user.assigned identit/i.test(words))
    return "The machine has several managed identities: set ARM_CLIENT_ID to the client id of the one to use.";
  return by === "`az login`"
    ? "Sign in by `az login`, or set the ARM_* variables of a service principal."
    : "Check the ARM_* variables.";
}
