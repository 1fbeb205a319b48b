/** What k3s brings: Traefik's routes, and the charts that k3s installs. */
import type { Manifest } from "../../../manifests/yaml";
import { crds } from "./crd";

export const traefikCrds: readonly Manifest[] = crds(
  "traefik.io",
  {
    IngressRoute: `
    entryPoints: [string], ingressClassName, parentRefs: [{name!, namespace}], routes!: [{kind: string(Rule),
    match!, middlewares: [{name!, namespace}], observability: {accessLogs: bool, metrics: bool, traceVerbosity:
    string(minimal|detailed), tracing: bool}, priority: int, services: [{healthCheck: object, kind:
    string(Service|TraefikService), middlewares: [object], name!, namespace, nativeLB: bool, nodePortLB: bool,
    passHostHeader: bool, passiveHealthCheck: object, port: intOrString, responseForwarding: object, scheme,
    serversTransport, sticky: object, strategy: string(wrr|p2c|hrw|leasttime|RoundRobin), weight: int}], syntax}],
    tls: {certResolver, domains: [{main, sans: [string]}], options: {name!, namespace}, secretName, store: {name!,
    namespace}}
  `,
    Middleware: `
    addPrefix: {prefix}, basicAuth: {headerField, realm, removeHeader: bool, secret}, buffering:
    {maxRequestBodyBytes: int, maxResponseBodyBytes: int, memRequestBodyBytes: int, memResponseBodyBytes: int,
    retryExpression}, chain: {middlewares: [object]}, circuitBreaker: {checkPeriod: intOrString, expression,
    fallbackDuration: intOrString, recoveryDuration: intOrString, responseCode: int}, compress: {defaultEncoding,
    encodings: [string], excludedContentTypes: [string], includedContentTypes: [string], minResponseBodyBytes:
    int}, contentType: {autoDetect: bool}, digestAuth: {headerField, realm, removeHeader: bool, secret},
    encodedCharacters: {allowEncodedBackSlash: bool, allowEncodedHash: bool, allowEncodedNullCharacter: bool,
    allowEncodedPercent: bool, allowEncodedQuestionMark: bool, allowEncodedSemicolon: bool, allowEncodedSlash:
    bool}, errors: {errorRequestHeaders: [string], query, service: object, status: [string], statusRewrites:
    object}, forwardAuth: {addAuthCookiesToResponse: [string], address, authRequestHeaders: [string],
    authResponseHeaders: [string], authResponseHeadersRegex, authSigninURL, forwardBody: bool, headerField,
    maxBodySize: int, maxResponseBodySize: int, preserveLocationHeader: bool, preserveRequestMethod: bool, tls:
    object, trustForwardHeader: bool}, grpcWeb: {allowOrigins: [string]}, headers: {accessControlAllowCredentials:
    bool, accessControlAllowHeaders: [string], accessControlAllowMethods: [string], accessControlAllowOriginList:
    [string], accessControlAllowOriginListRegex: [string], accessControlExposeHeaders: [string],
    accessControlMaxAge: int, addVaryHeader: bool, allowedHosts: [string], browserXssFilter: bool,
    contentSecurityPolicy, contentSecurityPolicyReportOnly, contentTypeNosniff: bool, customBrowserXSSValue,
    customFrameOptionsValue, customRequestHeaders: map<string>, customResponseHeaders: map<string>, featurePolicy,
    forceSTSHeader: bool, frameDeny: bool, hostsProxyHeaders: [string], isDevelopment: bool, permissionsPolicy,
    publicKey, referrerPolicy, sslForceHost: bool, sslHost, sslProxyHeaders: map<string>, sslRedirect: bool,
    sslTemporaryRedirect: bool, stsIncludeSubdomains: bool, stsPreload: bool, stsSeconds: int}, inFlightReq:
    {amount: int, sourceCriterion: object}, ipAllowList: {ipStrategy: object, rejectStatusCode: int, sourceRange:
    [string]}, ipWhiteList: {ipStrategy: object, sourceRange: [string]}, passTLSClientCert: {info: object, pem:
    bool}, plugin: object, rateLimit: {average: int, burst: int, period: intOrString, redis: object,
    sourceCriterion: object}, redirectRegex: {permanent: bool, regex, replacement}, redirectScheme: {permanent:
    bool, port, scheme}, replacePath: {path}, replacePathRegex: {regex, replacement}, retry: {attempts: int,
    disableRetryOnNetworkError: bool, initialInterval: intOrString, maxRequestBodyBytes: int,
    retryNonIdempotentMethod: bool, status: [string], timeout: intOrString}, stripPrefix: {forceSlash: bool,
    prefixes: [string]}, stripPrefixRegex: {regex: [string]}
  `,
    TLSOption: `
    alpnProtocols: [string], cipherSuites: [string], clientAuth: {clientAuthType:
    string(NoClientCert|RequestClientCert|RequireAnyClientCert|VerifyClientCertIfGiven|RequireAndVerifyClientCert),
    secretNames: [string]}, curvePreferences: [string], disableSessionTickets: bool, maxVersion, minVersion,
    preferServerCipherSuites: bool, sniStrict: bool
  `,
    TLSStore: `
    certificates: [{secretName!}], defaultCertificate: {secretName!}, defaultGeneratedCert: {domain: object,
    resolver}
  `,
  },
  { version: "v1alpha1", status: false },
);

export const k3sChartCrds: readonly Manifest[] = crds("helm.cattle.io", {
  HelmChart: {
    shortNames: ["hc"],
    spec: `
      authPassCredentials: bool, authSecret: {name}, backOffLimit: int, bootstrap: bool, chart, chartContent,
      createNamespace: bool, dockerRegistrySecret: {name}, driver: string(secret|configmap), failurePolicy:
      string(abort|reinstall|retry), forceConflicts: bool, helmVersion, insecureSkipTLSVerify: bool, jobImage,
      plainHTTP: bool, podSecurityContext: object, repo, repoCA, repoCAConfigMap: {name}, securityContext:
      object, serverSide: string(true|false|auto), set: map<intOrString>, takeOwnership: bool, targetNamespace,
      timeout, values: any, valuesContent, valuesSecrets: [{ignoreUpdates: bool, keys: [string], name}], version
    `,
  },
  HelmChartConfig: {
    shortNames: ["hcc"],
    status: false,
    spec: `
      failurePolicy: string(abort|reinstall|retry), forceConflicts: bool, serverSide: string(true|false|auto),
      values: any, valuesContent, valuesSecrets: [{ignoreUpdates: bool, keys: [string], name}]
    `,
  },
});
