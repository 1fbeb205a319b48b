import { strict as assert } from "node:assert";
import { explainFailure } from "../../provider/git/refusals";

const url = "https://git.example.com/your-org/app.git";
const unreadable = `fatal: Could not read from remote repository.

Please make sure you have the correct access rights
and the repository exists.
`;
const pushed = `error: failed to push some refs to '${url}'\n`;

const advice = {
  hostKey: "the host's key is not in the given known_hosts.",
  key: "the host doesn't accept the SSH key.",
  password: "the host doesn't accept the user name and password or token.",
  write: "the credential may read this repository but not write to it.",
  branch: "the branch doesn't take direct pushes.",
  missing: "there is no such repository, or the credential can't see it.",
  room: "the host has no room left for this repository",
  certificate: "the host's TLS certificate isn't trusted.",
  network: "the host can't be reached.",
} as const;

/** What git and the hosts print, and what it means. */
const refused: Readonly<Record<keyof typeof advice, Readonly<Record<string, string>>>> = {
  hostKey: {
    "an unknown host": `No ED25519 host key is known for git.example.com and you have requested strict checking.\r\nHost key verification failed.\r\n${unreadable}`,
  },
  key: {
    GitHub: `git@github.com: Permission denied (publickey).\r\n${unreadable}`,
    GitLab: `git@gitlab.com: Permission denied (publickey,keyboard-interactive).\r\n${unreadable}`,
    "a broken key": `Load key "/run/handoff-git-x/identity": error in libcrypto\r\ngit@github.com: Permission denied (publickey).\r\n${unreadable}`,
  },
  password: {
    GitHub: `remote: Invalid username or token. Password authentication is not supported for Git operations.\nfatal: Authentication failed for '${url}/'\n`,
    GitLab: `remote: HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password.\nfatal: Authentication failed for '${url}/'\n`,
    Gitea: `remote: Unauthorized\nfatal: Authentication failed for '${url}/'\n`,
    "no credential": `fatal: could not read Username for 'https://git.example.com': terminal prompts disabled\n`,
  },
  write: {
    "GitHub, deploy key": `ERROR: The key you are authenticating with has been marked as read only.\n${unreadable}`,
    "GitHub, other's key": `ERROR: Permission to your-org/app.git denied to deploy key\n${unreadable}`,
    "GitHub, token": `remote: Write access to repository not granted.\nfatal: unable to access '${url}/': The requested URL returned error: 403\n`,
    "GitLab, deploy key": `remote: \nremote: ========================================================================\nremote: \nremote: ERROR: This deploy key does not have write access to this project.\nremote: \nremote: ========================================================================\nremote: \n${unreadable}`,
    "GitLab, token": `remote: You are not allowed to push code to this project.\nfatal: unable to access '${url}/': The requested URL returned error: 403\n`,
    "Gitea, deploy key": `Gitea: Deploy Key: 3:flux is not authorized to write to your-org/app.\n${unreadable}`,
    "a big push that hangs up": `error: RPC failed; HTTP 403 curl 22 The requested URL returned error: 403\nsend-pack: unexpected disconnect while reading sideband packet\nfatal: the remote end hung up unexpectedly\n`,
  },
  branch: {
    GitHub: `remote: error: GH006: Protected branch update failed for refs/heads/main.\nremote: error: Changes must be made through a pull request.\nTo ${url}\n ! [remote rejected] main -> main (protected branch hook declined)\n${pushed}`,
    "GitHub, rules": `remote: error: GH013: Repository rule violations found for refs/heads/main.\nTo ${url}\n ! [remote rejected] main -> main (push declined due to repository rule violations)\n${pushed}`,
    GitLab: `remote: GitLab: You are not allowed to push code to protected branches on this project.\nTo ${url}\n ! [remote rejected] main -> main (pre-receive hook declined)\n${pushed}`,
    Gitea: `remote: \nremote: Gitea: Not allowed to push to protected branch main\nremote: error: hook declined to update refs/heads/main\nTo ${url}\n ! [remote rejected] main -> main (pre-receive hook declined)\n${pushed}`,
  },
  missing: {
    "GitHub, SSH": `ERROR: Repository not found.\n${unreadable}`,
    "GitHub, HTTPS": `remote: Repository not found.\nfatal: repository '${url}/' not found\n`,
    "GitLab, SSH": `remote: \nremote: ERROR: The project you were looking for could not be found or you don't have permission to view it.\nremote: \n${unreadable}`,
    "Gitea, SSH": `Gitea: Cannot find repository: your-org/app\n${unreadable}`,
    "a folder": "fatal: '/srv/git/app.git' does not appear to be a git repository\n" + unreadable,
  },
  room: {
    "a full disk": `error: remote unpack failed: unable to create temporary object directory\nremote: fatal: write error: No space left on device\n${pushed}`,
  },
  certificate: {
    OpenSSL: `fatal: unable to access '${url}/': SSL certificate problem: self-signed certificate in certificate chain\n`,
    GnuTLS: `fatal: unable to access '${url}/': server certificate verification failed. CAfile: none CRLfile: none\n`,
  },
  network: {},
};

