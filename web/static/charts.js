// Charts that answer a pointer: the library is read when somebody points at one, and draws it again
// in place, with the values under the pointer. Without it, or without scripts, the charts are there.
const bundle = document.querySelector("script[data-bundle]").dataset.bundle;

async function liven(chart) {
  const { vegaEmbed } = await import(bundle);
  const place = document.createElement("div");
  await vegaEmbed(place, JSON.parse(chart.dataset.spec), {
    actions: false, ast: true, renderer: "svg", defaultStyle: false, tooltip: tell(chart),
  });
  const { width, height } = chart.getBoundingClientRect();
  Object.assign(chart.style, { width: `${width}px`, height: `${height}px` }); // nothing moves
  place.ariaHidden = "true"; // the chart says what it shows
  chart.replaceChildren(place);
}

// A line of text at the pointer; no markup is made of what a value says.
function tell(chart) {
  return (_handler, event, _item, value) => {
    let told = chart.querySelector(".told");
    if (value === null || value === undefined) { told?.remove(); return; }
    if (!told) {
      told = document.createElement("span");
      told.className = "told";
      chart.append(told);
    }
    told.textContent = Object.entries(value)
      .map(([name, said]) => (name.trim() ? `${name}: ${said}` : said)).join(" · ");
    const box = chart.getBoundingClientRect();
    told.style.left = `${Math.min(event.clientX - box.left, box.width - told.offsetWidth)}px`;
    told.style.top = `${event.clientY - box.top}px`;
  };
}

for (const chart of document.querySelectorAll("[data-spec]")) {
  chart.addEventListener("pointerenter", () => liven(chart).catch(() => {}), { once: true });
}
