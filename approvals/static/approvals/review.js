// The review page: no early click, news of the request, and a kept reason.
// Text only goes in by textContent: the page's policy refuses anything else.
"use strict";
(() => {
  const GUARD = 500;
  const POLL = 5000;
  const status = document.querySelector("[data-approval]");
  const form = document.getElementById("decision");
  const key = `reason:${status.dataset.approval}`;

  const result = document.getElementById("result");
  if (result && location.hash === "#result") result.focus();

  if (form) {
    const reason = form.elements.reason;
    if (!reason.value) reason.value = sessionStorage.getItem(key) || "";
    reason.addEventListener("input", () => sessionStorage.setItem(key, reason.value));
    // A double click on the link in a mail must not land on a button.
    setTimeout(() => { form.dataset.ready = ""; }, GUARD);
    form.addEventListener("submit", (event) => {
      if (!("ready" in form.dataset)) event.preventDefault();
    });
  } else {
    sessionStorage.removeItem(key);
  }

  const tell = (sentence) => {
    const changed = document.getElementById("changed");
    changed.querySelector("p").textContent = `${changed.dataset.changed}: ${sentence}. `;
    const again = document.createElement("a");
    again.href = location.pathname;
    again.textContent = changed.dataset.reload;
    changed.querySelector("p").append(again);
    changed.hidden = false;
    for (const button of document.querySelectorAll(".decision button, .verdicts a")) button.remove();
  };

  const poll = async () => {
    if (document.hidden) return;
    let answer;
    try {
      answer = await fetch("state", { headers: { Accept: "application/json" } });
    } catch {
      return; // the next round tries again
    }
    if (answer.status === 401) {
      tell(document.getElementById("changed").dataset.ended);
      clearInterval(timer);
    }
    if (!answer.ok) return;
    const now = await answer.json();
    if (now.state === status.dataset.state && String(now.have) === status.dataset.have) return;
    tell(now.sentence);
    clearInterval(timer);
  };
  const open = ["pending", "approved"].includes(status.dataset.state);
  const timer = open ? setInterval(poll, POLL) : 0;
})();
