import morphdom from "morphdom";
import { byId } from "./dom";

/** How long the server may be silent until that is said, in milliseconds: a look takes its time. */
const SILENT = 4000;

/** Takes in what the server sends: the parts of the page that have changed, by id. */
export class Changes {
  private lost: ReturnType<typeof setTimeout> | undefined;

  /** @param changed called after parts were put in place */
  constructor(private readonly changed: () => void) {}

  /** @param address of the stream. The browser itself asks again when it breaks off */
  follow(address: string): void {
    const stream = new EventSource(address);
    stream.addEventListener("open", () => {
      clearTimeout(this.lost);
      this.lost = undefined;
      gone(false);
    });
    stream.addEventListener("error", () => {
      // Refused for good: a server that was started anew has another address.
      if (stream.readyState === EventSource.CLOSED) gone(true);
      else this.lost ??= setTimeout(gone, SILENT, true);
    });
    stream.addEventListener("parts", ({ data }: MessageEvent<string>) => {
      for (const [id, markup] of Object.entries(JSON.parse(data) as Record<string, string>)) put(id, markup);
      this.changed();
    });
  }
}

/** Elements that stay the same stay in place, with focus and selection. */
function put(id: string, markup: string): void {
  const now = document.getElementById(id);
  if (now === null) return;
  const next = now.cloneNode(false) as Element;
  next.innerHTML = markup;
  morphdom(now, next, {
    onBeforeElUpdated: (from, to) => {
      // What the reader has opened is the browser's, and a row that can't be reached any more would lose the focus.
      if (from instanceof HTMLDetailsElement && to instanceof HTMLDetailsElement) to.open = from.open;
      if (from.matches("dl.more")) to.hidden = from.hidden;
      if (from.matches("[role=treeitem]")) to.tabIndex = from.tabIndex;
      return !from.isEqualNode(to);
    },
  });
}

function gone(is: boolean): void {
  byId("gone", HTMLElement).hidden = !is;
}
