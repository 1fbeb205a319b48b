/**
 * The rows of the page's trees, as https://www.w3.org/WAI/ARIA/apg/patterns/treeview/ has their keys: one of them can be
 * reached by Tab, the arrows lead to the others.
 */
export class Rows {
  /** Ids of rows: folded ones, and the one that the arrows are at. */
  private readonly folded = new Set<string>();
  private current: string | undefined;
  private words: readonly string[] = [];
  private onlyBad = false;

  /** @param found told how many rows the filter leaves, and of how many */
  constructor(
    private readonly page: Document,
    private readonly found: (shown: number, all: number) => void,
  ) {
    page.addEventListener("click", (event) => {
      this.click(event);
    });
    page.addEventListener("focusin", ({ target }) => {
      if (target instanceof HTMLElement && target.matches("[role=treeitem]")) this.current = target.id;
    });
  }

  /** @param text words that a row must have, all of them */
  search(text: string, onlyBad: boolean): void {
    this.words = text
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "");
    this.onlyBad = onlyBad;
    this.refresh();
  }

  /** Applies what the reader has chosen to the rows, which may be new ones. */
  refresh(): void {
    const all = this.all();
    const matches = new Set(all.filter((row) => this.isWanted(row)));
    const filtered = matches.size < all.length;
    for (const row of all) {
      // A row stays for what is below it.
      const below =
        filtered && [...row.querySelectorAll<HTMLElement>("[role=treeitem]")].some((one) => matches.has(one));
      row.hidden = !matches.has(row) && !below;
      row.classList.toggle("aside", below && !matches.has(row));
      if (row.hasAttribute("aria-expanded"))
        row.setAttribute("aria-expanded", String(below || !this.folded.has(row.id)));
    }
    this.found(matches.size, all.length);
    this.point();
  }

  focus(): void {
    this.pointed()?.focus();
  }

  /** @returns false when it is no key of the rows */
  key({ key, target }: KeyboardEvent): boolean {
    const row = this.pointed();
    if (row === undefined || !(target instanceof Element)) return false;
    // Another element's own keys are left to it; the arrows lead into the rows from nowhere.
    const inside = target === row;
    if (!inside && target !== this.page.body) return false;
    const open = row.getAttribute("aria-expanded");
    const shown = this.shown();
    const at = shown.indexOf(row);
    switch (key) {
      case "ArrowDown":
        return this.go(inside ? shown[at + 1] : row);
      case "ArrowUp":
        return this.go(inside ? shown[at - 1] : row);
      case "Home":
        return this.go(shown[0]);
      case "End":
        return this.go(shown.at(-1));
      case "ArrowRight":
        return open === "false"
          ? this.fold(row, false)
          : this.go(open === "true" ? shown[at + 1] : undefined);
      case "ArrowLeft":
        return open === "true"
          ? this.fold(row, true)
          : this.go(row.parentElement?.closest<HTMLElement>("[role=treeitem]"));
      case "Enter":
      case " ":
        return inside && toggleDetails(row);
      default:
        return false;
    }
  }

  private click(event: MouseEvent): void {
    if (!(event.target instanceof Element)) return;
    const link = event.target.closest('a[href^="#"]');
    if (link !== null) {
      const row = this.page.getElementById(decodeURIComponent(link.getAttribute("href")?.slice(1) ?? ""));
      if (row !== null) this.show(row);
      event.preventDefault();
      return;
    }
    if (this.page.getSelection()?.isCollapsed === false || event.target.closest("a, .more") !== null) return;
    const row = event.target.closest<HTMLElement>("[role=treeitem]");
    if (row === null || event.target.closest(".row") === null) return;
    this.go(row);
    if (event.target.closest(".twist") === null) toggleDetails(row);
    else this.fold(row, row.getAttribute("aria-expanded") === "true");
  }

  /** Unfolds all above it, and goes there. */
  private show(row: HTMLElement): void {
    for (
      let above = row.parentElement?.closest("[role=treeitem]");
      above;
      above = above.parentElement?.closest("[role=treeitem]")
    )
      this.folded.delete(above.id);
    this.refresh();
    if (row.hidden) return;
    this.go(row);
    row.scrollIntoView({ block: "center" });
  }

  private fold(row: HTMLElement, folded: boolean): boolean {
    if (!row.hasAttribute("aria-expanded")) return true;
    if (folded) this.folded.add(row.id);
    else this.folded.delete(row.id);
    this.refresh();
    return true;
  }

  /** Goes to a row, if there is one. */
  private go(row: HTMLElement | null | undefined): true {
    if (row) {
      this.current = row.id;
      this.point();
      row.focus();
    }
    return true;
  }

  /** Makes the current row the one that Tab reaches; of one that is gone or hidden, the first. */
  private point(): void {
    const current = this.pointed();
    for (const row of this.all()) row.tabIndex = row === current ? 0 : -1;
  }

  private pointed(): HTMLElement | undefined {
    const shown = this.shown();
    return shown.find(({ id }) => id === this.current) ?? shown[0];
  }

  private all(): readonly HTMLElement[] {
    return [...this.page.querySelectorAll<HTMLElement>("[role=treeitem]")];
  }

  private shown(): readonly HTMLElement[] {
    return this.all().filter(
      (row) => !row.hidden && row.parentElement?.closest('[role=treeitem][aria-expanded="false"]') === null,
    );
  }

  private isWanted(row: HTMLElement): boolean {
    const { words = "", bad } = row.dataset;
    return (!this.onlyBad || bad === "yes") && this.words.every((word) => words.includes(word));
  }
}

function toggleDetails(row: HTMLElement): true {
  const more = row.querySelector<HTMLElement>(":scope > .more");
  if (more !== null) more.hidden = !more.hidden;
  return true;
}
