import assert from "node:assert/strict";
import { listFaults, ruleFaults } from "../../manifests/cloudflare/ingress-rule-checks";
import { CATCH_ALL, type OwnRule } from "../../manifests/cloudflare/ingress-rules";

describe("ruleFaults", () => {
  const rule = { hostname: "app.example.com", service: "https://origin:443" };
  const messages = (changes: Partial<OwnRule>) =>
    ruleFaults({ ...rule, ...changes }).map(({ message }) => message);

  it("accepts what cloudflared accepts", () => {
    const services = [
      ...["http_status:404", "hello_world", "bastion", "socks-proxy"],
      ...["tcp://db:5432", "ssh://host:22", "rdp://host:3389", "smb://host:445", "ws://o:80", "wss://o:443"],
      ...["unix:/run/app.sock", "unix+tls:/run/app.sock"],
      "https://[::1]:443",
      "http://o:80",
    ];
    for (const service of services) assert.deepEqual(messages({ service }), []);
    assert.deepEqual(messages({ hostname: "*.example.com", path: "(?i)^/(?P<v>v[0-9]+)/.*\\.jpg$" }), []);
    assert.deepEqual(messages({ originRequest: { connectTimeout: 30, originServerName: "o" } }), []);
  });

  it("says what is wrong", () => {
    assert.deepEqual(messages({ hostname: "https://app.example.com" }), [
      '"https://app.example.com" is a URL: write the hostname alone',
    ]);
    assert.deepEqual(messages({ hostname: "app.example.com:8080" }), [
      '"app.example.com:8080" has a port: a tunnel\'s rules match the hostname alone',
    ]);
    assert.deepEqual(messages({ hostname: "a.*.com" }), [
      '"a.*.com": * is allowed only as the whole first label, as in *.example.com',
    ]);
    assert.deepEqual(messages({ hostname: "app" }), ['"app" is not a full name such as app.example.com']);
    assert.deepEqual(messages({ hostname: "a..com" }), ['"a..com" is not a DNS name: see ""']);
    assert.deepEqual(messages({ path: "" }), ["is empty: leave it out to match every path"]);
    assert.deepEqual(messages({ path: "/(?!private)" }), [
      '"/(?!private)" is no regular expression of Go\'s: invalid or unsupported Perl syntax: `(?!` (Go has neither lookaround nor backreferences)',
    ]);
    assert.deepEqual(messages({ path: "/(" }), [
      '"/(" is no regular expression of Go\'s: missing closing ): `/(`',
    ]);
    assert.deepEqual(messages({ service: "https://o/app" }), [
      '"https://o/app" has a path: cloudflared refuses it, the request\'s own path is passed on',
    ]);
    for (const service of ["https://o/", "http://o:80/", "https://o?a", "tcp://db:5432/"])
      assert.match(messages({ service })[0] ?? "", / has a path: cloudflared refuses it/);
    for (const service of ["http://me:canary@o", "tcp://me@db:5432", "ssh://me:canary@o"])
      assert.deepEqual(messages({ service }), [
        "the service has a user or password in it, which everybody who sees the tunnel could read",
      ]);
    assert.match(messages({ hostname: "1.2.3.4" })[0] ?? "", /is an address/);
    assert.match(messages({ hostname: `${"a.".repeat(130)}com` })[0] ?? "", /more than 253 characters/);
    for (const service of ["https://o:443 ", "https://o:443\n", "https://o\\a"])
      assert.match(messages({ service })[0] ?? "", / has a space or a backslash in it/);
    assert.deepEqual(messages({ service: "http_status:99" }), [
      '"http_status:99": a status has three digits, as in http_status:404',
    ]);
    assert.match(messages({ service: "ftp://o" })[0]!, /^"ftp:\/\/o" is not a service of cloudflared: /);
    assert.deepEqual(messages({ originRequest: { connectTimeout: "30s" as never } }), [
      'connectTimeout is "30s": the API takes whole seconds, such as 30',
    ]);
  });
});

describe("listFaults", () => {
  it("finds a catch-all that isn't last, a missing one, and repeated rules", () => {
    const a = { hostname: "a.x.com", service: "http://o" };
    assert.deepEqual(listFaults([]), []);
    assert.deepEqual(listFaults([CATCH_ALL, a, { ...a, hostname: "A.x.com" }]), [
      "the last rule, A.x.com, must be the catch-all without hostname and path",
      "rule 1 of 3 matches everything, so those after it are never reached",
      "rule 3 repeats A.x.com of rule 2",
    ]);
  });
});
