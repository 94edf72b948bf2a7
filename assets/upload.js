/* A drop zone, [data-upload-url]: files go by XMLHttpRequest, because only that reports progress. On success the page
   moves to `location` of the answer or hands the answer to the store named in data-upload-store; on failure the zone
   says why and stays. Attributes: components/upload.py. */
(function () {
  "use strict";
  const ZONE = "[data-upload-url]";
  const STAGES = [["uploading", "Uploading"], ["reading", "Reading the file …"]];
  const running = new WeakMap(); // zone -> its upload

  const cookie = (name) => {
    const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  };
  /* in the units of the limit: 50 MB are 50 · 2²⁰ bytes everywhere */
  const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(1).replace(".0", "");
  const size = (bytes) => (bytes >= 2 ** 20 ? `${megabytes(bytes)} MB` : `${Math.max(1, Math.round(bytes / 1024))} kB`);
  const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
  const make = (tag, className, text) => {
    const el = document.createElement(tag);
    if (className) el.className = className;
    if (text) el.textContent = text;
    return el;
  };

  /* ---------- what the zone shows meanwhile */
  function panel(zone, file, cancel) {
    const box = make("div", "state upload-state");
    const title = make("p", "state-title", file.name);
    const meta = make("p", "meta", size(file.size));
    const bar = make("div", "progress w-100");
    bar.setAttribute("role", "progressbar");
    bar.setAttribute("aria-label", `Upload of ${file.name}`);
    bar.setAttribute("aria-valuemin", "0");
    bar.setAttribute("aria-valuemax", "100");
    const fill = make("div", "progress-bar");
    bar.append(fill);
    const list = make("ul", "stages");
    const lines = new Map(STAGES.map(([key, name]) => [key, line(list, name)]));
    const button = make("button", "btn btn-secondary", "Cancel");
    button.type = "button";
    button.addEventListener("click", cancel);
    const row = make("div", "row-flex");
    row.append(button);
    box.append(title, meta, bar, list, row);
    place(zone).replaceChildren(box);
    button.focus({ preventScroll: true });
    return { bar, fill, lines, began: new Map() };
  }
  function line(list, name) {
    const item = make("li");
    item.append(make("span", "dot"), make("span", "", name), make("span", "meta"));
    list.append(item);
    return { item, name };
  }
  function place(zone) {
    const known = zone.querySelector("[data-upload-status]");
    if (known) return known;
    const made = make("div");
    made.dataset.uploadStatus = "true";
    zone.append(made);
    return made;
  }

  function show(view, stage, percent, detail) {
    const order = STAGES.map(([key]) => key);
    const at = order.indexOf(stage);
    order.forEach((key, index) => paint(view, key, index < at ? "done" : index === at ? "now" : "", index === at ? detail : ""));
    view.bar.setAttribute("aria-valuenow", String(Math.round(percent)));
    view.bar.setAttribute("aria-valuetext", `${view.lines.get(stage).name} ${Math.round(percent)} %`);
    view.fill.style.width = `${percent}%`;
  }
  /* How far the server is with it nobody knows: the time that has passed is told, and the bar tells nothing. */
  function reading(view) {
    const began = view.began.get("reading") || performance.now();
    show(view, "reading", 100, "");
    view.bar.removeAttribute("aria-valuenow");
    view.bar.setAttribute("aria-valuetext", "Reading the file");
    view.fill.classList.add("progress-bar-striped", "progress-bar-animated");
    view.lines.get("reading").item.children[2].textContent = seconds(began);
  }
  function paint(view, key, state, detail) {
    const { item, name } = view.lines.get(key);
    if (state === "now" && !view.began.has(key)) view.began.set(key, performance.now());
    if (item.className === state && state !== "now") return;
    const [mark, text, meta] = item.children;
    if (state === "done" && view.began.has(key)) meta.textContent = seconds(view.began.get(key));
    mark.className = state === "done" ? "bi bi-check2" : state === "now" ? "dot dot-accent" : "dot";
    const words = state === "now" && detail ? `${name} ${detail}` : name;
    if (text.textContent !== words) text.textContent = words;
    item.className = state;
  }

  function fail(zone, message) {
    zone.dataset.uploadState = "failed";
    const box = make("p", "field-error");
    box.append(make("i", "bi bi-exclamation-circle"), make("span", "", message));
    box.setAttribute("role", "alert");
    place(zone).replaceChildren(box);
    running.delete(zone);
  }

  /* ---------- the request */
  function uploadWithProgress(file, url, csrf, onProgress) {
    const request = new XMLHttpRequest();
    const done = new Promise((resolve, reject) => {
      request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) onProgress(event.loaded / event.total); });
      request.upload.addEventListener("load", () => onProgress(1));
      request.addEventListener("load", () => (request.status >= 200 && request.status < 300 ? resolve(answer(request)) : reject(new Error(reason(request)))));
      request.addEventListener("error", () => reject(new Error("The server cannot be reached. Check the connection and try again.")));
      request.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
    });
    const form = new FormData();
    form.append("file", file, file.name);
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    if (csrf) request.setRequestHeader("X-CSRFToken", csrf);
    request.send(form);
    return { done, abort: () => request.abort() };
  }
  function answer(request) {
    try { return JSON.parse(request.responseText); } catch { return {}; }
  }
  function reason(request) {
    const body = answer(request);
    const said = (body.error && body.error.message) || body.message;
    if (said) return said;
    if (request.status === 413) return "This file is larger than this server takes.";
    if (request.status === 401 || request.status === 403) return "You are signed out, or may not upload. Sign in and try again.";
    return `The server could not take this file (${request.status}).`;
  }

  async function start(zone, file) {
    if (running.has(zone)) return;
    const refused = refusal(zone, file);
    if (refused) { fail(zone, refused); return; }
    zone.style.minHeight = `${zone.offsetHeight}px`; // what stands below must not jump
    zone.dataset.uploadState = "busy";
    let job = null;
    const view = panel(zone, file, () => job.abort());
    let watch = null;
    const progress = (share) => {
      if (share < 1) { show(view, "uploading", share * 100, `${Math.floor(share * 100)} %`); return; }
      if (watch) return;
      const read = () => reading(view);
      read();
      watch = setInterval(read, 200);
    };
    show(view, "uploading", 0, "0 %");
    job = uploadWithProgress(file, zone.dataset.uploadUrl, cookie("_csrf_token"), progress);
    running.set(zone, job);
    try {
      finish(zone, view, await job.done);
    } catch (error) {
      if (error.name === "AbortError") reset(zone); else fail(zone, error.message);
    } finally {
      clearInterval(watch);
    }
  }
  function finish(zone, view, response) {
    STAGES.forEach(([key]) => paint(view, key, "done", ""));
    view.fill.style.width = "100%";
    const store = zone.dataset.uploadStore;
    running.delete(zone);
    if (store) {
      window.dash_clientside.set_props(store, { data: response });
      reset(zone);
    } else if (response.location) {
      zone.dataset.uploadState = "done"; // leaving is meant now
      window.location.assign(response.location);
    } else reset(zone);
  }
  function reset(zone) {
    running.delete(zone);
    delete zone.dataset.uploadState;
    place(zone).replaceChildren();
  }
  function refusal(zone, file) {
    const limit = Number(zone.dataset.uploadLimit || 0);
    if (limit && file.size > limit) return `${file.name} has ${size(file.size)}; this server takes up to ${size(limit)}.`;
    const kinds = (zone.dataset.uploadAccept || "").split(",").map((kind) => kind.trim().toLowerCase()).filter(Boolean);
    if (kinds.length && !kinds.some((kind) => file.name.toLowerCase().endsWith(kind))) return `${file.name} is not one of ${kinds.join(", ")}.`;
    return file.size ? "" : `${file.name} is empty.`;
  }

  /* ---------- mouse and keyboard */
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-upload-choose]");
    const zone = button && button.closest(ZONE);
    if (!zone) return;
    const input = Object.assign(document.createElement("input"), { type: "file", accept: zone.dataset.uploadAccept || "" });
    input.addEventListener("change", () => { if (input.files[0]) start(zone, input.files[0]); });
    input.click();
  });
  const carriesFiles = (event) => Boolean(event.dataTransfer && [...event.dataTransfer.types].includes("Files"));
  const zoneFor = (event) => (event.target.closest && event.target.closest(ZONE)) || document.querySelector(`${ZONE}[data-drop-anywhere="true"]`);
  const light = (zone) => document.querySelectorAll(ZONE).forEach((el) => {
    if (el === zone) el.dataset.over = "true"; else delete el.dataset.over;
  });
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    const zone = zoneFor(event);
    if (!zone) return;
    event.preventDefault(); // else the browser would open the file and leave the page
    light(zone);
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) light(null); });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    const zone = zoneFor(event);
    light(null);
    if (!zone) return;
    event.preventDefault();
    if (event.dataTransfer.files[0]) start(zone, event.dataTransfer.files[0]);
  });
  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector(`${ZONE}[data-upload-state="busy"]`)) event.preventDefault();
  });
})();
