// The editor works without this file: it only counts characters, says when it saves, and warns before typing is lost.
(() => {
  "use strict";
  const form = document.querySelector("form[data-autosave]");
  const counters = [...document.querySelectorAll("[data-left]")];
  const count = (counter) => {
    const field = document.getElementById(counter.dataset.left);
    if (!field) return;
    const most = Number(field.dataset.most), length = field.value.trim().length;
    counter.textContent = length ? `${length} / ${most}` : "";
    counter.classList.toggle("is-over", length > most);
  };
  counters.forEach(count);
  document.addEventListener("input", (event) => {
    counters.filter((counter) => counter.dataset.left === event.target.id).forEach(count);
  });
  document.addEventListener("change", (event) => {
    const words = event.target.type === "file" && event.target.files.length && event.target.closest(".pick")?.querySelector("span");
    if (words) words.textContent = event.target.files[0].name;
  });
  if (!form) return;
  let unsaved = false, leaving = false, flying = false, waiting = null;
  const say = (text) => { const saved = document.getElementById("saved"); if (saved) { saved.textContent = text; saved.className = "saved-not"; } };
  form.addEventListener("input", () => { unsaved = true; });
  // A button waits for what is being saved, and nothing saves itself after it: nobody gets into a conflict with oneself.
  form.addEventListener("submit", (event) => {
    if (flying) { event.preventDefault(); event.stopPropagation(); waiting = event.submitter; } else leaving = true;
  });
  addEventListener("pageshow", () => { leaving = false; });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target !== form) return;
    if (leaving) { event.preventDefault(); return; }
    flying = true; unsaved = false; say(form.dataset.saving);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== form) return;
    flying = false;
    const pressed = waiting;
    waiting = null;
    if (pressed) setTimeout(() => form.requestSubmit(pressed));
  });
  // The answer names every field of the section; what this page does not show, such as an entry just taken away, is left out.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target !== form && event.detail.requestConfig?.elt !== form) return;
    const answer = new DOMParser().parseFromString(`<body>${event.detail.serverResponse}`, "text/html");
    for (const part of answer.querySelectorAll("[hx-swap-oob][id]")) if (!document.getElementById(part.id)) part.remove();
    event.detail.serverResponse = answer.body.innerHTML;
  });
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => { if (event.target === form) { unsaved = true; say(form.dataset.failed); } });
  }
  addEventListener("beforeunload", (event) => { if (unsaved && !leaving) event.preventDefault(); });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      form.requestSubmit(form.querySelector('.unsaved [value="save"]'));
    }
  });
})();
