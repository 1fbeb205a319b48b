import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accounts } from "../../tools/sandbox/accounts";
import { onDemandServices, services } from "../../tools/sandbox/service-list";
import { servicesUsed } from "../../tools/sandbox/services";
import { ownState } from "./own-state";

describe("the sandbox's services", () => {
  const state = ownState();

  it("are those that run always, and those that are asked for", () => {
    const always = ["git", "cloudflare", "azure", "charts", "external-secrets", "origin-ca-issuer"];
    assert.deepEqual(
      servicesUsed().map(({ name }) => name),
      always,
    );
    assert.deepEqual(
      servicesUsed(["tofu", "vault"]).map(({ name }) => name),
      [...always, "vault", "tofu"],
    );
    assert.deepEqual(
      services(accounts()).flatMap(({ name, onDemand }) => (onDemand === true ? [name] : [])),
      [...onDemandServices],
    );
  });

  it("say openly that they are stand-ins, and have a program each", () => {
    for (const { name, kind, plays } of servicesUsed(onDemandServices)) {
      assert.equal(kind, name === "git" ? "real" : "stand-in");
      assert.notEqual(plays, "");
    }
    for (const { name } of services(accounts())) {
      assert.ok(existsSync(join("tools/sandbox/services", `${name}.ts`)), name);
    }
  });

  it("wait for the API server where they sign in to it, and nowhere else", () => {
    for (const { name, signsIn = false } of services(accounts())) {
      const program = readFileSync(join("tools/sandbox/services", `${name}.ts`), "utf8");
      assert.equal(signsIn, /\b(runControllers|Cluster\.fromEnvironment)\(/.test(program), name);
    }
  });

  it("keep the accounts of a state that knew fewer", () => {
    const file = join(state(), "accounts.json");
    const { vaultToken, ...old } = accounts();
    writeFileSync(file, JSON.stringify(old));
    const now = accounts();
    assert.deepEqual({ ...now, vaultToken: "" }, { ...old, vaultToken: "" });
    assert.match(now.vaultToken, /^hvs\.[\w-]{24}$/);
    assert.notEqual(now.vaultToken, vaultToken);
    assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), now);
  });
});
