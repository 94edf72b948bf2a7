/* Signing out is a POST with the CSRF header, whatever link leads there; a lost session leads to the sign-in page. */
(function () {
  "use strict";
  const cookie = (name) => (document.cookie.split("; ").find((part) => part.startsWith(`${name}=`)) || "").slice(name.length + 1);
  const toSignIn = () => {
    document.querySelectorAll("[data-unsaved]").forEach((el) => el.removeAttribute("data-unsaved"));
    window.location.assign(`/login?next=${encodeURIComponent(window.location.pathname + window.location.search)}`);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest('a[href="/logout"]');
    if (!link) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const headers = { "X-CSRFToken": decodeURIComponent(cookie("_csrf_token")) };
    fetch("/logout", { method: "POST", headers }).finally(() => window.location.assign("/login"));
  }, true);

  /* Dash's renderer shows nothing when the session has ended in the meantime: say it by going where one signs in again. */
  const ask = window.fetch;
  window.fetch = async function (...args) {
    const response = await ask.apply(window, args);
    if (response.status !== 401 || window.location.pathname.startsWith("/view/")) return response;
    toSignIn();
    return new Promise(() => {}); // the page is being left: nobody needs the answer any more
  };

  /* the search field of the application bar: made here, Enter shows what was found */
  function addField(place) {
    const asked = window.location.pathname === "/search" ? new URLSearchParams(window.location.search).get("text") : "";
    const field = { type: "search", className: "form-control", placeholder: "Search", autocomplete: "off", maxLength: 100, value: asked || "" };
    place.append(Object.assign(document.createElement("input"), { ...field, id: place.dataset.searchField }));
  }
  new MutationObserver(() => {
    document.querySelectorAll("[data-search-field]:empty").forEach(addField);
  }).observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.id !== "app-search") return;
    window.location.assign(`/search?text=${encodeURIComponent(event.target.value)}`);
  });
})();
