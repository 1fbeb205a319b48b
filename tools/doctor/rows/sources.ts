import { advice } from "../../../provider/flux/follow/advice";
import { keyOf } from "../../../provider/flux/follow/flux-object";
import { resumeCommand } from "../../../provider/flux/follow/conditions";
import { oneLine } from "../../../provider/flux/follow/pods";
import { FLUX_SYSTEM } from "../../../manifests/flux/objects";
import { standing } from "../../cluster/condition";
import type { Check, Finding } from "../check";
import { ofKind } from "../patient";
import { ailing } from "./look";

const SOURCES = ["GitRepository", "OCIRepository", "Bucket", "HelmRepository", "ExternalArtifact"];

export const suspended: Check = {
  id: "suspended",
  title: "Suspended",
  async run(patient) {
    const flux = await patient.flux();
    const { allowSuspended = [] } = (await patient.stack()).settings.ready;
    const { apps = {} } = await patient.outputs();
    return [...flux.objects].flatMap(([key, object]): Finding[] => {
      const { state, message } = standing(object, flux.objects);
      if (state !== "suspended" || allowSuspended.includes(key)) return [];
      // Stopped by an annotation: the words say which.
      if (object.spec?.suspend !== true) {
        const [text = "", fix = ""] = message.split(". ");
        return [{ verdict: "fail", object: key, text, fix: `${fix}, where that isn't meant` }];
      }
      const app = Object.entries(apps).find(([, keys]) => keys.includes(key))?.[0];
      const resume = [...(app === undefined ? [] : [`npm run app -- resume ${app}`]), resumeCommand(object)];
      const fix = `${resume.join(", or ")}; or name it in \`ready.allowSuspended\``;
      return [{ verdict: "fail", object: key, text: "Flux doesn't look at it", fix }];
    });
  },
};

export const sourceNotUpdating: Check = {
  id: "source-not-updating",
  title: "Source not updating",
  async run(patient) {
    const flux = await patient.flux();
    const cluster = await patient.cluster();
    return await Promise.all(
      ailing(flux, SOURCES).map(async ({ key, object, message }): Promise<Finding> => {
        const { name: secret } = object.spec?.secretRef ?? {};
        const { namespace = FLUX_SYSTEM } = object.metadata ?? {};
        const gone = secret !== undefined && !(await cluster.names("v1", "Secret", namespace)).has(secret);
        const why = gone ? `secret "${secret}" not found; ` : "";
        const fix = advice(object, why + message) ?? "npm run app -- reconcile <app> asks it to look again";
        return { verdict: "fail", object: key, text: oneLine(why + message), fix };
      }),
    );
  },
};

export const newCommitNotPickedUp: Check = {
  id: "new-commit-not-picked-up",
  title: "New commit not picked up",
  async run(patient) {
    const flux = await patient.flux();
    const { revisions = {} } = await patient.outputs();
    const fix =
      "Flux looks at each interval; at once: npm run app -- reconcile --all. If somebody pushed after our commit, all is well";
    const behind = Object.entries(revisions).flatMap(([name, pushed]): Finding[] => {
      const key = keyOf("GitRepository", name);
      const object = flux.objects.get(key);
      if (object === undefined)
        return [
          {
            verdict: "fail",
            object: key,
            text: "isn't in the cluster",
            fix: "`pulumi up` puts it back",
          },
        ];
      const fetched = object.status?.artifact?.revision;
      const told = standing(object, flux.objects).state === "ready";
      if (!told || fetched === pushed) return [];
      const text = `Flux has ${fetched ?? "nothing"}, and the last \`up\` pushed ${pushed}`;
      return [{ verdict: "warn", object: key, text, fix }];
    });
    const late = ofKind(flux, "Kustomization").flatMap(([key, object]): Finding[] => {
      const { state, message } = standing(object, flux.objects);
      const at = object.status?.lastAppliedRevision ?? "nothing";
      return state === "reconciling" && message.startsWith("hasn't applied")
        ? [{ verdict: "warn", object: key, text: `${message}: it is at ${at}`, fix }]
        : [];
    });
    return [...behind, ...late];
  },
};
