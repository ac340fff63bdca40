// Says on the page what went wrong with a passkey: allauth tells the console only.
"use strict";
(() => {
  const words = document.currentScript.dataset;
  const alerting = () => {
    const place = document.createElement("p");
    place.id = "passkey-error";
    place.className = "notice bad";
    place.setAttribute("role", "alert");
    document.getElementById("main").prepend(place);
    return place;
  };
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    const place = document.getElementById("passkey-error") || alerting();
    const isAddress = event.detail.exception.name === "SecurityError";
    place.textContent = isAddress ? words.address : words.failed;
  });
})();
