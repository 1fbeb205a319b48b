import assert from "node:assert/strict";
import { password, randomBytes, type ValueSources } from "../../components/secrets/values";
import type { App, Host } from "../../manifests/app";
import { app } from "../../manifests/apps/app";
import { value } from "../../manifests/secrets/secret-text";
import { checkReferences } from "../../stacks/check-references";

const one = (name: string, values: NonNullable<Parameters<typeof app>[0]["values"]> = {}) =>
  app({
    name,
    image: "ghcr.io/your-org/hello:v1.0.0",
    secrets: { [name]: { PASSWORD: value(`${name}-password`) } },
    values,
  });

describe("checkReferences", () => {
  it("gives the values of the platform, the system and the apps", () => {
    const { sources, faults } = checkReferences([one("hello", { "hello-password": password() })], {
      "the platform": { token: { from: "t" } },
      "the system": { key: randomBytes(8) },
    });
    assert.deepEqual(faults, []);
    assert.deepEqual(Object.keys(sources), ["token", "key", "hello-password"]);
  });

  it("takes a value that two declare alike, and refuses what they declare differently", () => {
    const shared = { "hello-password": password() };
    const alike = [one("hello", shared), app({ name: "other", folder: "apps/other", values: shared })];
    assert.deepEqual(checkReferences(alike, {}).faults, []);
    const other = app({ name: "other", folder: "apps/other", values: { "hello-password": randomBytes(8) } });
    assert.deepEqual(checkReferences([one("hello", shared), other], {}).faults, [
      "The value hello-password is declared by the app hello and differently by the app other: rename one of them.",
    ]);
    const given = { "the system": { "hello-password": { from: "" } } };
    assert.deepEqual(checkReferences([one("hello", shared)], given).faults, [
      "The value hello-password is declared by the system and differently by the app hello: rename one of them.",
    ]);
  });

  it("finds all at once: a value that nobody makes, a Secret and an app declared twice", () => {
    assert.deepEqual(checkReferences([one("hello"), one("hello")], {}).faults, [
      "Secret hello/hello takes the value hello-password, which nobody makes. Declare it among the system's values.",
      "Secret hello/hello is declared twice.",
      "Secret hello/hello takes the value hello-password, which nobody makes. Declare it among the system's values.",
      "Two apps are called hello.",
    ]);
  });

  describe("lets a host lead to one app", () => {
    const at = (name: string, ...hosts: Host[]): App => ({ name, kustomizations: [], hosts });
    const faults = (...apps: App[]): readonly string[] => checkReferences(apps, {}).faults;

    it("which is written as DNS has it", () => {
      assert.deepEqual(faults(at("a", { name: "x.example.com" }), at("b", { name: "x.example.com" })), [
        "The apps a and b both have the host x.example.com: give one of them another name or path.",
      ]);
      assert.deepEqual(faults(at("b", { name: "X.example.com" }), at("c", { name: "*.example.com" })), [
        'The app b has the host "X.example.com"; allowed: a lowercase DNS name such as hello.example.com.',
      ]);
      const twice = { name: "x.example.com", path: "^/api" };
      assert.deepEqual(faults(at("a", twice, twice)), [
        "The app a has the host x.example.com with the path ^/api twice.",
      ]);
    });

    it("but paths of it to others, and takes no notice of what is parked", () => {
      const paths = [{ name: "x.example.com" }, { name: "x.example.com", path: "^/api" }] as const;
      assert.deepEqual(faults(at("a", paths[0]), at("b", paths[1])), []);
      assert.deepEqual(faults(at("a", paths[0]), { ...at("b", paths[0]), parked: true }), []);
    });
  });

  it("lets a secret of the vault be one value", () => {
    const given = (values: ValueSources): readonly string[] =>
      checkReferences([], { "the system": values }).faults;
    assert.deepEqual(given({ "db-password": password(), "DB-Password": password() }), [
      "The values db-password and DB-Password are one secret in the vault: rename one of them.",
    ]);
    const theirs = { admin: { stored: { key: "db-password" } }, "db-password": password() };
    assert.deepEqual(given(theirs), [
      "The value admin is what others keep in the vault as db-password, where this stack writes the value db-password: rename that one.",
    ]);
    // What others keep may go by several names, and by its own.
    assert.deepEqual(given({ "pg-host": { stored: "pg-host" }, host: { stored: "pg-host" } }), []);
  });
});
