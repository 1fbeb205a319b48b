/** KV version 2's paths: `data`, `metadata`, `delete`, `undelete`, `destroy`, `subkeys` isn't served. */
import { z } from "zod";
import type { Reply } from "../http";
import { Kv } from "./kv";
import {
  answer,
  done,
  notFound,
  parseBody,
  unsupportedOperation,
  type VaultRequest,
  VaultError,
} from "./request";
import type { KvVersion, Mount } from "./state";

const written = z.object({
  data: z.record(z.string(), z.unknown()).optional(),
  options: z.object({ cas: z.int().optional() }).nullish(),
});
const described = z.object({
  max_versions: z.int().optional(),
  cas_required: z.boolean().optional(),
  custom_metadata: z.record(z.string(), z.string()).nullable().optional(),
});
const chosen = z.object({ versions: z.array(z.coerce.number().int()).default([]) });

const wrongPath =
  "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. " +
  "If using the Vault CLI, use 'vault kv get' for this operation.";

/** Whether a write to that path adds to a secret that is there: the capability is then `update`, else `create`. */
export function kvExists(mount: Mount, rest: string): boolean {
  const [collection, ...path] = rest.split("/");
  return collection !== "data" || new Kv(mount).secret(path.join("/")) !== undefined;
}

/** @param rest the path below the mount */
export function kvApi(request: VaultRequest, rest: string, mount: Mount): Reply {
  const [collection = "", ...segments] = rest.split("/");
  const path = segments.join("/");
  const kv = new Kv(mount);
  const ok = (data: object): Reply => answer(data, { mountType: "kv" });
  switch (`${request.operation} ${collection}`) {
    case "read config":
      return ok({ cas_required: false, delete_version_after: "0s", max_versions: 0 });
    case "read data":
      return readData(kv, path, Number(request.query.get("version") ?? 0));
    case "write data":
    case "patch data":
      return ok(writeData(kv, path, request));
    case "delete data": {
      const secret = kv.secret(path);
      if (secret !== undefined) kv.change(path, [secret.current_version], "delete");
      return done;
    }
    case "write delete":
    case "write undelete":
    case "write destroy": {
      const { versions } = parseBody(request, chosen);
      if (versions.length === 0) throw new VaultError(400, "no version number provided");
      kv.change(path, versions, collection as "delete" | "undelete" | "destroy");
      return done;
    }
    case "list metadata": {
      const keys = kv.list(path);
      if (keys.length === 0) throw notFound();
      return ok({ keys });
    }
    case "read metadata": {
      const secret = kv.secret(path);
      if (secret === undefined) throw notFound();
      const versions = Object.entries(secret.versions).map(([number, version]) => {
        const { created_time, deletion_time, destroyed } = version;
        return [number, { created_time, deletion_time, destroyed }];
      });
      const oldest_version = Math.min(...versions.map(([number]) => Number(number)));
      return ok({
        ...secret,
        delete_version_after: "0s",
        oldest_version: versions.length === 0 ? 0 : oldest_version,
        versions: Object.fromEntries(versions) as object,
      });
    }
    case "write metadata":
    case "patch metadata":
      kv.describe(path, parseBody(request, described));
      return done;
    case "delete metadata":
      kv.remove(path);
      return done;
    default:
      if (["data", "metadata", "delete", "undelete", "destroy", "config"].includes(collection)) {
        throw unsupportedOperation();
      }
      return { ...answer(null, { warnings: [wrongPath] }), status: 404 };
  }
}

function readData(kv: Kv, path: string, wanted: number): Reply {
  const found = kv.version(path, wanted);
  if (found === undefined) throw notFound();
  const { version, number } = found;
  const gone = version.destroyed || version.deletion_time !== "";
  const custom_metadata = kv.secret(path)?.custom_metadata ?? null;
  const reply = answer(
    { data: gone ? null : version.data, metadata: metadataOf(version, number, custom_metadata) },
    { mountType: "kv" },
  );
  return { ...reply, status: gone ? 404 : 200 };
}

/** A patch is merged into the newest version: https://www.rfc-editor.org/rfc/rfc7396 */
function writeData(kv: Kv, path: string, request: VaultRequest): object {
  const { data, options } = parseBody(request, written);
  if (data === undefined) throw new VaultError(400, "no data provided");
  let next = data;
  if (request.operation === "patch") {
    const version = kv.version(path)?.version;
    if (version?.data == null || version.deletion_time !== "") throw notFound();
    next = merge(version.data, data);
  }
  const number = kv.write(path, next, options?.cas ?? undefined);
  const version = kv.version(path)?.version;
  if (version === undefined) throw notFound();
  return metadataOf(version, number, kv.secret(path)?.custom_metadata ?? null);
}

function merge(old: Record<string, unknown>, change: Record<string, unknown>): Record<string, unknown> {
  const merged = Object.entries(change).map(([key, value]): [string, unknown] => {
    const before = old[key];
    return [key, isObject(before) && isObject(value) ? merge(before, value) : value];
  });
  const all = { ...old, ...Object.fromEntries(merged) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const metadataOf = (version: KvVersion, number: number, custom_metadata: object | null): object => ({
  created_time: version.created_time,
  custom_metadata,
  deletion_time: version.deletion_time,
  destroyed: version.destroyed,
  version: number,
});
