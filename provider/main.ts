import { clearAzure } from "./azure/clear";
import { lookAtAzure } from "./azure/look";
import { azureMarkHandler } from "./azure/mark-handler";
import { clearApplication } from "./cloudflare/access-applications";
import { accessMarkHandler } from "./cloudflare/access-mark-handler";
import { certificateMarkHandler, signedCertificateHandler } from "./cloudflare/certificate-handlers";
import { cloudflareMarkHandler } from "./cloudflare/mark-handler";
import { ingressRuleHandler } from "./cloudflare/ingress-rule-handler";
import { clearRoute } from "./cloudflare/private-routes";
import { recordMarkHandler } from "./cloudflare/record-mark-handler";
import { clearRecord } from "./cloudflare/record-orphans";
import { routeMarkHandler } from "./cloudflare/route-mark-handler";
import { tokenMarkHandler, tokenSweepHandler } from "./cloudflare/token-mark-handler";
import { tunnelDrainHandler } from "./cloudflare/tunnel-drain-handler";
import { tunnelMarkHandler } from "./cloudflare/tunnel-mark-handler";
import { tunnelNamed } from "./cloudflare/tunnel-named";
import { clearTunnel } from "./cloudflare/tunnel-orphans";
import { tunnelToken } from "./cloudflare/tunnel-token";
import { bootstrappedHandler } from "./flux/bootstrapped";
import { fluxInstallHandler } from "./flux/install-handler";
import { fluxReadyHandler } from "./flux/ready-handler";
import { gitCommitHandler } from "./git/commit-handler";
import { deployKeyHandler } from "./git/deploy-key-handler";
import { patchedSecretHandler } from "./kubernetes/patched-secret-handler";
import { preflightHandler } from "./preflight-handler";
import { secretRolloutHandler } from "./rollout/secret-rollout-handler";
import { credentialAgeHandler } from "./secrets/credential-age-handler";
import { htpasswdEntryHandler } from "./secrets/htpasswd-entry-handler";
import { keyPairHandler } from "./secrets/key-pair-handler";
import { sopsFileHandler } from "./secrets/sops-file-handler";
import { serve } from "./plugin/server";

// Started by the Pulumi engine as the plugin `handoff`, see `plugins` in Pulumi.yaml.
void serve({
  name: "handoff",
  version: "0.1.0",
  resources: {
    "handoff:azure:Mark": azureMarkHandler,
    "handoff:cloudflare:AccessMark": accessMarkHandler,
    "handoff:cloudflare:CertificateMark": certificateMarkHandler,
    "handoff:cloudflare:IngressRule": ingressRuleHandler(),
    "handoff:cloudflare:Mark": cloudflareMarkHandler,
    "handoff:cloudflare:RecordMark": recordMarkHandler,
    "handoff:cloudflare:RouteMark": routeMarkHandler,
    "handoff:cloudflare:SignedCertificate": signedCertificateHandler,
    "handoff:cloudflare:TokenMark": tokenMarkHandler,
    "handoff:cloudflare:TokenSweep": tokenSweepHandler,
    "handoff:cloudflare:TunnelDrain": tunnelDrainHandler(),
    "handoff:cloudflare:TunnelMark": tunnelMarkHandler,
    "handoff:flux:FluxInstall": fluxInstallHandler,
    "handoff:flux:FluxReady": fluxReadyHandler,
    "handoff:git:DeployKey": deployKeyHandler,
    "handoff:git:GitCommit": gitCommitHandler,
    "handoff:kubernetes:PatchedSecret": patchedSecretHandler,
    "handoff:kubernetes:SecretRollout": secretRolloutHandler,
    "handoff:secrets:CredentialAge": credentialAgeHandler(),
    "handoff:secrets:HtpasswdEntry": htpasswdEntryHandler,
    "handoff:secrets:KeyPair": keyPairHandler,
    "handoff:secrets:SopsFile": sopsFileHandler,
  },
  functions: {
    "handoff:azure:clear": clearAzure,
    "handoff:azure:look": lookAtAzure,
    "handoff:cloudflare:clearApplication": clearApplication,
    "handoff:cloudflare:clearRecord": clearRecord,
    "handoff:cloudflare:clearRoute": clearRoute,
    "handoff:cloudflare:clearTunnel": clearTunnel,
    "handoff:cloudflare:tunnelNamed": tunnelNamed,
    "handoff:cloudflare:tunnelToken": tunnelToken,
    "handoff:flux:bootstrapped": bootstrappedHandler,
    "handoff:index:preflight": preflightHandler,
  },
});
