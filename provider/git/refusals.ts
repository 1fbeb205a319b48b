import { type GitFailure, isOtherHash, otherHash, READING } from "./failure";
import { OTHER_HOST_KEY, otherHostKey } from "./host-key";

/** Words of a server (or of the client's own check) that mean: somebody else moved the branch. */
const RACE =
  /non-fast-forward|fetch first|cannot lock ref|incorrect old value provided|failed to (update|lock) ref|failed to lock|reference already exists|TF401028|already been updated by another|lock.fail/i;

/** Words about a branch that would be a folder of another one, or the other way round: nobody was faster. */
const FOLDER = /'refs\/heads\/[^']+' exists; cannot create|directory.file conflict|conflicts with existing/i;

const NETWORK =
  /could not resolve host|failed to connect|no route to host|connection (refused|reset|timed out|closed)|operation (timed out|too slow)|empty reply from server|transfer closed with|unexpected eof|was not closed cleanly|not responding|the remote end hung up|early EOF|unexpected disconnect|RPC failed|returned error: (408|429|5\d\d)|Internal Server Error|fatal error in commit_refs|\(failure\)$|disabled during maintenance|CONNECT tunnel failed, response 5|HTTP code 5\d\d from proxy|gnutls|SSL_ERROR_SYSCALL|network is unreachable|broken pipe/im;

/** A branch that takes no direct pushes; other words of the server may sound like a race or a missing right. */
const PROTECTED =
  /protected branch|permission denied to update branch|TF402456|GH006|GH013|repository rule violations|hook declined|TF402455/i;

const MAY_NOT_WRITE =
  "the credential may read this repository but not write to it. Give the deploy key or token write access to its contents";

type Advice = readonly (readonly [RegExp, string])[];

