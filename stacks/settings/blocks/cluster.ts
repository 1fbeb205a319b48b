import { delimiter } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import * as field from "../fields";
import { mapping } from "../fields";
import { Environment, fileText, referencedText } from "../references";

export function cluster(env: Environment) {
  return mapping({
    name: field.kubernetesName().describe("Name of the cluster, for names of what belongs to it."),
    kubeconfig: z
      .union([fileText(env, "the path of a kubeconfig file"), referencedText(env)], {
        error: "the path of a kubeconfig file, or env, file or config that holds one",
      })
      .prefault(env.variables.KUBECONFIG?.split(delimiter)[0] ?? "~/.kube/config")
      .transform((text) => pulumi.secret(text))
      .describe("Kubeconfig, by its path. Left out: KUBECONFIG, else ~/.kube/config."),
    context: field
      .anyText("the name of a context")
      .optional()
      .describe("Context in it. Left out: the kubeconfig's current one."),
  }).describe("The cluster to bootstrap.");
}
