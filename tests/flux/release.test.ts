import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "tar";
import { cacheFolder, readBlob, sha256 } from "../../cache/blobs";
import { installManifests } from "../../manifests/flux/install-manifests";
import { componentsDigest, type ReleaseOptions } from "../../components/flux/release";

const version = "v9.9.9";
const manifests = {
  "policies.yaml": "apiVersion: v1\nkind: NetworkPolicy\nmetadata:\n  name: p\n",
  "rbac.yaml": "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a\n",
  "kustomize-controller.yaml": "apiVersion: v1\nkind: Service\nmetadata:\n  name: k\n",
  "source-controller.yaml": "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n",
};
const options: ReleaseOptions = { version, components: ["source-controller", "kustomize-controller"] };
const expected = installManifests(manifests, options);

describe("componentsDigest", () => {
  const cache = process.env.XDG_CACHE_HOME;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "handoff-test-"));
    process.env.XDG_CACHE_HOME = join(folder, "cache");
    mkdirSync(join(folder, "manifests"));
    for (const [name, text] of Object.entries(manifests)) {
      writeFileSync(join(folder, "manifests", name), text);
    }
  });
  afterEach(() => {
    if (cache === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = cache;
    rmSync(folder, { recursive: true });
  });

  describe("with a folder", () => {
    const local = (more: Partial<ReleaseOptions> = {}): Promise<string> =>
      componentsDigest({ ...options, manifests: join(folder, "manifests"), ...more });

    it("generates the text, keeps it, and gives its digest", async () => {
      writeFileSync(join(folder, "manifests", "README.md"), "not a manifest");
      const digest = await local();
      assert.equal(digest, sha256(expected));
      assert.equal(readBlob(digest), expected);
    });

    it("gives the same again, also when the kept text is gone", async () => {
      const digest = await local();
      assert.equal(await local(), digest);
      rmSync(cacheFolder("blobs"), { recursive: true });
      assert.equal(await local(), digest);
      assert.equal(readBlob(digest), expected);
    });

    it("sees other options and other files", async () => {
      const digest = await local();
      assert.notEqual(await local({ networkPolicy: false }), digest);
      writeFileSync(join(folder, "manifests", "policies.yaml"), "");
      assert.notEqual(await local(), digest);
    });

    it("says that the folder isn't there, and what to do", async () => {
      await assert.rejects(
        local({ manifests: "/nonexistent/flux" }),
        new Error(
          "the folder of Flux's release manifests isn't there: /nonexistent/flux\n" +
            "→ Unpack manifests.tar.gz of the release into it, or leave the setting `flux.manifests` out to download it.",
        ),
      );
    });
  });

  describe("with a download", () => {
    let server: Server;
    let releases: string;
    let archive: Buffer;
    let answers: Record<string, Buffer | string>;
    let requests: string[];
    beforeEach(async () => {
      const file = join(folder, "manifests.tar.gz");
      await create({ file, cwd: join(folder, "manifests"), gzip: true }, Object.keys(manifests));
      archive = readFileSync(file);
      answers = {
        [`/${version}/manifests.tar.gz`]: archive,
        [`/${version}/flux_9.9.9_checksums.txt`]: `${sha256("other")}  flux_9.9.9_linux_amd64.tar.gz\n${sha256(archive)}  manifests.tar.gz\n`,
      };
      requests = [];
      server = createServer(({ url = "" }, response) => {
        requests.push(url);
        response.statusCode = url in answers ? 200 : 404;
        response.end(answers[url]);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      releases = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterEach(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });

    it("checks the archive against the release's checksums, and asks once per version", async () => {
      const digest = await componentsDigest(options, releases);
      assert.equal(digest, sha256(expected));
      assert.deepEqual(requests, [`/${version}/manifests.tar.gz`, `/${version}/flux_9.9.9_checksums.txt`]);
      assert.equal(await componentsDigest({ ...options, networkPolicy: true }, releases), digest);
      assert.equal(requests.length, 2);
    });

    it("survives two runs at once", async () => {
      const digests = await Promise.all([1, 2].map(() => componentsDigest(options, releases)));
      assert.deepEqual(digests, [sha256(expected), sha256(expected)]);
    });

    for (const form of ["sha256:", ""]) {
      it(`trusts a pinned digest "${form}<hex>" in place of the release's`, async () => {
        const manifestsDigest = `${form}${sha256(archive)}`;
        await componentsDigest({ ...options, manifestsDigest }, releases);
        assert.deepEqual(requests, [`/${version}/manifests.tar.gz`]);
      });
    }

    it("doesn't use an archive that isn't the pinned one, also when it was kept before", async () => {
      const pinned = { ...options, manifestsDigest: `sha256:${sha256("another")}` };
      const fault = new Error(
        `manifests.tar.gz of Flux ${version} has the SHA-256 ${sha256(archive)}, not ${sha256("another")} ` +
          "as `flux.manifestsDigest` says. It was not used.",
      );
      await assert.rejects(componentsDigest(pinned, releases), fault);
      await componentsDigest(options, releases);
      await assert.rejects(componentsDigest(pinned, releases), fault);
    });

    it("doesn't use an archive that isn't the release's", async () => {
      answers[`/${version}/manifests.tar.gz`] = "tampered";
      await assert.rejects(
        componentsDigest(options, releases),
        new Error(
          `manifests.tar.gz of Flux ${version} has the SHA-256 ${sha256("tampered")}, not ${sha256(archive)} ` +
            "as the release says. It was not used.",
        ),
      );
    });

    it("says when the release has no checksum of it", async () => {
      answers[`/${version}/flux_9.9.9_checksums.txt`] = "\n";
      await assert.rejects(
        componentsDigest(options, releases),
        new Error("flux_9.9.9_checksums.txt of Flux v9.9.9 has no line for manifests.tar.gz"),
      );
    });

    const hint =
      "\n→ Check `flux.version` and the network, or set `flux.manifests` to a folder with the unpacked archive.";

    it("says when there is no such release", async () => {
      await assert.rejects(
        componentsDigest({ ...options, version: "v0.0.0" }, releases),
        new Error(`${releases}/v0.0.0/manifests.tar.gz can't be had: the server answered 404${hint}`),
      );
    });

    it("says when the server can't be reached", async () => {
      const { port } = server.address() as AddressInfo;
      server.close();
      await assert.rejects(
        componentsDigest(options, releases),
        new Error(
          `${releases}/${version}/manifests.tar.gz can't be had: connect ECONNREFUSED 127.0.0.1:${port}${hint}`,
        ),
      );
    });
  });
});
