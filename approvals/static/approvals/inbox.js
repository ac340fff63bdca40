// The live inbox.  htmx fetches and swaps the list; this says when, and when not.
// Text only goes in by textContent.
"use strict";
(() => {
  const EVERY = 5000;
  const LONGEST = 60000;
  const news = document.getElementById("news");
  let wait = EVERY;
  let timer = 0;
  let over = false;

  const list = () => document.getElementById("live");
  const look = () => {
    if (document.hidden || over) return; // a hidden tab asks again once it is seen
    htmx.trigger(list(), "look");
  };
  const next = () => {
    clearTimeout(timer);
    if (!over) timer = setTimeout(look, wait * (1 + Math.random() * 0.2));
  };

  const say = (words, label, act) => {
    news.replaceChildren();
    if (!words) return;
    const text = document.createElement("span");
    text.textContent = words;
    const doing = document.createElement(typeof act === "string" ? "a" : "button");
    doing.textContent = label;
    if (typeof act === "string") doing.href = act;
    else doing.addEventListener("click", act);
    news.append(text, " ", doing);
  };

  const names = (root) => new Set(
    [...root.querySelectorAll("[data-request]")].map((each) => each.dataset.request));
  const isBusy = () => {
    const selected = getSelection();
    const marked = selected && !selected.isCollapsed && list().contains(selected.anchorNode);
    return marked || list().contains(document.activeElement);
  };
  const count = (fresh) => {
    for (const shown of document.querySelectorAll("[data-count]")) {
      shown.textContent = fresh.dataset[shown.dataset.count];
    }
    const waiting = fresh.dataset.waiting;
    const title = document.title.replace(/^\(\S+\) /, "");
    document.title = waiting === "0" ? title : `(${waiting}) ${title}`;
  };

  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== list() || !event.detail.shouldSwap) return;
    const page = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
    const fresh = page.getElementById("live");
    if (!fresh) { event.detail.shouldSwap = false; return; }
    count(fresh);
    const known = names(list());
    const added = [...names(fresh)].filter((name) => !known.has(name)).length;
    if (!isBusy()) { say(""); return; }
    // Whoever reads or tabs through the list keeps it until she asks for the new one.
    event.detail.shouldSwap = false;
    const words = added ? `${news.dataset.new} ${added}.` : news.dataset.changed;
    say(words, news.dataset.show, () => { getSelection().empty(); look(); });
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401) {
      over = true;
      const back = encodeURIComponent(location.pathname + location.search);
      say(news.dataset.ended, news.dataset.again, `/account/login/?next=${back}`);
    }
    const isWell = status === 304 || (status >= 200 && status < 300);
    wait = isWell ? EVERY : Math.min(wait * 2, LONGEST);
    next();
  });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) look();
  });
  next();

  // Off until somebody turns them on: a key that a screen reader or a habit sends
  // must do nothing here.  None of them decides anything.
  const box = document.getElementById("shortcuts");
  box.closest("[hidden]").hidden = false;
  box.checked = localStorage.getItem("shortcuts") === "on";
  box.addEventListener("change", () => localStorage.setItem("shortcuts", box.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (!box.checked || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const links = [...list().querySelectorAll("h2 a, .more a")];
    const at = links.indexOf(document.activeElement);
    const step = { j: at + 1, k: Math.max(at - 1, 0) }[event.key];
    if (step !== undefined && links[step]) links[step].focus();
    if (event.key === "o" && at >= 0) links[at].click();
  });
})();
