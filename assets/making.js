/* Files that take a while to be made: a link with data-making ("Drawing the picture") is fetched, and meanwhile a line
   says so, for how long already, and lets one cancel. What fails is said there, with a button to try again. A
   link with data-themed has the page's theme added, because a picture looks as the page does. Without this script the link leads to the file. */
(function () {
  "use strict";
  const SLOW = 3000; // from here on the time that has passed is told

  const make = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  function button(text, act) {
    const made = Object.assign(make("button", "btn btn-secondary btn-sm", text), { type: "button" });
    made.addEventListener("click", act);
    return made;
  }

  function named(response) {
    const [, encoded] = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get("Content-Disposition") || "") || [];
    return encoded ? decodeURIComponent(encoded) : "download";
  }
  function keep(blob, name) {
    const href = URL.createObjectURL(blob);
    const link = Object.assign(make("a", ""), { href, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(href), 60000);
  }
  async function reason(response) {
    try {
      return (await response.json()).error.message;
    } catch {
      return "This could not be made. Please try again.";
    }
  }

  function waiting(words, cancel) {
    const spinner = make("span", "spinner-border spinner-border-sm");
    spinner.setAttribute("aria-hidden", "true");
    const passed = make("span", "meta num");
    passed.setAttribute("aria-hidden", "true"); // a screen reader would read every second
    const line = window.VZ.toastLine("", spinner, make("span", "grow", `${words} …`), passed, button("Cancel", cancel));
    line.querySelector("[aria-label='Close']").remove();
    const began = performance.now();
    const clock = setInterval(() => {
      const since = performance.now() - began;
      if (since > SLOW) passed.textContent = `${Math.floor(since / 1000)} s`;
    }, 500);
    return () => { clearInterval(clock); line.remove(); };
  }

  async function fetched(href, words) {
    const stop = new AbortController();
    const end = waiting(words, () => stop.abort());
    const failed = (message) => {
      const line = window.VZ.toastLine("bad", make("span", "grow", message), button("Retry", () => { line.remove(); fetched(href, words); }));
    };
    try {
      const response = await fetch(href, { headers: { Accept: "application/json" }, signal: stop.signal });
      if (response.status === 401) window.location.assign(href); // leads to the sign-in
      else if (!response.ok) failed(await reason(response));
      else {
        const name = named(response);
        keep(await response.blob(), name);
        window.VZ.toast(`${name} is in your downloads`, "good");
      }
    } catch (error) {
      if (error.name !== "AbortError") failed("The server cannot be reached just now.");
    } finally {
      end();
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[data-making]");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const href = new URL(link.href);
    if (link.dataset.themed) href.searchParams.set("theme", document.documentElement.dataset.bsTheme === "dark" ? "dark" : "light");
    fetched(href, link.dataset.making);
  }, { capture: true });
})();
