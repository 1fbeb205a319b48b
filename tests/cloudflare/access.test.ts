import assert from "node:assert/strict";
import type { App, Host } from "../../manifests/app";
import { accessDomain, accessPolicies } from "../../manifests/cloudflare/access";
import { InputError } from "../../manifests/files";
import { guarded } from "../../stacks/guarded-hosts";
import { reviewHosts } from "../../stacks/review-hosts";
import type { CloudflareSettings } from "../../stacks/settings/blocks/cloudflare";

const name = "cal.example.com";
const emails = ["you@example.com"];
const id = "00000000-0000-4000-8000-000000000000";

describe("Access of a host", () => {
  it("lets people sign in by one policy, and programs in by another", () => {
    const access = {
      emails,
      emailDomains: ["example.com"],
      groups: [id],
      everyone: true,
      serviceTokens: [id],
    };
    assert.deepEqual(accessPolicies(access, "stack a"), [
      {
        name: "stack a",
        decision: "allow",
        precedence: 1,
        includes: [
          { email: { email: "you@example.com" } },
          { emailDomain: { domain: "example.com" } },
          { group: { id } },
          { everyone: {} },
        ],
      },
      {
        name: "stack a, service tokens",
        decision: "non_identity",
        precedence: 2,
        includes: [{ serviceToken: { tokenId: id } }],
      },
    ]);
    const [only, ...more] = accessPolicies({ serviceTokens: [id], everyone: false }, "a");
    assert.deepEqual([only?.decision, only?.precedence, more], ["non_identity", 1, []]);
  });

  for (const [path, domain] of [
    [undefined, name],
    ["^/", name],
    [".*", name],
    ["^/api", `${name}/api`],
    ["/api", `${name}/api`],
    ["^/api/", `${name}/api`],
    ["^/api/v2/.*", `${name}/api/v2`],
    ["^/api(/|$)", `${name}/api`],
    ["^/robots\\.txt$", `${name}/robots.txt`],
    ["^/(api|app)", undefined],
    ["\\.php$", undefined],
    ["(?i)^/api", undefined],
    ["^/v[0-9]", undefined],
    ["^/a.c", `${name}/a.c`],
  ] as const)
    it(`guards ${domain ?? "nothing that can be told"} by the path ${path ?? "that isn't given"}`, () => {
      assert.equal(accessDomain({ name, ...(path !== undefined && { path }) }), domain);
    });

  it("guards what it is told to", () => {
    assert.equal(accessDomain({ name, path: "^/(a|b)", access: { emails, domain: name } }), name);
  });
});

describe("hosts that are guarded", () => {
  const settings = (changes: object = {}): CloudflareSettings =>
    ({ teamName: "your-team", tunnel: { name: "t" }, ...changes }) as unknown as CloudflareSettings;
  const apps = (...hosts: Host[]): App[] => [{ name: "cal", kustomizations: [], hosts }];
  const told = (list: readonly App[], cloudflare: CloudflareSettings | undefined): string => {
    try {
      guarded(list, cloudflare);
    } catch (error) {
      assert.ok(error instanceof InputError, String(error));
      return error.message;
    }
    return "";
  };

  it("have the Access of the settings on all of their paths, in place of the system's", () => {
    const list = apps(
      { name, access: { everyone: true } },
      { name, path: "^/(a|b)" },
      { name: "b.example.com" },
    );
    const [app] = guarded(list, settings({ access: { [name]: { emails } } }));
    const access = { emails, domain: name };
    assert.deepEqual(app?.hosts, [
      { name, access },
      { name, path: "^/(a|b)", access },
      { name: "b.example.com" },
    ]);
  });

  it("keep it under the name that they have in a review", () => {
    const built = { apps: guarded(apps({ name }), settings({ access: { [name]: { emails } } })) };
    const { apps: renamed } = reviewHosts(built.apps, { number: "7", zones: ["example.com"] })(built);
    const host = "cal-pr-7.example.com";
    assert.deepEqual(renamed[0]?.hosts, [{ name: host, access: { emails, domain: host } }]);
  });

  it("are known when their app is parked", () => {
    const parked = apps({ name }).map((app) => ({ ...app, parked: true }));
    assert.equal(told(parked, settings({ access: { [name]: { emails } } })), "");
  });

  for (const [what, list, cloudflare, message] of [
    [
      "one that no app has",
      apps({ name }),
      settings({ access: { "cla.example.com": { emails } } }),
      "handoff:cloudflare.access guards cla.example.com, which is no host of this stack. Did you mean cal.example.com?",
    ],
    [
      "one that is far from all",
      apps({ name }),
      settings({ access: { "something-else.example.org": { emails } } }),
      "handoff:cloudflare.access guards something-else.example.org, which is no host of this stack. Its hosts: cal.example.com.",
    ],
    [
      "one without Cloudflare",
      apps({ name, access: { emails } }),
      undefined,
      "The app cal has the host cal.example.com, which Access is to guard: that takes the settings handoff:cloudflare.",
    ],
    [
      "one of a tunnel without the team's name",
      apps({ name, access: { emails } }),
      settings({ teamName: undefined }),
      "The app cal has the host cal.example.com, which Access is to guard: the tunnel refuses what didn't pass it by the team's name, which handoff:cloudflare.teamName has to tell.",
    ],
    [
      "one that lets nobody in",
      apps({ name, access: { emails: [] } }),
      settings(),
      "The app cal has the host cal.example.com: access: found a mapping with emails; allowed: at least one of emails, emailDomains, groups, everyone: true, or serviceTokens.",
    ],
    [
      "a misspelled option",
      apps({ name, access: { email: emails } as never }),
      settings(),
      /access\.email: found an unknown option; .*\. Did you mean emails\?/,
    ],
    [
      "a path that is an expression",
      apps({ name, path: "^/(a|b)", access: { emails } }),
      settings(),
      "The app cal has the host cal.example.com: Access guards the beginning of a path, and ^/(a|b) may be of several. Give access.domain, such as cal.example.com/api, or leave the path out.",
    ],
    [
      "what is of another host",
      apps({ name, access: { emails, domain: "b.example.com/a" } }),
      settings(),
      "The app cal has the host cal.example.com: access.domain is b.example.com/a, of another host.",
    ],
    [
      "two lists for one thing",
      apps({ name, access: { emails } }, { name, path: "^/a", access: { everyone: true, domain: name } }),
      settings(),
      "The app cal lets others reach cal.example.com than an app before it: Access takes one list.",
    ],
  ] as const)
    it(`refuses ${what}`, () => {
      const found = told(list, cloudflare);
      if (typeof message === "string") assert.equal(found, message);
      else assert.match(found, message);
    });

  it("need no team's name where records lead to an address", () => {
    const address = { teamName: undefined, tunnel: undefined, address: "192.0.2.1" };
    assert.equal(told(apps({ name, access: { emails } }), settings(address)), "");
    const own = apps({ name, address: "192.0.2.1", access: { emails } });
    assert.equal(told(own, settings({ teamName: undefined })), "");
  });
});
