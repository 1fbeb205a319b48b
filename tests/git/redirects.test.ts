import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { hostFetch } from "../../provider/git/host-api";
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
