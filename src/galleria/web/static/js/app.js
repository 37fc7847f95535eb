// Small comforts only: every page works without this file.
const root = document.documentElement;
const keep = (name, value) => {
  document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax${location.protocol === "https:" ? ";secure" : ""}`;
};
// Asked for at the first touch or key: reading the zone costs more than drawing the page.
const tellZone = () => {
  if (document.cookie.includes("zone=")) return;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if (timeZone) keep("zone", timeZone);
};
for (const first of ["pointerdown", "keydown"]) addEventListener(first, tellZone, { once: true });

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  const theme = at("[data-theme-switch]");
  if (theme) {
    event.preventDefault();
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const chosen = dark ? "light" : "dark";
    root.dataset.theme = chosen;
    keep("theme", chosen);
    if (theme.dataset.themeSwitch === "keep") fetch(`/preferences?theme=${chosen}&next=/healthz`, { keepalive: true });
  }
  const opener = at("[data-open]");
  const dialog = opener && document.getElementById(opener.dataset.open);
  if (dialog) { event.preventDefault(); dialog.showModal(); }
  const closer = at("[data-close]");
  if (closer) closer.closest("dialog")?.close();
  if (event.target.tagName === "DIALOG") event.target.close();
  const copy = at("[data-copy]");
  if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => copy.setAttribute("aria-label", copy.dataset.copied || "Copied"));
  const step = at("[data-step]");
  if (step) {
    const input = step.parentElement.querySelector("input");
    const least = Number(input.dataset.min || 1), most = Number(input.dataset.max || Infinity);
    const wanted = Number(input.value || least) + Number(step.dataset.step);
    input.value = Math.min(most, Math.max(least, wanted));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  document.querySelectorAll("details.switcher[open]").forEach((open) => { if (!open.contains(event.target)) open.open = false; });
});

// A select or tick marked data-submit sends its form; without scripts the form has a button.
document.addEventListener("change", (event) => {
  if (event.target.closest("[data-submit]")) event.target.form?.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    const command = document.getElementById("cmd");
    if (command && !command.open) { event.preventDefault(); command.showModal(); }
  }
  const command = event.target.closest?.("#cmd");
  if (command && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    const stops = [command.querySelector("input"), ...command.querySelectorAll("li a")];
    const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) { event.preventDefault(); next.focus(); }
  }
});

// Forms are sent once: a second click on the way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-busy", "true");
});

// A form that was sent after the session had ended comes back filled, once the reader has signed in again (UI-ST-09).
const typedIn = (form) => [...form.elements].filter((field) => field.name && field.autocomplete !== "off"
  && !["hidden", "password", "file", "submit"].includes(field.type));
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || location.pathname.startsWith("/account/login")) return;
  const fields = typedIn(form).map((field) => [field.name, field.value, Boolean(field.checked)]);
  if (fields.length) sessionStorage.setItem("sent", JSON.stringify({ path: location.pathname, at: Date.now(), fields }));
});
const signIn = /\/account\/(login|mfa)\//;
const isSignIn = signIn.test(location.pathname);
if (isSignIn || signIn.test(document.referrer)) {
  const sent = JSON.parse(sessionStorage.getItem("sent"));
  const from = document.referrer && new URL(document.referrer).pathname;
  if (isSignIn && sent?.path === from && Date.now() - sent.at < 60000) {
    sessionStorage.setItem("sent", JSON.stringify({ ...sent, lost: true }));
  } else if (!isSignIn && sent) {
    sessionStorage.removeItem("sent");
    if (sent.lost && sent.path === location.pathname) {
      for (const form of document.querySelectorAll("form[method=post]")) for (const field of typedIn(form)) {
        const isBox = ["checkbox", "radio"].includes(field.type);
        const was = sent.fields.find(([name, value]) => name === field.name && (!isBox || value === field.value));
        if (!was) continue;
        if (isBox) field.checked = was[2]; else field.value = was[1];
      }
    }
  }
}

addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  document.querySelectorAll("[aria-busy]").forEach((busy) => busy.removeAttribute("aria-busy"));
});

// What updates by itself is asked for again when an answer was lost or the server was in trouble; the last state stays.
const isLive = (event) => event.detail.elt?.matches?.("[hx-trigger*=again]");
const askAgain = (event) => {
  if (isLive(event)) setTimeout(() => event.detail.elt.dispatchEvent(new Event("again")), 5000);
};
document.addEventListener("htmx:sendError", askAgain);
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isLive(event) || event.detail.xhr.status < 500) return;
  event.detail.shouldSwap = false;
  askAgain(event);
});

// Swapped regions say that they are busy after 300 ms and keep their content (UI-ST-03).
const waiting = new Map();
document.addEventListener("htmx:beforeRequest", (event) => {
  const target = event.detail.target;
  waiting.set(target, setTimeout(() => target.setAttribute("aria-busy", "true"), 300));
});
document.addEventListener("htmx:afterRequest", (event) => {
  const target = event.detail.target;
  clearTimeout(waiting.get(target));
  waiting.delete(target);
  target.removeAttribute("aria-busy");
  if (event.detail.elt.dataset) delete event.detail.elt.dataset.sent;
  event.detail.elt.querySelectorAll?.("[aria-busy]").forEach((busy) => busy.removeAttribute("aria-busy"));
});
