// How a page changes in place. What differs is put in and nothing else moves: rows keep their order,
// new ones wait behind a button, those that went are ticked and fold, a form in work is left alone.

const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
const NEW = { en: (n) => `${n} new`, zh: (n) => `${n} 项新待办` }[language];
const DONE = { en: "Done", zh: "已完成" }[language];
const STAY = 2000; // Milliseconds until a ticked row folds. Source: the look.
const MOTION = 120; // Milliseconds. Source: the look.
const TOLD = 8000; // Milliseconds that a word of what was done stays. A choice.

const main = () => document.getElementById("main");
const keyOf = (node) => (node.dataset?.key ? node.dataset.key : node.id || "");
const rowsOf = (element) => [...element.querySelectorAll("[data-key]")];

function isDirty(field) {
  if (field.type === "hidden" || field.type === "search") return false;
  if (field.type === "file") return field.files.length > 0;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.matches("select")) {
    const given = [...field.options].findIndex((one) => one.defaultSelected);
    return field.selectedIndex !== Math.max(given, 0);
  }
  return field.matches("input, textarea") && field.value !== field.defaultValue;
}

// Whether somebody is at work in a form, so that only they may change it.
function isInWork(form) {
  if (form.dataset.sent) return true;
  if (form.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) return true;
  return [...form.elements].some(isDirty);
}

function attributes(old, now) {
  const own = (name) => name === "open" && old.matches("details, dialog");
  for (const { name } of [...old.attributes]) if (!now.hasAttribute(name) && !own(name)) old.removeAttribute(name);
  for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value && !own(name)) old.setAttribute(name, value);
}

function morph(old, now, how) {
  if (old.nodeName !== now.nodeName) { old.replaceWith(document.importNode(now, true)); return; }
  if (old.nodeType !== Node.ELEMENT_NODE) { if (old.data !== now.data) old.data = now.data; return; }
  if (old.isEqualNode(now) || (how.live && old.matches("form") && isInWork(old))) return;
  if (how.keepsOrder && old.matches("[data-list]")) { patchList(old, now, how); return; }
  attributes(old, now);
  children(old, now, how);
}

function children(old, now, how) {
  const twins = new Map([...old.children].filter(keyOf).map((one) => [keyOf(one), one]));
  const wanted = new Set([...now.children].map(keyOf));
  let place = old.firstChild;
  const drop = () => { const gone = place; place = place.nextSibling; gone.remove(); };
  for (const fresh of [...now.childNodes]) {
    while (place && keyOf(place) && !wanted.has(keyOf(place))) drop();
    const key = keyOf(fresh);
    const isAlike = place && !key && !keyOf(place) && place.nodeName === fresh.nodeName;
    const twin = key ? twins.get(key) : isAlike ? place : null;
    if (!twin) {
      const put = old.insertBefore(document.importNode(fresh, true), place);
      if (put.dataset?.key) put.classList.add("fresh");
      continue;
    }
    if (twin === place) place = place.nextSibling; else old.insertBefore(twin, place);
    morph(twin, fresh, how);
  }
  while (place) drop();
}

// A list: each row keeps its place, whatever changed; what is new waits.
function patchList(old, now, how) {
  const fresh = new Map(rowsOf(now).map((row) => [row.dataset.key, row]));
  const known = new Map(rowsOf(old).map((row) => [row.dataset.key, row]));
  const added = [...fresh.keys()].filter((key) => !known.has(key));
  if (!known.size || added.some((key) => fresh.get(key).classList.contains("open"))) { children(old, now, how); return; }
  for (const [key, row] of known) {
    if (fresh.has(key)) { if (!row.classList.contains("gone")) morph(row, fresh.get(key), how); } else leave(row, how);
  }
  for (const group of old.querySelectorAll("[data-group]")) {
    const twin = now.querySelector(`[data-group="${group.dataset.group}"] .section-head`);
    const head = group.querySelector(".section-head");
    if (twin) morph(head, twin, how); else head.querySelector(".count").textContent = "0";
  }
  offer(old, added.length);
}

function offer(list, n) {
  let button = list.querySelector(":scope > .newer");
  if (!n) { button?.remove(); return; }
  if (!button) {
    button = document.createElement("button");
    button.className = "newer";
    button.type = "button";
    button.addEventListener("click", () => globalThis.dealpace.show(location.href, { push: false, keepsOrder: false }));
    list.prepend(button);
  }
  button.textContent = NEW(n);
}

