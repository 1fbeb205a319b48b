/** Issuer of the ServiceAccount tokens of the sandbox's cluster. */
export const TOKEN_ISSUER = "https://kubernetes.default.svc.cluster.local";