/** What a rule or a hook of the host asks for; all that match count, since a host may name several at once. */
const RULES: Advice = [
  [
    /push protection|push blocked|(contains?|cannot contain|one or more|leaked) secrets?\b|secrets? (detected|found)|VS403897/i,
    "the host takes something in these files for a readable secret. Hand over a reference in its place, or allow it at the host as the words above say",
  ],
  [
    /pull[- ]requests?|merge[- ]requests?|merge queue|TF402455|code review|push (code )?to protected branch|pushing to protected branch|permission denied to update branch|locked branch|TF402456/i,
    "the branch doesn't take direct pushes. Allow this identity to push, or hand off by a pull request (setting `pullRequest`)",
  ],
  [
    /verified signatures?|(must be|not|isn't) (gpg[- ])?signed|unsigned|signed commits?|(unverified|unsigned) commit|signed with a/i,
    "the host takes signed commits only. Give a key that it knows in `signing`, or on GitHub commit by `githubApi`",
  ],
  [
    /ticket|\bjira\b|issue (key|id|number|reference)|work item|commit[- ]message|message (must|does not|doesn't|has to|needs)|change-id|signed-off-by|\btrailer|sign-?off/i,
    'the host wants something else in the commit\'s message. Put it into `message`, the first line, or into `trailers`, such as `{ "Ticket": "OPS-1" }`',
  ],
  [
    /(author|committer)\b[^\n]*(e-?mail|name|not (a member|verified|match|allowed|registered)|pattern|unknown)|e-?mail[^\n]*(pattern|not (allowed|verified|registered)|does not match)|invalid (author|committer)|GH007|email privacy|private email/i,
    "the host doesn't take this author. Set `author` to an identity that it knows",
  ],
];

/** Advice by the words of the refusal; the first that matches counts. */
const ADVICE: Advice = [
  [
    FOLDER,
    "git has branches in folders: there is no `main/x` beside `main`. Choose another name for the branch, or remove the one that is in its way",
  ],
  [
    /revoked host key|marked as revoked|key .*was revoked/i,
    "the host's key is marked as @revoked in the given known_hosts: whoever answers there may be somebody else. Don't put that key back; ask for the one that the host publishes now",
  ],
  [/remote host identification has changed/i, OTHER_HOST_KEY],
  [
    /host key verification failed|no .* host key is known/i,
    "the host's key is not in the given known_hosts. Compare it with the fingerprints that the host publishes, then put its line into the setting `auth.ssh.knownHosts`",
  ],
  [
    /permission denied \(publickey|load key|invalid format|incorrect passphrase/i,
    "the host doesn't accept the SSH key. Check `auth.ssh.privateKey` (and its passphrase), and that the public key is a deploy key of this repository with write access",
  ],
  [
    /proxy[^]*\b407\b|\b407\b[^]*proxy|returned error: 407/i,
    "the proxy doesn't take its credentials. Check `auth.proxy`",
  ],
  [
    /authentication failed|could not read (username|password)|invalid (username|credentials)|returned error: 401|VS30063/i,
    "the host doesn't accept the user name and password or token. Check `auth`, and whether the token has expired",
  ],
  [
    /quota|allocated storage|no space left|disk full|file too large|(file|repository) size|size limit|maximum allowed size|size is greater than|storage limit|VS403658|larger than the maximum|returned error: 413/i,
    "the host has no room left for this repository, or for a push of this size",
  ],
  [
    /archived|mirror|read-only GitLab/i,
    "the repository takes no pushes. Hand off to the repository that this one mirrors, or have it unarchived",
  ],
];

const LATER_ADVICE: Advice = [
  [
    /protected branch|GH006|GH013|repository rule violations/i,
    "the branch doesn't take direct pushes. Allow this identity to push, or hand off by a pull request (setting `pullRequest`)",
  ],
  [
    /without `?workflow`? scope|refusing to allow an? .*(access token|app|key)/i,
    "the credential may not write such a file. Give the token the scope that is named above",
  ],
  [
    /hook declined|push was rejected/i,
    "a rule or hook of the repository refuses this commit, in the words above. Do what they ask for (`message`, `trailers`, `author` and `signing` say what the commit holds); where the branch takes no direct pushes, allow this identity, or hand off by a pull request (setting `pullRequest`)",
  ],
  [
    /returned error: 403|write access|read[- ]only|not allowed to push|not authorized to write|denied to|deploy key|denied for writing|TF401027|GenericContribute|prohibited by Gerrit|not permitted/i,
    MAY_NOT_WRITE,
  ],
  [
    /repository .*not found|does(?: not|n't) exist or you do not have (access|permission)|not valid: is this a git repository|bad line length character|could not be found|cannot find repository|does not appear to be a git repository|returned error: 404|TF401019/i,
    "there is no such repository, or the credential can't see it. Check the URL; the repository must exist",
  ],
  [
    /certificate has expired|certificate is not yet valid/i,
    "the host's TLS certificate isn't valid now. Its administrator has to renew it; look at this machine's clock, too",
  ],
  [
    /certificate subject name|does not match target host name|certificate.*(host ?name|name does not match)/i,
    "the host's TLS certificate is for another name. Use the name in the address that the certificate has",
  ],
  [
    /adding trust anchors|certificate verify locations/i,
    "the certificate in `auth.ca` can't be read. It begins with -----BEGIN CERTIFICATE-----",
  ],
  [
    /wrong version number|packet length too long|http request to an https|unrecognized name/i,
    "what answers there doesn't speak TLS. Check the address and its port, and `auth.proxy`",
  ],
  [
    /no matching (host key type|key exchange|cipher|mac)/i,
    "the host's SSH server is too old for this machine's OpenSSH. Use its https:// address, or have it updated",
  ],
  [
    /too many authentication failures|public key authentication failed/i,
    "the host doesn't accept the SSH key. Check `auth.ssh.privateKey`; of an agent with many keys the host takes the first ones alone",
  ],
  [
    /HTTP code [34]\d\d from proxy|CONNECT tunnel failed, response [34]|could not resolve proxy/i,
    "the proxy doesn't lead to the host. Check `auth.proxy`, or HTTPS_PROXY and NO_PROXY of this machine",
  ],
  [
    /returned error: 4(?!08|29)\d\d/i,
    "the host doesn't take this request. Check the address, which is the repository's and no page's, and what the host says above",
  ],
  [
    /certificate/i,
    "the host's TLS certificate isn't trusted. For a private authority give its certificate in `auth.ca`",
  ],
];

const MAY_NOT_READ =
  "the credential may not read this repository. Give the deploy key or token access to it; an organization with single sign-on has to allow the token, too";

function adviceOn(said: string, action: string): string | undefined {
  const first = (list: Advice): string | undefined => list.find(([pattern]) => pattern.test(said))?.[1];
  const early = first(ADVICE);
  if (early !== undefined) return early;
  // The words of a rule count where the host says no to a commit; others may name a pull request by the way.
  const refused = action !== READING && /rejected|declined|refus|GH0|TF40|VS40/i.test(said);
  const rules = refused ? RULES.filter(([pattern]) => pattern.test(said)).map(([, advice]) => advice) : [];
  if (rules.length > 0) return rules.join(".\n→ ");
  const later = first(LATER_ADVICE);
  return later === MAY_NOT_WRITE && action === READING ? MAY_NOT_READ : later;
}

/** True for words of a host that mean: somebody else was faster. */
export function isRaceIn(words: string): boolean {
  return RACE.test(words) && !PROTECTED.test(words) && !FOLDER.test(words);
}

/** The host's words, without git's prefixes, hints and frames. */
function saidIn(stderr: string): string {
  return stderr
    .split("\n")
    .map((line) => line.replace(/^((remote|fatal|error|warning):\s*)+/i, "").trim())
    .filter(
      (line) =>
        !/^[@=]*$/.test(line) && !/^(hint:|To |Please make sure|and the repository exists)/.test(line),
    )
    .join("; ");
}

/** Classifies what git wrote to standard error when `action` on `url` failed. */
export function explainFailure(action: string, url: string, stderr: string): GitFailure {
  if (isOtherHash(stderr)) return otherHash(url).failure;
  const words = otherHostKey(stderr) ?? saidIn(stderr);
  // A repository may be named "certificates" or "mirror".
  const said = stderr.replaceAll(url.replace(/\/\/[^/@]+@/, "//"), "");
  const refusal = adviceOn(said, action);
  // A server that refuses may hang up too, which alone would look like the network's fault.
  const network = refusal === undefined && NETWORK.test(said);
  const advice = network
    ? "the host can't be reached. Check the address and the network, then run the same command again"
    : refusal;
  const message = `${action} ${url} failed: ${words === "" ? "git said nothing" : words}${advice === undefined ? "" : `\n→ ${advice}.`}`;
  if (isRaceIn(said)) return { kind: "race", message };
  return { kind: network ? "network" : "refused", message, ...(refusal !== undefined && { known: true }) };
}
