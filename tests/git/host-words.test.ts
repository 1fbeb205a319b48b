import { strict as assert } from "node:assert";
import { printable } from "../../provider/http/printable";
import { explainFailure } from "../../provider/git/refusals";

const url = "https://git.example.com/your-org/secrets.git";
const declined = " ! [remote rejected] main -> main (pre-receive hook declined)\n";
const rejected = (words: string): string => ` ! [remote rejected] main -> main (${words})\n`;
const denied = (status: number): string =>
  `fatal: unable to access '${url}/': The requested URL returned error: ${String(status)}\n`;
const rules = "remote: error: GH013: Repository rule violations found for refs/heads/main.\n";

/** What hosts and git say to a push, by what is to be done about it. */
const PUSHES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "for a readable secret": {
    GitHub: `${rules}remote: - GITHUB PUSH PROTECTION\nremote:     - Push cannot contain secrets\n${rejected("push declined due to repository rule violations")}`,
    GitLab: `remote: PUSH BLOCKED: Secrets detected in code changes\n${declined}`,
    "Azure DevOps": rejected("VS403897: The push was rejected because it contains one or more secrets."),
  },
  "hand off by a pull request": {
    "GitHub, merge queue": `${rules}remote: - Changes must be made through the merge queue\n${rejected("push declined due to repository rule violations")}`,
    "GitHub, locked": `remote: error: GH006: Protected branch update failed for refs/heads/main.\nremote: error: Cannot change this locked branch\n${rejected("protected branch hook declined")}`,
    "Bitbucket Cloud": `remote: Permission denied to update branch main.\n${declined}`,
    "Bitbucket Data Center": `remote: Branch refs/heads/main can only be modified through pull requests.\n${declined}`,
    "Azure DevOps, locked": rejected(
      "TF402456: Pushing to this branch is not permitted; it is locked by Kim.",
    ),
    Forgejo: `remote: Forgejo: Not allowed to push to protected branch main\n${declined}`,
  },
  "Set `author`": {
    GitHub: `remote: error: GH007: Your push would publish a private email address.\n${rejected("push declined due to email privacy restrictions")}`,
    GitLab: `remote: GitLab: Author 'a@b.c' is not a member of team\n${declined}`,
    "Azure DevOps": rejected(
      "VS403654: The push was rejected because commit 'a' has an author email that is not allowed by policy.",
    ),
    Gerrit: `remote: ERROR:  committer email address a@b.c\nremote: ERROR:  does not match your user account.\n${rejected("invalid committer")}`,
  },
  "no room left": {
    GitHub: `remote: error: GH001: Large files detected.\nremote: error: this exceeds GitHub's file size limit of 100.00 MB\n${declined}`,
    GitLab:
      "remote: ERROR: Your push to this repository has been rejected because the namespace storage limit of 10 GiB has been reached.\n",
    "Azure DevOps": rejected(
      "VS403658: The push was rejected because it contains a file that is larger than the maximum size",
    ),
    "a proxy": `error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413\nfatal: the remote end hung up unexpectedly\n`,
  },
  "a rule or hook of the repository refuses this commit": {
    GitLab: `remote: GitLab: File name .sops.yaml was prohibited by the pattern "sops".\n${declined}`,
    Gitea: `remote: Gitea: branch main is protected from changing file x\n${declined}`,
    "Azure DevOps": rejected(
      "VS403729: The push was rejected because it contains one or more files with paths not allowed by policy",
    ),
  },
  "may read this repository but not write": {
    Gitea: "Gitea: User permission denied for writing.\nfatal: Could not read from remote repository.\n",
    Bitbucket: `repository access denied. access via a deployment key is read-only.\n`,
    CodeCommit: `remote: User: arn:aws:iam::1:user/x is not authorized to perform: codecommit:GitPush\n${denied(403)}`,
    "Azure DevOps": `remote: TF401027: You need the Git 'GenericContribute' permission.\n${denied(403)}`,
  },
  "the scope that is named above": {
    GitHub: rejected(
      "refusing to allow a Personal Access Token to create or update workflow `.github/workflows/x.yml` without `workflow` scope",
    ),
  },
};

