/**
 * The program of ../review.test.ts: what of a system is outside of its cluster – the hosts of an app, and the commit to
 * the flux repository – from a stack's file as every system reads it.
 */
import * as pulumi from "@pulumi/pulumi";
import { GitCommit } from "../../../components/git/commit";
import { Entrance } from "../../../stacks/entrance";
import { inReview } from "../../../stacks/review-hosts";
import { parseSettings, readConfiguration } from "../../../stacks/settings";
import { cloudflare } from "../../../stacks/settings/blocks/cloudflare";

const { raw, env } = readConfiguration();
const settings = parseSettings(raw, env, ["prod"], {
  settings: (env) => ({ cloudflare: cloudflare(env) }),
});
const { apps } = inReview(settings, {
  apps: [{ name: "hello", kustomizations: [], hosts: [{ name: "hello.example.com" }] }],
});
const { resources, urls } = new Entrance(settings).publish(apps);
const { url, branch, from, path, auth } = settings.fluxRepository;
new GitCommit(
  "commit",
  {
    ...{ url, branch, auth, ...(from && { from: { branch: from, without: [path] } }) },
    files: { [`${path}/hello.yaml`]: `urls: ${urls.join(" ")}\n` },
    edits: {
      [`${path}/kustomization.yaml`]: [
        { list: ["resources"], entry: "./hello.yaml", initial: "resources: []\n" },
      ],
    },
    message: `Hand off ${pulumi.getStack()}`,
    author: settings.author,
  },
  { dependsOn: resources },
);