const network: Readonly<Record<string, string>> = {
  "no such name, SSH": `ssh: Could not resolve hostname git.example.com: Name or service not known\r\n${unreadable}`,
  "no such name, HTTPS": `fatal: unable to access '${url}/': Could not resolve host: git.example.com\n`,
  "nobody listens, SSH": `ssh: connect to host git.example.com port 22: Connection refused\r\n${unreadable}`,
  "nobody listens, HTTPS": `fatal: unable to access '${url}/': Failed to connect to git.example.com port 443 after 3 ms: Couldn't connect to server\n`,
  "hung up at once": `kex_exchange_identification: Connection closed by remote host\r\n${unreadable}`,
  "hung up in between": `error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502\nsend-pack: unexpected disconnect while reading sideband packet\nfatal: the remote end hung up unexpectedly\n`,
  "an overloaded host": `remote: Internal Server Error.\nfatal: unable to access '${url}/': The requested URL returned error: 503\n`,
  "a broken TLS connection": `fatal: unable to access '${url}/': OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to git.example.com:443\n`,
};

const races: Readonly<Record<string, string>> = {
  "seen by git": `To ${url}\n ! [rejected]        0123abc -> main (fetch first)\n${pushed}hint: Updates were rejected because the remote contains work that you do not have locally.\n`,
  "seen by the server": `To ${url}\n ! [remote rejected] 0123abc -> main (cannot lock ref 'refs/heads/main': is at 1111111 but expected 2222222)\n${pushed}`,
  "seen while it wrote": `To ${url}\n ! [remote rejected] 0123abc -> main (incorrect old value provided)\n${pushed}`,
  "for a new branch": `To ${url}\n ! [remote rejected] 0123abc -> main (reference already exists)\n${pushed}`,
};

describe("explainFailure", () => {
  for (const [meaning, texts] of Object.entries(refused)) {
    for (const [where, stderr] of Object.entries(texts)) {
      it(`${meaning}: ${where}`, () => {
        const { kind, message } = explainFailure("pushing to", url, stderr);
        assert.equal(kind, "refused");
        assert.equal(
          message.split("\n→ ")[1]?.startsWith(advice[meaning as keyof typeof advice]),
          true,
          message,
        );
      });
    }
  }

  for (const [where, stderr] of Object.entries(network)) {
    it(`network: ${where}`, () => {
      const { kind, message } = explainFailure("reading from", url, stderr);
      assert.equal(kind, "network");
      assert.equal(message.split("\n→ ")[1]?.startsWith(advice.network), true, message);
    });
  }

  for (const [where, stderr] of Object.entries(races)) {
    it(`race: ${where}`, () => {
      assert.equal(explainFailure("pushing to", url, stderr).kind, "race");
    });
  }

  it("keeps the host's words, without git's prefixes, hints and frames", () => {
    assert.equal(
      explainFailure("pushing to", url, refused.write["GitLab, deploy key"]!).message,
      `pushing to ${url} failed: This deploy key does not have write access to this project.; ` +
        "Could not read from remote repository.\n" +
        "→ the credential may read this repository but not write to it. Give the deploy key or token write access to its contents.",
    );
    assert.equal(
      explainFailure("reading from", url, "").message,
      `reading from ${url} failed: git said nothing`,
    );
    assert.deepEqual(explainFailure("reading from", url, "fatal: bad object\n"), {
      kind: "refused",
      message: `reading from ${url} failed: bad object`,
    });
  });
});
