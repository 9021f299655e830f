// Keys: off while somebody types, and off for good where they were switched off.

const PAGES = { t: "/today", b: "/board", e: "/escalations", r: "/reports", p: "/playbooks" };
const OFF = "dealpace keys";
const ROWS = ".task-item:not(.gone), .card, .split aside li a";

const areOff = () => localStorage.getItem(OFF) === "off";

let at = 0;
function move(by) {
  const rows = [...document.querySelectorAll(ROWS)];
  if (!rows.length) return;
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  at = here >= 0 ? here + by : by > 0 ? at : at - 1;
  at = Math.max(0, Math.min(rows.length - 1, at));
  const row = rows[at];
  (row.matches("a") ? row : row.querySelector("a, button"))?.focus();
  row.scrollIntoView({ block: "nearest" });
}

// The row that has the focus; where pages have rows and none has it, a key means nothing.
function place() {
  const row = document.activeElement?.closest?.(".task-item, .card");
  return row ?? (document.querySelector(".task-item, .card") ? null : document);
}

function close(event) {
  if (document.querySelector("dialog[open]")) return;
  const link = document.activeElement?.closest?.("form, [data-panel], section")?.querySelector("[data-close]") ?? document.querySelector("[data-close]");
  document.querySelectorAll("details[open]").forEach((one) => { one.open = false; });
  if (link) link.click(); else if (event.target.matches("input, textarea, select")) event.target.blur();
}

let going = false;
function single(event) {
  const key = event.key.toLowerCase();
  if (going) { going = false; if (PAGES[key]) { location.href = PAGES[key]; return; } }
  if (key === "g") { going = true; return; }
  if (key === "/") { event.preventDefault(); document.querySelector(".find input")?.focus(); return; }
  if (key === "?") { location.href = "/keys"; return; }
  if (key === "c") { location.href = "/deals/new"; return; }
  if (key === "j" || key === "k") { move(key === "j" ? 1 : -1); return; }
  if (event.repeat) return;
  const row = place();
  const hot = row?.querySelector(`[data-hot="${CSS.escape(key)}"]`) ?? (key === "o" ? row?.querySelector("a[href^='/deals/']") : null);
  if (hot) { event.preventDefault(); hot.click(); }
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    const form = event.target.form;
    if (form && !event.repeat) form.requestSubmit(form.querySelector("[data-save]"));
    return;
  }
  if (event.key === "Escape") { close(event); return; }
  const typing = event.target.matches("input, textarea, select") || event.target.isContentEditable;
  if (typing || areOff() || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  single(event);
});

// The page of the keys has the switch.
const choice = document.querySelector("[data-keys]");
if (choice) {
  const shown = () => { choice.setAttribute("aria-pressed", String(!areOff())); choice.textContent = areOff() ? choice.dataset.off : choice.dataset.on; };
  choice.addEventListener("click", () => { localStorage.setItem(OFF, areOff() ? "on" : "off"); shown(); });
  choice.closest("[hidden]").hidden = false;
  shown();
}
