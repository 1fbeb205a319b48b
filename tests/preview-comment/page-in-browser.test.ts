import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { page as pageOf } from "../../tools/preview-comment/page";
import { parsePreview } from "../../tools/preview-comment/preview";
import { inBrowser, overflow, SCREENS } from "../browser";

const captured = (name: string) =>
  parsePreview(name, {
    stdout: readFileSync(join(__dirname, "fixtures", `${name}.json`), "utf8"),
    ...{ stderr: "", status: name === "failed" ? 1 : 0 },
  });

inBrowser("the page of a preview in a browser", (open) => {
  const folder = mkdtempSync(join(tmpdir(), "handoff-page-"));
  const file = join(folder, "preview.html");
  before(() => {
    writeFileSync(file, pageOf(["create", "update", "failed"].map(captured), { commit: "0123abc" }));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  for (const viewport of SCREENS) {
    for (const colorScheme of ["light", "dark"] as const) {
      it(`fits a screen of ${viewport.width} pixels, ${colorScheme}, also with all unfolded`, async () => {
        const { page, complaints } = await open({ viewport, colorScheme });
        await page.goto(pathToFileURL(file).href);
        assert.equal(await overflow(page), 0);
        await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
        assert.equal(await overflow(page), 0);
        // Long lines of a diff scroll within it.
        const widest =
          "Math.max(...[...document.querySelectorAll('pre')].map((one) => one.scrollWidth - one.clientWidth))";
        assert.ok((await page.evaluate<number>(widest)) > 0);
        const back = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
        assert.equal(back, colorScheme === "dark" ? "rgb(13, 17, 23)" : "rgb(255, 255, 255)");
        assert.deepEqual(complaints, []);
        await page.close();
      });
    }
  }

  it("unfolds by the keyboard", async () => {
    const { page } = await open();
    await page.goto(pathToFileURL(file).href);
    await page.keyboard.press("Tab");
    for (let tries = 0; tries < 20; tries++) {
      if ((await page.evaluate("document.activeElement.tagName")) === "SUMMARY") break;
      await page.keyboard.press("Tab");
    }
    const isOpen = "document.activeElement.parentElement.open";
    const before = await page.evaluate<boolean>(isOpen);
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate<boolean>(isOpen), !before);
    await page.close();
  });
});
