// The tabs, and the start.

const tabs = [...document.querySelectorAll("[role=tab]")];
const shows = { source: () => showSource(slope.at()), toy: showToy };

function open(name) {
  for (const tab of tabs) {
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).hidden = !chosen;
  }
  shows[name]();
}

tabs.forEach((tab, at) => {
  tab.addEventListener("click", () => open(tab.id.slice(4)));
  tab.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = tabs[(at + by + tabs.length) % tabs.length];
    next.focus();
    open(next.id.slice(4));
  });
});

open(location.hash === "#toy" ? "toy" : "source");