function leave(row, how) {
  if (row.classList.contains("gone")) return;
  // The word of a change may come before the answer to the form that made it.
  const doer = how.own ?? main().querySelector(`[data-deal="${CSS.escape(row.dataset.deal)}"] form[data-sent]`)?.closest("[data-key]");
  const own = Boolean(doer) && doer.dataset.deal === row.dataset.deal;
  if (!own && [...row.querySelectorAll("form")].some(isInWork)) return;
  row.classList.add("gone");
  row.classList.remove("open", "task");
  row.querySelectorAll(":scope > form").forEach((form) => form.remove());
  row.inert = true;
  const acts = row.querySelector(".acts");
  if (doer === row && acts) acts.replaceChildren(ticked());
  setTimeout(() => fold(row, own), STAY);
}

function ticked() {
  const word = document.createElement("span");
  word.className = "met strong";
  const icons = document.querySelector("use[href*='icons.svg']").getAttribute("href").split("#")[0];
  word.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${icons}#met"></use></svg> ${DONE}`;
  return word;
}

// Never under somebody's pointer or focus, unless they did it; all that are ready at once.
const ready = new Set();
function fold(row, own) {
  const list = row.closest("[data-list]");
  if (!list) return;
  if (!own && (list.matches(":hover") || list.contains(document.activeElement))) { setTimeout(() => fold(row, own), STAY / 4); return; }
  if (!ready.size) gliding = gliding.then(() => glide(() => { ready.forEach(drop); ready.clear(); }));
  ready.add(row);
}
function drop(row) {
  const list = row.closest("[data-list]"), group = row.closest("[data-group]");
  row.remove();
  if (group && !rowsOf(group).length) group.remove();
  if (list && !rowsOf(list).length) globalThis.dealpace.show(location.href, { push: false });
}

// What moves, moves visibly: from where it was to where it is. Browsers count a jump that a transform
// makes good for as none, if the element had a layer of its own before and after.
let gliding = Promise.resolve();
const frame = () => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
async function glide(change) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) { change(); return; }
  const moved = [...main().querySelectorAll("[data-key], .section-head, .side > section, [data-list] ~ *")];
  moved.forEach((one) => { one.style.willChange = "transform"; });
  await frame();
  const before = moved.map((one) => one.getBoundingClientRect().top);
  change();
  const by = moved.map((one, place) => (one.isConnected ? before[place] - one.getBoundingClientRect().top : 0));
  moved.forEach((one, place) => { if (by[place]) one.style.transform = `translateY(${by[place]}px)`; });
  await frame();
  moved.forEach((one) => { one.style.transition = `transform ${MOTION}ms ease-out`; one.style.transform = ""; });
  await new Promise((done) => { setTimeout(done, MOTION * 2); });
  moved.forEach((one) => { one.removeAttribute("style"); });
}

// Whose change it was is said in the row, which fades.
function tell(deals, by) {
  for (const row of main().querySelectorAll("[data-key][data-deal]")) {
    if (!deals.includes(row.dataset.deal)) continue;
    row.classList.remove("fresh");
    void row.offsetWidth; // so that it fades again
    row.classList.add("fresh");
    if (!by[row.dataset.deal]) continue;
    row.querySelector(":scope > .by")?.remove();
    const said = document.createElement("small");
    said.className = "by tiny";
    said.textContent = by[row.dataset.deal];
    row.append(said);
  }
}

// Put a page in the place of the one that is shown.
//
// html: the page. address: its own. live: nobody asked for it. keepsOrder: new rows wait. own: the row whose form
// was sent. deals, by: those that changed, and whose doing it was. False: it is no page of ours.
function put(html, { address = location.href, live = false, keepsOrder = true, own = null, deals = [], by = {} } = {}) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const from = fresh.getElementById("main");
  if (!from) return false;
  if (live) from.querySelectorAll(".passing").forEach((one) => one.remove());
  const isSame = new URL(address, location.href).pathname === location.pathname;
  if (isSame) morph(main(), from, { live, keepsOrder, own }); else main().replaceChildren(...from.childNodes);
  tell(deals, by);
  if (own?.isConnected && !own.classList.contains("gone")) own.classList.add("fresh");
  for (const name of ["tabs", "bottom-tabs"]) {
    const old = document.querySelector(`.${name}`), now = fresh.querySelector(`.${name}`);
    if (old && now) children(old, now, {});
  }
  document.title = fresh.title;
  if (!isSame) scrollTo(0, 0);
  const passing = main().querySelector(".passing");
  if (passing && !live) setTimeout(() => passing.remove(), TOLD);
  document.dispatchEvent(new CustomEvent("dealpace:put"));
  return true;
}

globalThis.dealpace = { language, main, put };
