// What pages do better than plain links: time that goes on, forms that open in place, the board's cards.
// Everything here is done by links and forms too; without this file nothing is missing.

const { language, main, put, target, offline, refuse } = dealpace;

// Time: what is left goes on once a minute.
const LATE = { en: (span) => `${span} late`, zh: (span) => `超期 ${span}` };
const LEFT = { en: (span) => `${span} left`, zh: (span) => `还剩 ${span}` };
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

// What a link opens in place, and where the focus goes then.
const AIM = ["[data-aim]", "form.act textarea, [data-panel] :is(input, select, textarea):not([type=hidden])"];
async function show(address, { push = true, keepsOrder = true } = {}) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!put(await answer.text(), { address: answer.url, keepsOrder })) { location.href = address; return; }
  if (push) history.pushState(null, "", answer.url);
  const hash = new URL(address, location.href).hash;
  if (hash) document.querySelector(hash)?.scrollIntoView({ block: "nearest" });
  if (push) (main().querySelector(AIM[0]) ?? main().querySelector(AIM[1]))?.focus();
}
dealpace.show = show;

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-open], a[data-close], a[data-dialog]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  link.closest("details")?.removeAttribute("open");
  show(link.href).catch(() => { location.href = link.href; });
});
addEventListener("popstate", () => show(location.href, { push: false, keepsOrder: false }).catch(() => location.reload()));
// A page that comes back as it was left is old: its forms may have been sent.
addEventListener("pageshow", (event) => { if (event.persisted) show(location.href, { push: false }).catch(() => {}); });

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

// What is under way is asked for again until it is over.
setInterval(() => {
  if (!document.hidden && document.querySelector("[data-again-in]")) show(location.href, { push: false }).catch(() => {});
}, 1_000);

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// Files that are too large are told before they are sent.
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (event.target.type !== "file" || !form?.dataset.most) return;
  const inputs = [...form.querySelectorAll("input[type=file]")];
  const sum = inputs.flatMap((one) => [...one.files]).reduce((all, file) => all + file.size, 0);
  inputs.forEach((one) => one.setCustomValidity(""));
  if (sum > Number(form.dataset.most)) { event.target.setCustomValidity(form.dataset.tooLarge); event.target.reportValidity(); }
});

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
