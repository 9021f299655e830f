// Forms: sent once, tried again while there is no connection, their text kept until it was taken.

const MOST = 8; // Seconds between two tries at most. A choice.
const RETRY = { en: "Try now", zh: "立即重试" }[dealpace.language];
const LOST = {
  en: "No connection. Your text is kept on this device. We try again; it is never recorded twice.",
  zh: "没有网络连接。内容保留在本机，稍后自动重试，不会重复记录。",
}[dealpace.language];
const CLOSE = { en: "Close", zh: "关闭" }[dealpace.language];
const TEXTS = "form[method=post] :is(textarea, input:not([type=hidden], [type=file], [type=checkbox], [type=radio]))";

// A field may be called `action`, and would stand in for the form's own.
const target = (form) => new URL(form.getAttribute("action") ?? "", location.href);

// One may wait until it is time to try again, or somebody says now.
let wake = () => {};
const rest = (seconds) => new Promise((done) => { wake = done; setTimeout(done, seconds * 1000); });
addEventListener("online", () => wake());

async function send(form, button) {
  if (form.dataset.sent) return;
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
  const content = new FormData(form);
  if (button?.name) content.set(button.name, button.value);
  const body = form.enctype === "multipart/form-data" ? content : new URLSearchParams(content);
  const to = button?.getAttribute("formaction") ?? target(form);
  for (let wait = 1; ; wait = Math.min(wait * 2, MOST)) {
    let answer, html;
    try {
      answer = await fetch(to, { method: "POST", body });
      html = await answer.text();
    } catch {
      offline(true);
      await rest(wait);
      continue;
    }
    offline(false);
    if (answer.redirected) taken(form, html, answer.url); else refused(form, html, answer.status);
    return;
  }
}

function taken(form, html, address) {
  const dialog = form.closest("dialog");
  forget(form);
  form.reset();
  document.activeElement?.blur?.();
  if (!dealpace.put(html, { address, own: form.closest("[data-key]") })) { location.href = address; return; }
  dialog?.close();
  history.replaceState(null, "", address);
}

// What was not taken stays as it was typed; why stands over it.
function refused(form, html, status) {
  delete form.dataset.sent;
  form.removeAttribute("aria-busy");
  const key = form.querySelector("[name=key]");
  if (key && status < 500) key.value = `web-${crypto.randomUUID()}`; // another try is another thing
  if (refuse(html, form)) return;
  if (!dealpace.put(html)) location.reload();
  document.querySelector("[aria-invalid=true]")?.focus();
}

// A refusal as a dialog; it stays until it is closed, and then the focus is where it was.
function refuse(html, from) {
  const panel = new DOMParser().parseFromString(html, "text/html").querySelector("[data-refusal]");
  if (!panel) return false;
  const dialog = document.getElementById("refusal-dialog") ?? document.body.appendChild(document.createElement("dialog"));
  const before = document.activeElement;
  dialog.id = "refusal-dialog";
  dialog.setAttribute("role", "alertdialog");
  dialog.setAttribute("aria-labelledby", "refusal");
  panel.removeAttribute("role");
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = CLOSE;
  close.addEventListener("click", () => dialog.close());
  panel.append(close);
  dialog.replaceChildren(panel);
  if (!dialog.open) {
    dialog.addEventListener("close", () => (before?.isConnected ? before : from.querySelector("a, button"))?.focus(), { once: true });
    dialog.showModal();
  }
  dialog.querySelector("#refusal")?.focus();
  return true;
}

function offline(is) {
  let sign = document.getElementById("offline");
  if (!is) { sign?.remove(); return; }
  if (sign) return;
  sign = document.createElement("div");
  sign.id = "offline";
  sign.className = "said passing offline";
  sign.setAttribute("role", "status");
  const text = document.createElement("p");
  text.textContent = `${LOST} `;
  const now = document.createElement("button");
  now.type = "button";
  now.className = "inline";
  now.textContent = RETRY;
  now.addEventListener("click", () => wake());
  text.append(now);
  sign.append(text);
  document.body.append(sign);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if ((event.submitter?.getAttribute("formmethod") ?? form.getAttribute("method")) !== "post" || target(form).pathname === "/who") return;
  event.preventDefault();
  send(form, event.submitter);
});

// Text that was typed and not sent is there again when its form comes back.
const kept = (form) => `text ${target(form).pathname} `;
document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.form && field.name && field.matches(TEXTS)) sessionStorage.setItem(kept(field.form) + field.name, field.value);
});
function restore() {
  for (const field of document.querySelectorAll(TEXTS)) field.value ||= sessionStorage.getItem(kept(field.form) + field.name) ?? "";
}
function forget(form) {
  Object.keys(sessionStorage).filter((name) => name.startsWith(kept(form))).forEach((name) => sessionStorage.removeItem(name));
}
document.addEventListener("dealpace:put", restore);
restore();

Object.assign(dealpace, { target, offline, refuse });
