// Says five minutes before a session ends that it will.  Text only.
"use strict";
(() => {
  const NOTICE = 5 * 60 * 1000;
  const ends = Date.parse(document.body.dataset.sessionEnds);
  const tell = () => {
    const notice = document.getElementById("session-ends");
    const language = document.documentElement.lang;
    const at = new Date(ends).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
    notice.textContent = `${notice.dataset.words} ${at}.`;
    notice.hidden = false;
  };
  if (!Number.isNaN(ends)) setTimeout(tell, Math.max(ends - NOTICE - Date.now(), 0));
})();
