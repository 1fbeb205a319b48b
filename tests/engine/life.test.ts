/**
 * The life of a hand-off, from the first `npm start` to `pulumi destroy` and a second beginning: one sandbox, the steps in
 * their order, each seen through what a user sees.
 */
import { calcomObjects } from "./life/calcom-objects";
import { certificates } from "./life/certificates";
import { cloud } from "./life/cloud";
import { firstStart } from "./life/first-start";
import { fluxBootstrap } from "./life/flux-bootstrap";
import { localTunnel } from "./life/local-tunnel";
import { moving } from "./life/moving";
import { whatOthersKeep } from "./life/others";
import { removal, secondBeginning } from "./life/removal";
import { repairs } from "./life/repairs";
import { replaced } from "./life/replaced";
import { secretSafety } from "./life/secret-safety";
import { sopsFromNothing } from "./life/sops";
import { upgrade } from "./life/upgrade";
import { useSandbox } from "./sandbox";

describe("the life of a hand-off", () => {
  const sandbox = useSandbox();
  firstStart(sandbox);
  upgrade(sandbox); // what follows is of a stack that was an earlier version's
  calcomObjects(sandbox);
  certificates(sandbox);
  fluxBootstrap(sandbox);
  whatOthersKeep(sandbox);
  cloud(sandbox);
  secretSafety(sandbox);
  repairs(sandbox);
  replaced(sandbox);
  localTunnel(sandbox);
  removal(sandbox);
  sopsFromNothing(sandbox);
  secondBeginning(sandbox);
  moving(sandbox);
});
