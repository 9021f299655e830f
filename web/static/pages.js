// What pages do better than plain forms: forms in place, keys, time that goes on, live changes.
// Everything here is done by links and forms too; without this file nothing is missing.

const main = () => document.getElementById("main");

// Time: what is left goes on once a minute.
const LATE = { en: (span) => `${span} late`, zh: (span) => `超期 ${span}` };
const LEFT = { en: (span) => `${span} left`, zh: (span) => `还剩 ${span}` };
const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
const UNITS = { en: [" d", " h", " m"], zh: ["天", "小时", "分"] }[language];
const skew = Date.parse(document.body.dataset.now ?? new Date().toISOString()) - Date.now();

function span(milliseconds) {
  let rest = Math.floor(Math.abs(milliseconds) / 1000);
  const parts = [];
  [86400, 3600, 60].forEach((size, place) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count || parts.length) parts.push([count, UNITS[place]]);
  });
  return parts.slice(0, 2).filter(([count]) => count).map(([count, unit]) => count + unit).join(language === "zh" ? "" : " ");
}

function tick() {
  for (const shown of document.querySelectorAll("[data-due]")) {
    const left = Date.parse(shown.dataset.due) - Date.now() - skew;
    const said = span(left);
    if (said) shown.textContent = (left < 0 ? LATE : LEFT)[language](said);
  }
}
setInterval(tick, 60_000);

// Pages change in place: only what differs is put in, and nothing that has the focus.
function isBusy(element) {
  return element.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
}

function put(html, { keepForms = false } = {}) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const from = fresh.getElementById("main");
  if (!from) return false;
  if (keepForms && isBusy(main())) return false;
  const place = [scrollX, scrollY];
  const before = new Map([...main().querySelectorAll("[data-key]")].map((one) => [one.dataset.key, one.innerHTML]));
  main().replaceChildren(...from.childNodes);
  for (const one of main().querySelectorAll("[data-key]")) {
    const was = before.get(one.dataset.key);
    if (was !== undefined && was.replace(/value="web-[^"]*"/g, "") !== one.innerHTML.replace(/value="web-[^"]*"/g, "")) one.classList.add("fresh");
  }
  for (const name of ["tabs", "bottom-tabs"]) {
    const old = document.querySelector(`.${name}`), now = fresh.querySelector(`.${name}`);
    if (old && now) old.innerHTML = now.innerHTML;
  }
  document.title = fresh.title;
  restore();
  scrollTo(...place);
  return true;
}

async function show(address, { push = true } = {}) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!put(await answer.text())) { location.href = address; return; }
  if (push) history.pushState(null, "", answer.url || address);
  const aim = new URL(address, location.href).hash;
  if (aim) document.querySelector(aim)?.scrollIntoView({ block: "nearest" });
  main().querySelector("form.act textarea, [data-panel] :is(input, select, textarea):not([type=hidden]), [role=alertdialog] [tabindex]")?.focus();
}

// Forms: sent once, tried again while there is no connection, their text kept until it was taken.
const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// A field may be called `action`, and would stand in for the form's own.
const target = (form) => new URL(form.getAttribute("action") ?? "", location.href);

async function send(form, button) {
  if (form.dataset.sent) return;
  form.dataset.sent = "yes";
  const content = new FormData(form);
  if (button?.name) content.set(button.name, button.value);
  const body = form.enctype === "multipart/form-data" ? content : new URLSearchParams(content);
  for (let wait = 1; ; wait = Math.min(wait * 2, 8)) {
    try {
      const answer = await fetch(button?.getAttribute("formaction") ?? target(form), { method: "POST", body });
      const html = await answer.text();
      offline(false);
      if (answer.redirected) forget(form);
      if (!put(html)) { location.reload(); return; }
      if (answer.redirected) history.replaceState(null, "", answer.url);
      main().querySelector("[role=alertdialog] [tabindex], [aria-invalid=true]")?.focus();
      return;
    } catch {
      offline(true);
      await sleep(wait * 1000);
    }
  }
}

function offline(is) {
  let sign = document.getElementById("offline");
  if (!is) { sign?.remove(); return; }
  if (sign) return;
  sign = document.createElement("div");
  sign.id = "offline";
  sign.className = "said offline";
  sign.setAttribute("role", "status");
  sign.textContent = language === "zh" ? "没有网络连接。内容保留在本机，稍后自动重试，不会重复记录。" : "No connection. Your text is kept on this device. We try again; it is never recorded twice.";
  main().prepend(sign);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if ((event.submitter?.formMethod || form.method) !== "post" || target(form).pathname === "/who") return;
  event.preventDefault();
  send(form, event.submitter);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-open], a[data-close], a[data-dialog]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  show(link.href);
});
addEventListener("popstate", () => show(location.href, { push: false }));

// Another playbook asks for other fields; names of customers are offered while one is typed.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-again]")) event.target.form.requestSubmit(event.target.form.querySelector("[formmethod=get]"));
});
let hinting = 0;
document.addEventListener("input", (event) => {
  const { hints } = event.target.dataset, list = event.target.list;
  clearTimeout(hinting);
  if (!hints || !list || !event.target.value.trim()) return;
  hinting = setTimeout(async () => {
    const answer = await fetch(`${hints}?q=${encodeURIComponent(event.target.value)}`).catch(() => null);
    if (answer?.ok) list.replaceChildren(...(await answer.json()).map((name) => Object.assign(document.createElement("option"), { value: name })));
  }, 150);
});

