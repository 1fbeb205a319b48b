/**
 * Stand-in of Cloudflare's Origin CA issuer, whose own can't be had as a Go module, as a process beside the API server:
 * the pods that its chart makes are only simulated. Requests are signed by the Cloudflare API that CLOUDFLARE_BASE_URL
 * names.
 */
import { runControllers } from "./controllers/run";
import { required } from "./http";
import { issuerController } from "./origin-ca-issuer/issuer";
import { requestController } from "./origin-ca-issuer/request";

if (require.main === module) {
  runControllers((cluster) => {
    const baseURL = required("CLOUDFLARE_BASE_URL");
    return [
      issuerController(cluster, "originissuers"),
      issuerController(cluster, "clusteroriginissuers"),
      requestController(cluster, baseURL),
    ];
  });
}
