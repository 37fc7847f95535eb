// Single keys on pages with rows or acts marked for them. "?" shows them and switches them off (WCAG 2.1.4).
// data-row: a row that j and k move between; data-key: what a key presses; data-key-focus: what it only moves to.
const isOff = () => document.cookie.includes("keys=off");
const isTyped = (target) => target.closest?.("textarea, select, dialog, input:not([type=checkbox], [type=radio])");
const list = document.getElementById("keys");
const box = list?.querySelector("[data-keys]");
if (box) {
  box.checked = !isOff();
  box.addEventListener("change", () => { document.cookie = `keys=${box.checked ? "on" : "off"};path=/;max-age=31536000;samesite=lax`; });
}
const move = (row, by) => {
  const rows = [...document.querySelectorAll("[data-row]")].filter((each) => each.checkVisibility());
  const next = rows[row ? rows.indexOf(row) + by : 0];
  if (!next) return;
  (next.querySelector("[data-row-head]") || next).focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyped(event.target)) return;
  if (event.key === "?" && list) { event.preventDefault(); list.showModal(); return; }
  if (isOff() || !/^[a-z]$/.test(event.key)) return;
  const row = event.target.closest?.("[data-row]");
  if (event.key === "j" || event.key === "k") { event.preventDefault(); move(row, event.key === "j" ? 1 : -1); return; }
  const find = (name) => row?.querySelector(`[${name}="${event.key}"]`) || document.querySelector(`:not([data-row] *)[${name}="${event.key}"]`);
  const act = find("data-key");
  const place = act ? null : find("data-key-focus");
  if (!act && !place) return;
  event.preventDefault();
  if (act) { act.click(); act.closest("details[open]")?.querySelector("textarea")?.focus(); }
  else { place.focus({ preventScroll: true }); place.scrollIntoView({ block: "center" }); }
});