// Text that was typed and not sent is there again when the page comes back.
const kept = (area) => `text ${target(area.form).pathname} ${area.name}`;
document.addEventListener("input", (event) => {
  if (event.target.matches("form[method=post] textarea")) sessionStorage.setItem(kept(event.target), event.target.value);
});
function restore() {
  for (const area of document.querySelectorAll("form[method=post] textarea")) area.value ||= sessionStorage.getItem(kept(area)) ?? "";
}
function forget(form) {
  for (const area of form.querySelectorAll("textarea")) sessionStorage.removeItem(kept(area));
}
restore();

// Keys, off while somebody types.
const chosen = () => [...document.querySelectorAll(".task-item, .card, .split aside li a")];
let at = -1;
function move(by) {
  const rows = chosen();
  if (!rows.length) return;
  at = Math.max(0, Math.min(rows.length - 1, at + by));
  const row = rows[at];
  (row.matches("a") ? row : row.querySelector("a, button"))?.focus();
  row.scrollIntoView({ block: "nearest" });
}
const PAGES = { t: "/today", b: "/board", e: "/escalations", r: "/reports", p: "/playbooks" };
let going = false;
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, textarea, select");
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") { event.target.form?.requestSubmit(); return; }
  if (event.key === "Escape") {
    const close = document.querySelector("[data-close]");
    document.querySelectorAll("details[open]").forEach((one) => { one.open = false; });
    if (close) { close.click(); } else if (typing) event.target.blur();
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  if (going) { going = false; if (PAGES[key]) { location.href = PAGES[key]; return; } }
  if (key === "g") { going = true; return; }
  if (key === "/") { event.preventDefault(); document.querySelector(".find input")?.focus(); return; }
  if (key === "j" || key === "k") { move(key === "j" ? 1 : -1); return; }
  if (key === "?") { location.href = "/keys"; return; }
  if (key === "c") { location.href = "/deals/new"; return; }
  const row = document.activeElement?.closest?.(".task-item, .card") ?? document;
  if (key === "o") { row.querySelector("a[href^='/deals/']")?.click(); return; }
  row.querySelector(`[data-hot="${key}"]`)?.click();
});

// Live: the server says which deals changed; the page is asked for again and what differs is put in.
if (document.body.dataset.live === "yes" && "EventSource" in window) {
  const source = new EventSource("/live");
  let due = 0;
  source.addEventListener("changed", (event) => {
    const deals = JSON.parse(event.data);
    const here = location.pathname.match(/^\/deals\/([^/]+)$/)?.[1];
    if (here && !deals.includes(here)) return;
    if (!here && !document.querySelector("[data-watch], .task-item, .board, .split")) return;
    clearTimeout(due);
    due = setTimeout(async () => {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok) put(await answer.text(), { keepForms: true });
    }, 150);
  });
}

// The board: a card is dragged to another column; the server has the last word.
let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.(".card");
  if (!dragged) return;
  dragged.classList.add("dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.deal);
  const place = Number(dragged.closest(".column").dataset.place);
  for (const column of document.querySelectorAll(".column")) column.classList.toggle("dim", Number(column.dataset.place) > place + 1);
});
document.addEventListener("dragover", (event) => {
  const column = event.target.closest?.(".column");
  if (!dragged || !column || column.classList.contains("dim")) return;
  event.preventDefault();
  document.querySelectorAll(".column.target").forEach((one) => { if (one !== column) one.classList.remove("target"); });
  column.classList.add("target");
});
document.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  dragged = null;
  document.querySelectorAll(".column").forEach((one) => one.classList.remove("target", "dim"));
});
document.addEventListener("drop", async (event) => {
  const column = event.target.closest?.(".column");
  if (!dragged || !column) return;
  event.preventDefault();
  const card = dragged, home = card.closest(".column");
  const by = Number(column.dataset.place) - Number(home.dataset.place);
  if (by === 0) return;
  if ("won" in column.dataset) { show(`/deals/${card.dataset.deal}/close?outcome=won`); return; }
  if (by < 0) { show(`/deals/${card.dataset.deal}/return`); return; }
  column.querySelector("ul").prepend(card);
  const form = card.querySelector("[data-advance]");
  try {
    const answer = await fetch(target(form), { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const html = await answer.text();
    if (answer.ok) { put(html); return; }
    home.querySelector("ul").prepend(card);
    refuse(html, card);
  } catch {
    home.querySelector("ul").prepend(card);
    offline(true);
  }
});

function refuse(html, card) {
  const panel = new DOMParser().parseFromString(html, "text/html").querySelector("[data-refusal]");
  const dialog = document.getElementById("refusal-dialog");
  if (!panel || !dialog) { location.reload(); return; }
  panel.removeAttribute("role");
  dialog.setAttribute("role", "alertdialog");
  dialog.setAttribute("aria-labelledby", "refusal");
  const close = document.createElement("button");
  close.textContent = language === "zh" ? "关闭" : "Close";
  close.addEventListener("click", () => { dialog.close(); card.querySelector("a")?.focus(); });
  panel.append(close);
  dialog.replaceChildren(panel);
  dialog.showModal();
  dialog.querySelector("#refusal")?.focus();
}
