// Live: the server says which deals changed; the page is asked for again, and what differs is put in.

const GATHER = 150; // Milliseconds in which changes are taken together. A choice.
const PATIENCE = 4000; // Milliseconds without a line until that is said. A choice.
const PASSING = ["done", "taken", "deal"];

const WATCHING = "[data-watch], [data-list], .task-item, .board, .split";

function concerns(deals) {
  const here = location.pathname.match(/^\/deals\/([^/]+)$/)?.[1];
  return here ? deals.includes(here) : Boolean(document.querySelector(WATCHING));
}

function address() {
  const here = new URL(location.href);
  PASSING.forEach((name) => here.searchParams.delete(name));
  return here.href;
}

async function refresh(deals) {
  const before = location.href;
  const shown = deals.filter((deal) => document.querySelector(`[data-deal="${CSS.escape(deal)}"]`)).slice(0, 20);
  const whose = shown.length ? fetch(`/live/by?${shown.map((deal) => `deal=${encodeURIComponent(deal)}`).join("&")}`) : null;
  const answer = await fetch(address(), { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected || location.href !== before) return;
  const by = await whose;
  const html = await answer.text();
  dealpace.put(html, { live: true, deals, by: by?.ok ? await by.json() : {} });
}

if (document.body.dataset.live === "yes" && "EventSource" in window) {
  const source = new EventSource("/live");
  let due = 0, lost = 0, waiting = new Set();
  source.addEventListener("changed", (event) => {
    const deals = JSON.parse(event.data);
    if (!concerns(deals)) return;
    deals.forEach((deal) => waiting.add(deal));
    clearTimeout(due);
    due = setTimeout(() => { const some = [...waiting]; waiting = new Set(); refresh(some).catch(() => {}); }, GATHER);
  });
  source.addEventListener("error", () => { lost ||= setTimeout(() => dealpace.offline(true), PATIENCE); });
  source.addEventListener("open", () => {
    if (!lost) return;
    clearTimeout(lost);
    lost = 0;
    dealpace.offline(false);
    refresh([]).catch(() => {});
  });
}
