/**
 * Why an address isn't one that git and Flux both read, with the one to write; undefined when it is.
 * Flux takes `ssh://`, `https://` and `http://`; the scp-like form of git isn't a URL.
 */
export function addressFault(url: string): string | undefined {
  const [, user = "git", host = "", port, path = ""] =
    /^(?:ssh:\/\/)?(?:([^@/:]+)@)?(\[[^\]]+\]|[^@/:]+):(\d+(?=\/))?\/?([^/].*)$/.exec(url) ?? [];
  const scp = host !== "" && port === undefined && !/^(https?|ssh|git|file|ftp)$/.test(host);
  if (scp) {
    const right = `ssh://${user}@${host}/${path}`;
    return `${url} is git's short form of an SSH address, which Flux doesn't read\n→ Write ${right}`;
  }
  if (/^(ssh|https?):\/\/[^/]/.test(url) && URL.canParse(url)) return undefined;
  return (
    `${JSON.stringify(url)} is no address of a repository that Flux reads\n` +
    "→ Write ssh://git@host/org/repository.git or https://host/org/repository.git"
  );
}
