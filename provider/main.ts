import { gitCommitHandler } from "../components/git/commit-handler";
import { serve } from "./server";

// Started by the Pulumi engine as the plugin `handoff`, see `plugins` in Pulumi.yaml.
void serve({
  name: "handoff",
  version: "0.1.0",
  resources: {
    "handoff:git:GitCommit": gitCommitHandler,
  },
});
