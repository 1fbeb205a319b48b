import type { KeptField } from "../../manifests/git/kept-fields";

export const IMAGE: KeptField = {
  path: ["spec", "template", "spec", "containers", { name: "calcom" }, "image"],
};
export const MARKER = '# {"$imagepolicy": "flux-system:calcom"}';

/** A Deployment with a person's comments and spellings in it. */
export const deployment = (image: string, { replicas = 1, env = "A", sidecar = "relay:1" } = {}): string =>
  `# what runs
apiVersion: apps/v1
kind: Deployment
metadata: {name: calcom}
spec:
  replicas: ${String(replicas)}
  template:
    spec:
      containers:
      - name: relay
        image: ${sidecar}
      - image: ${image}
        name:   "calcom"   # theirs and ours
        env: [{name: ${env}}]
`;