const READS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "marked as @revoked": {
    OpenSSH:
      "@ WARNING: REVOKED HOST KEY DETECTED! @\nED25519 host key for git.example.com was revoked and you have requested strict checking.\nHost key verification failed.\n",
  },
  "there is no such repository": {
    Bitbucket:
      "remote: The requested repository either does not exist or you do not have access.\nfatal: Could not read from remote repository.\n",
    "a web page": "fatal: https://git.example.com/x/info/refs not valid: is this a git repository?\n",
    "a shell that greets": "fatal: protocol error: bad line length character: Welc\n",
  },
  "isn't valid now": {
    OpenSSL: `fatal: unable to access '${url}': SSL certificate problem: certificate has expired\n`,
  },
  "is for another name": {
    OpenSSL: `fatal: unable to access '${url}': SSL: no alternative certificate subject name matches target host name 'git.example.com'\n`,
  },
  "`auth.ca` can't be read": {
    OpenSSL: `fatal: unable to access '${url}': error adding trust anchors from file: /x/ca.crt\n`,
    older: `fatal: unable to access '${url}': error setting certificate verify locations:\n  CAfile: /x/ca.crt\n`,
  },
  "doesn't speak TLS": {
    OpenSSL: `fatal: unable to access '${url}': error:0A00010B:SSL routines::wrong version number\n`,
  },
  "too old for this machine's OpenSSH": {
    OpenSSH:
      "Unable to negotiate with 192.0.2.1 port 22: no matching host key type found. Their offer: ssh-rsa\n",
  },
  "doesn't accept the SSH key": {
    OpenSSH: "Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures\n",
  },
  "the proxy doesn't lead to the host": {
    refused: `fatal: unable to access '${url}': CONNECT tunnel failed, response 403\n`,
    "without a name": `fatal: unable to access '${url}': Could not resolve proxy: proxy.example.com\n`,
  },
  "doesn't take this request": { a: denied(400), b: denied(422) },
};

const NETWORK: Readonly<Record<string, string>> = {
  "an overloaded host": denied(429),
  "a proxy that is down": `fatal: unable to access '${url}': CONNECT tunnel failed, response 502\n`,
  "GitHub, an outage": `remote: fatal error in commit_refs\n${rejected("failure")}`,
  "GitLab, maintenance":
    "remote: ERROR: Git access over SSH is disabled during maintenance\nfatal: Could not read from remote repository.\n",
};

describe("words of hosts", () => {
  for (const [action, all] of [
    ["pushing to", PUSHES],
    ["reading from", READS],
  ] as const)
    for (const [advice, texts] of Object.entries(all))
      for (const [host, words] of Object.entries(texts))
        it(`to ${action === "pushing to" ? "a push" : "a look"}: ${advice} (${host})`, () => {
          const { kind, message } = explainFailure(action, url, words);
          assert.equal(kind, "refused", message);
          assert.ok(message.split("\n→ ").slice(1).join("\n").includes(advice), message);
        });

  for (const [name, words] of Object.entries(NETWORK))
    it(`that are worth another attempt: ${name}`, () => {
      assert.equal(explainFailure("pushing to", url, words).kind, "network");
    });

  it("do nothing to a terminal", () => {
    const cases = {
      "\u001b[31;1mno\u001b[0m": "no",
      "\u001b]8;;https://example.com\u0007here\u001b]8;;\u001b\\": "here",
      "\u001b]0;a title\u001b\\x": "x",
      "a\u0007\u0008b\u0000": "ab",
      "10%\r50%\r\nend": "10%\n50%\nend",
      "\u009b2Jx\u0085": "x",
      "é → 雪\tx\n": "é → 雪\tx\n",
      "\u001b": "",
      "a\u202egnp.exe\u2066\u200f": "agnp.exe",
    };
    for (const [words, shown] of Object.entries(cases))
      assert.equal(printable(words), shown, JSON.stringify(words));
  });
});
