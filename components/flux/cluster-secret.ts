import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import type { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import type { FluxBootstrap } from "./bootstrap";

/**
 * A Secret beside Flux, which is where Flux looks for what it needs itself. Its name is among the bootstrap's `secrets`, so
 * that it is made again when somebody deleted it.
 */
export function clusterSecret(
  name: string,
  data: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>,
  { bootstrap, kubernetes }: { readonly bootstrap: FluxBootstrap; readonly kubernetes: KubernetesProvider },
): Secret {
  return new Secret(
    name,
    {
      // Somebody who changed it by hand would otherwise end `up` with a conflict over the field.
      metadata: { name, namespace: FLUX_SYSTEM, annotations: { "pulumi.com/patchForce": "true" } },
      stringData: pulumi.secret(data),
    },
    {
      provider: kubernetes,
      dependsOn: bootstrap,
      // In a namespace that was made anew it isn't any more.
      replacementTrigger: bootstrap.secretTrigger(name),
      // Made first, it would be deleted as the one before, which has its name.
      deleteBeforeReplace: true,
    },
  );
}
