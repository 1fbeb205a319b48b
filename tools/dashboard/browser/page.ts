/** The dashboard's page in the browser: takes changes in, and has the keyboard, the filter and the ages. */
import { age } from "../../text/age";
import { Changes } from "./changes";
import { byId } from "./dom";
import { Rows } from "./rows";

const filter = byId("filter", HTMLInputElement);
const onlyBad = byId("only-bad", HTMLInputElement);
const help = byId("help", HTMLDialogElement);
const rows = new Rows(document, (shown, all) => {
  byId("found", HTMLElement).textContent = shown === all ? "" : `${String(shown)} of ${String(all)}`;
});

function search(): void {
  rows.search(filter.value, onlyBad.checked);
}

function tellAges(): void {
  for (const time of document.querySelectorAll("time")) {
    const at = Date.parse(time.dateTime);
    time.textContent = age(Date.now() - at);
    time.title = new Date(at).toLocaleString();
  }
}

const keys: Readonly<Record<string, () => void>> = {
  "/": () => {
    filter.focus();
    filter.select();
  },
  "?": () => {
    help.showModal();
  },
  b: () => {
    onlyBad.checked = !onlyBad.checked;
    search();
  },
  Escape: () => {
    filter.value = "";
    onlyBad.checked = false;
    search();
    rows.focus();
  },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  const typing = event.target === filter;
  if (typing && event.key === "ArrowDown") rows.focus();
  else if (typing && event.key !== "Escape") return;
  else if (keys[event.key] !== undefined) keys[event.key]?.();
  else if (!rows.key(event)) return;
  event.preventDefault();
});
byId("find", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  rows.focus();
});
filter.addEventListener("input", search);
onlyBad.addEventListener("change", search);
byId("ask", HTMLButtonElement).addEventListener("click", () => {
  help.showModal();
});

new Changes(() => {
  rows.refresh();
  tellAges();
}).follow("changes");
rows.refresh();
tellAges();
setInterval(tellAges, 1000);
