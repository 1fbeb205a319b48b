import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { hostFetch } from "../../provider/git/host-api";
import { sameOriginTarget } from "../../provider/git/redirects";
import { createAuthority, signHost } from "./authority";
import { type Fault, SIGN_IN, TestHost } from "./host";
import { Hand, testContext } from "./remote";

const FILES = { files: { "a.yaml": "a: 1\n" } };

/** Sends on to the same path at another address. */
const sendOn =
  (to: string, status = 301): Fault =>
  (request, response) => {
    request.resume();
    response.writeHead(status, { location: `${to}${request.url ?? ""}` });
    response.end();
  };

describe("a host that sends on", function () {
  let host: TestHost;
  let other: http.Server;
  let asked: http.IncomingHttpHeaders[];
  let elsewhere: string;
  before(async () => {
    host = await TestHost.start();
    other = http.createServer((request, response) => {
      asked.push(request.headers);
      request.resume();
      response.end();
    });
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    elsewhere = `http://127.0.0.1:${String((other.address() as AddressInfo).port)}`;
  });
  beforeEach(() => {
    asked = [];
  });
  after(() => {
    host.stop();
    other.close();
  });

  const always = (fault: Fault): Fault[] => Array.from({ length: 20 }, () => fault);

  it("to another origin gets no credential there, by git or by an API, and the new address is named", async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      const { url, ...repository } = host.add(`elsewhere-${String(status)}`);
      repository.faults.push(...always(sendOn(elsewhere, status)));
      const path = new URL(url).pathname;
      const hand = new Hand(url, testContext(), { auth: SIGN_IN });
      for (const run of [() => hand.preview(FILES), () => hand.up(FILES)]) {
        await assert.rejects(
          run(),
          new RegExp(`isn't sent there\\n→ If that is the right host, set .url.: ${elsewhere}${path}`),
        );
      }
    }
    const send = await hostFetch({});
    const origin = http.createServer((request, response) => {
      sendOn(elsewhere, 307)(request, response, () => undefined);
    });
    await new Promise<void>((done) => origin.listen(0, "127.0.0.1", done));
    const api = `http://127.0.0.1:${String((origin.address() as AddressInfo).port)}/api`;
    for (const method of ["GET", "POST"]) {
      await assert.rejects(
        send(api, { method, headers: { authorization: "Bearer canary" } }),
        /isn't sent there/,
      );
    }
    origin.close();
    assert.deepEqual(asked, []);
  });

  it("from https to http gets no credential there, though host and port are the same", async () => {
    const authority = await createAuthority();
    const secure = await TestHost.start(await signHost(authority, "127.0.0.1"));
    const { url, ...repository } = secure.add("downgraded");
    const plain = new URL(url).origin.replace("https:", "http:");
    repository.faults.push(...always(sendOn(plain)));
    const hand = new Hand(url, testContext(), { auth: { ...SIGN_IN, ca: authority.certificate } });
    const refused = (setting: string) => ({
      message: new RegExp(
        `${url} sends on to ${url.replace("https:", "http:")}, which isn't encrypted: the credential isn't sent there\\n→ Ask for the https:// address and set it as .${setting}.`,
      ),
    });
    try {
      await assert.rejects(hand.preview(FILES), refused("url"));
      await assert.rejects(hand.up(FILES), refused("url"));
      const send = await hostFetch({ ca: authority.certificate });
      const headers = { authorization: "Bearer canary" };
      await assert.rejects(send(`${url}/info/refs`, { method: "GET", headers }), refused("apiUrl"));
    } finally {
      secure.stop();
    }
    for (const to of ["http://git.example.com/a.git", "http://git.example.com:443/a.git"])
      assert.throws(() => sameOriginTarget("https://git.example.com/a.git", to, "`url`"), {
        message: `https://git.example.com/a.git sends on to ${to}, which isn't encrypted: the credential isn't sent there\n→ Ask for the https:// address and set it as \`url\`.`,
      });
  });

  it("within itself is followed, as for a repository that was renamed", async () => {
    const { remote } = host.add("new-name");
    const { url, ...repository } = host.add("old-name");
    repository.faults.push(
      ...always((request, response) => {
        request.resume();
        response.writeHead(301, { location: (request.url ?? "").replace("old-name", "new-name") });
        response.end();
      }),
    );
    await new Hand(url, testContext(), { auth: SIGN_IN }).up(FILES);
    assert.equal(remote.read("a.yaml"), "a: 1\n");
  });
});
