import { strict as assert } from "node:assert";
import type { Page } from "playwright-core";
import { assets } from "../../tools/dashboard/assets";
import { Dashboard } from "../../tools/dashboard/server";
import { inBrowser, overflow, SCREENS } from "../browser";
import { FakeCluster } from "../flux/fake-cluster";
import { feedOn, METRICS_FAILS, METRICS_WELL, SCENE } from "./scene";

inBrowser("the dashboard in a browser", (open) => {
  let fake: FakeCluster;
  let dashboard: Dashboard;

  beforeEach(async () => {
    fake = await FakeCluster.start(...SCENE);
    dashboard = await Dashboard.start({ feed: await feedOn(fake), assets: await assets() });
  });
  afterEach(() => {
    dashboard.stop();
    fake.stop();
  });

  const opened = async (options: Parameters<typeof open>[0] = {}) => {
    const found = await open(options);
    await found.page.goto(dashboard.url);
    await found.page.locator("#Kustomization_flux-system_flux-system").waitFor();
    await found.page.locator("#secrets table").waitFor();
    return found;
  };
  const focused = async (page: Page): Promise<string> =>
    await page.evaluate<string>("document.activeElement.id");
  const visibleRows = async (page: Page): Promise<string[]> =>
    (await page.locator("[role=treeitem] > .row:visible b").allTextContents()).map((text) => text.trim());

  for (const viewport of SCREENS) {
    for (const colorScheme of ["light", "dark"] as const) {
      it(`fits a screen of ${viewport.width} pixels, ${colorScheme}, without a complaint`, async () => {
        const { page, complaints } = await opened({ viewport, colorScheme });
        assert.equal(await overflow(page), 0);
        for (const row of [
          "#HelmRelease_monitoring_kube-prometheus-stack",
          "#Kustomization_flux-system_calcom-ingress",
        ]) {
          await page.locator(`${row} > .row .what`).click();
          await page.locator(`${row} > .more`).waitFor();
        }
        assert.equal(await overflow(page), 0);
        await page.locator("#ask").click();
        assert.ok(await page.locator("#help").isVisible());
        assert.equal(await overflow(page), 0);
        assert.deepEqual(complaints, []);
        await page.close();
      });
    }
  }

  it("takes an update in without a reload, and leaves the reader's place as it is", async () => {
    const { page } = await opened();
    await page.evaluate("window.stayed = true");
    const row = page.locator("#HelmRelease_monitoring_kube-prometheus-stack");
    assert.match((await row.locator("> .row").textContent()) ?? "", /failing/);
    await row.focus();
    await page.keyboard.press("Enter");
    fake.put(METRICS_WELL);
    await row.locator("> .row .state.ready").waitFor();
    await page.locator("a.node.failing").first().waitFor();
    assert.equal(await page.evaluate("window.stayed"), true);
    assert.equal(await focused(page), "HelmRelease_monitoring_kube-prometheus-stack");
    assert.ok(await row.locator("> .more").isVisible());
    fake.delete(METRICS_FAILS);
    await row.locator("> .row .state.missing").waitFor();
    await page.close();
  });

  it("goes by the keyboard alone", async () => {
    const { page } = await opened();
    const press = async (...keys: string[]): Promise<string> => {
      for (const key of keys) await page.keyboard.press(key);
      return await focused(page);
    };
    const K = "Kustomization_flux-system_";
    assert.equal(await press("ArrowDown"), `${K}flux-system`);
    assert.equal(await press("ArrowDown"), `${K}calcom-namespace`);
    assert.equal(await press("ArrowDown", "ArrowRight"), "HelmRelease_cert-manager_cert-manager");
    assert.equal(await press("ArrowLeft"), `${K}cert-manager`);
    const before = (await visibleRows(page)).length;
    await press("ArrowLeft");
    assert.equal((await visibleRows(page)).length, before - 2);
    assert.equal(await press("ArrowDown"), `${K}external-secrets`);
    assert.equal(await press("Home"), `${K}flux-system`);
    assert.equal(await press("End"), "HelmRepository_flux-system_jetstack");
    await press("Enter");
    assert.ok(await page.locator("#HelmRepository_flux-system_jetstack > .more").isVisible());
    // What was folded stays so when something changes.
    fake.put(METRICS_WELL);
    await page.locator("#HelmRelease_monitoring_kube-prometheus-stack .state.ready").first().waitFor();
    assert.equal(await page.locator(`#${K}cert-manager`).getAttribute("aria-expanded"), "false");
    assert.equal(await press("/"), "filter");
    await page.keyboard.type("calcom ready");
    assert.deepEqual(
      (await visibleRows(page)).filter((name) => name === "monitoring"),
      [],
    );
    assert.equal(await page.locator("#found").textContent(), "6 of 20");
    await press("Escape");
    assert.equal(await page.locator("#found").textContent(), "");
    await press("b");
    assert.equal(await page.locator("#found").textContent(), "2 of 20");
    await press("b", "?");
    assert.ok(await page.locator("#help").isVisible());
    await press("Escape");
    assert.ok(!(await page.locator("#help").isVisible()));
    await page.close();
  });

  it("leads from the graph to the row, also to one that is folded", async () => {
    const { page } = await opened({ viewport: SCREENS[1] });
    await page.locator("#Kustomization_flux-system_external-secrets > .row .twist").click();
    await page.locator('a.node[href="#Kustomization_flux-system_cloudflared"]').click();
    assert.equal(await focused(page), "Kustomization_flux-system_cloudflared");
    assert.ok(await page.locator("#Kustomization_flux-system_cloudflared > .row").isVisible());
    await page.close();
  });

  it("says that the cluster doesn't answer, and that the dashboard has ended", async () => {
    const { page } = await opened({ viewport: SCREENS[1] });
    fake.refuseAll = true;
    await page.getByText("The cluster doesn't answer").waitFor();
    assert.equal(await overflow(page), 0);
    assert.ok((await visibleRows(page)).includes("calcom-app"));
    fake.refuseAll = false;
    await page.getByText("The cluster doesn't answer").waitFor({ state: "detached" });
    dashboard.stop();
    await page.getByText("The dashboard has ended").waitFor();
    await page.close();
  });
});
