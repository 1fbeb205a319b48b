/**
 * What ssh says of a host that has another key than known_hosts, without its banner: that names our copy of known_hosts,
 * which is gone by then.
 * @returns undefined for other words
 */
export function otherHostKey(stderr: string): string | undefined {
  const [, type, fingerprint] =
    /The fingerprint for the (\S+) key sent by the remote host is\s+(\S+?)\.?\s/.exec(stderr) ?? [];
  const [, host] = /^Host key for (\S+) has changed/m.exec(stderr) ?? [];
  if (type === undefined || fingerprint === undefined || host === undefined) return undefined;
  return `${host} has answered with the ${type} key ${fingerprint}, and the given known_hosts has another one for it`;
}

export const OTHER_HOST_KEY =
  "compare that fingerprint with those that the host's documentation publishes. If it is among them, put the host's line of today into the setting `auth.ssh.knownHosts`; if not, whoever answers there may be somebody else";
