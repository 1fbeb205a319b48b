import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { utils } from "ssh2";

/** What a deploy key may do; as on the usual hosts, a key belongs to one repository. */
export interface DeployKey {
  readonly repository: string;
  readonly write: boolean;
  /** As its host shows it. @default the name of its file */
  readonly title?: string;
  /** Given by the host when it is first looked at. */
  readonly id?: number;
  readonly createdAt?: string;
}

/** Those of the repositories of Cal.com. */
export const deployKeys: Readonly<Record<string, DeployKey>> = {
  "flux-config": { repository: "your-org/flux-config", write: true },
  "flux-config-read": { repository: "your-org/flux-config", write: false },
  calcom: { repository: "your-org/calcom", write: true },
  "calcom-read": { repository: "your-org/calcom", write: false },
};

/** Makes host key, deploy keys and the list of what each one may do, where they are missing. */
export function writeKeys(folder: string, keys: Readonly<Record<string, DeployKey>> = deployKeys): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of ["host", ...Object.keys(keys)]) {
    if (existsSync(join(folder, name))) continue;
    const pair = utils.generateKeyPairSync("ecdsa", { bits: 384, comment: name });
    writeFileSync(join(folder, name), pair.private, { mode: 0o600 });
    writeFileSync(join(folder, `${name}.pub`), pair.public + "\n");
  }
  const access = join(folder, "access.json");
  if (!existsSync(access)) writeFileSync(access, JSON.stringify(keys, null, 2) + "\n");
}

/** The known_hosts line of the SSH server at that port. */
export function writeKnownHosts(folder: string, sshPort: number): void {
  const [type, key] = readFileSync(join(folder, "host.pub"), "utf8").split(" ");
  writeFileSync(join(folder, "known_hosts"), `[127.0.0.1]:${sshPort} ${type ?? ""} ${(key ?? "").trim()}\n`);
}
