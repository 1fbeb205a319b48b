/**
 * Stand-in of cert-manager and of Cloudflare's Origin CA issuer, as a process beside the API server: the pods that
 * their charts make are only simulated. Certificates are signed by the Cloudflare API that CLOUDFLARE_BASE_URL names.
 */
import { certificateController } from "./certificates/certificate";
import { issuerController } from "./certificates/issuer";
import { runControllers } from "./controllers/run";
import { required } from "./http";

if (require.main === module) {
  runControllers((cluster) => {
    const baseURL = required("CLOUDFLARE_BASE_URL");
    return [
      issuerController(cluster, baseURL, "originissuers"),
      issuerController(cluster, baseURL, "clusteroriginissuers"),
      certificateController(cluster, baseURL),
    ];
  });
}
