import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import type { Helm } from "./render";

/** A chart that takes longer to get is told by its values alone. */
const LIMIT_MS = 60_000;

/** The helm on the PATH. */
export const runHelm: Helm = async (args, values) => {
  const helm = spawn("helm", args, { stdio: ["pipe", "pipe", "pipe"], timeout: LIMIT_MS });
  const ended = new Promise<number | null>((done, fail) => {
    helm.on("error", (error: NodeJS.ErrnoException) => {
      fail(error.code === "ENOENT" ? new Error("helm isn't on the PATH") : error);
    });
    helm.on("close", done);
  });
  // It may end before it has read all of them.
  helm.stdin.on("error", () => undefined);
  helm.stdin.end(values);
  const [status, output, errors] = await Promise.all([ended, text(helm.stdout), text(helm.stderr)]);
  if (status !== 0)
    throw new Error(
      errors.trim() || (status === null ? "it took longer than a minute" : `status ${String(status)}`),
    );
  return output;
};
