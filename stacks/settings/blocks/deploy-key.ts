import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { GitAuth } from "../../../manifests/git/auth";
import { flag, httpUrl, mapping, number, oneOf } from "../fields";
import { sshAddress } from "../git-fields";
import { referencedText, type Environment } from "../references";
import { knownHosts } from "./ssh-key";

/** A key that the program makes for Flux, as `flux bootstrap github` does. */
export function deployKey(env: Environment) {
  return mapping({
    host: oneOf(["github", "gitlab", "gitea"]).describe("Whose API the host speaks."),
    token: referencedText(env)
      .optional()
      .describe("Token that may administer the repository. Left out: the one that git uses."),
    url: sshAddress()
      .optional()
      .describe("Address by which Flux reads. Left out: the repository's, by ssh://git@ without a port."),
    knownHosts: knownHosts(env)
      .optional()
      .describe("Public keys of the host, from its documentation. Left out: those of `auth.ssh`."),
    readOnly: flag().default(true).describe("false: Flux may push, as its image automation has to."),
    rotate: number(1, 1_000_000)
      .default(1)
      .describe("Raise it by one for another key. Flux has it before the former one is removed."),
    apiUrl: httpUrl("https://git.example.com/api/v1")
      .optional()
      .describe("Address of the API. Left out: the usual one at the repository's host."),
  }).describe(
    "Deploy key by which Flux signs in, in place of `fluxAuth`: made, registered with the host, and removed by the program.",
  );
}

/** The key's settings, with what is left out as the program signs in itself. */
export function deployKeyOf(given: z.output<ReturnType<typeof deployKey>>, url: URL, auth: GitAuth) {
  const { host, apiUrl, readOnly, rotate } = given;
  const { ssh, basic, bearer, ca, proxy } = auth;
  return {
    fluxUrl: given.url ?? overSsh(url),
    settings: {
      ...{ host, apiUrl, readOnly, rotate, ca },
      // What is left out without another to take is the checks' matter.
      token: pulumi.secret(given.token ?? basic?.password ?? bearer?.token ?? ""),
      knownHosts: given.knownHosts ?? ssh?.knownHosts ?? "",
      proxy: proxy === undefined ? undefined : pulumi.secret(proxy),
    },
  };
}

/** As the usual hosts have it: the same path, for the user git, at SSH's own port. */
function overSsh({ protocol, href, hostname, pathname }: URL): string {
  return protocol === "ssh:" ? href : `ssh://git@${hostname}${pathname}`;
}
