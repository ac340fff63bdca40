// Keeps "in 9 min" true while a page stays open.  Text only; no page needs it.
"use strict";
(() => {
  const span = (seconds) => {
    if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
    return `${Math.floor(seconds / 86400)} days`;
  };
  const distance = (seconds) => {
    const far = Math.abs(seconds);
    if (far < 60) return seconds > 0 ? "in under a minute" : "just now";
    return seconds > 0 ? `in ${span(far)}` : `${span(far)} ago`;
  };
  const update = () => {
    for (const relative of document.querySelectorAll("time .relative")) {
      const at = Date.parse(relative.closest("time").dateTime);
      relative.textContent = distance((at - Date.now()) / 1000);
    }
  };
  setInterval(update, 20000);
})();
