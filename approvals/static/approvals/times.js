// Keeps "in 9 min" true while a page stays open.  Text only; no page needs it.
"use strict";
(() => {
  const language = document.documentElement.lang || "en";
  const words = new Intl.RelativeTimeFormat(language, { style: "narrow", numeric: "always" });
  const distance = (seconds) => {
    const far = Math.abs(seconds);
    const whole = (unit) => Math.sign(seconds) * Math.floor(far / unit);
    if (far < 60) return words.format(whole(1), "second");
    if (far < 7200) return words.format(whole(60), "minute");
    if (far < 172800) return words.format(whole(3600), "hour");
    return words.format(whole(86400), "day");
  };
  const update = () => {
    for (const relative of document.querySelectorAll("time .relative")) {
      const seconds = (Date.parse(relative.closest("time").dateTime) - Date.now()) / 1000;
      relative.textContent = distance(seconds);
    }
  };
  setInterval(update, 20000);
})();
