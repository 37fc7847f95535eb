// Uploads in pieces that go on where they stopped. Without this file the form sends the file in one piece.
const size = (bytes) => {
  const steps = ["B", "kB", "MB", "GB"];
  let step = 0;
  for (; bytes >= 1000 && step < 3; step++) bytes /= 1000;
  return `${bytes.toFixed(step > 1 ? 1 : 0)} ${steps[step]}`;
};
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

class Refused extends Error {}

for (const form of document.querySelectorAll("form[data-upload]")) {
  const token = form.elements.csrfmiddlewaretoken.value;
  const box = form.querySelector(".upload-state"), bar = box.querySelector("progress"), said = box.querySelector("p");
  const send = form.querySelector("button[type=submit]"), pause = form.querySelector("[data-pause]");
  let isPaused = false;

  const ask = async (url, options = {}) => {
    const answer = await fetch(url, { ...options, headers: { "X-CSRFToken": token, ...options.headers } });
    const told = await answer.json().catch(() => null);
    if (answer.ok && told) return told;
    if (answer.status === 409 && told && "offset" in told) return told;
    if (told && answer.status < 500 && answer.status !== 429) throw new Refused(told.problem);
    throw new Error(`HTTP ${answer.status}`);
  };
  const show = (done, all) => {
    bar.value = all ? (100 * done) / all : 0;
    const words = form.dataset.going.replace("{done}", size(done)).replace("{all}", size(all));
    // Screen readers hear one update in ten seconds.
    if (!said.dataset.at || Date.now() - said.dataset.at > 10000 || done === all) {
      said.textContent = words;
      said.dataset.at = Date.now();
    }
    bar.title = words;
  };
  const retrying = async (act) => {
    for (let delay = 1000; ; delay = Math.min(delay * 2, 30000)) {
      try { return await act(); } catch (error) {
        if (error instanceof Refused) throw error;
        said.textContent = form.dataset.again;
        said.dataset.at = 0;
        await wait(delay);
      }
    }
  };
  const upload = async (file) => {
    const body = new URLSearchParams({ name: file.name, size: file.size });
    let state = await retrying(() => ask(form.dataset.upload, { method: "POST", body }));
    const url = `/seller/assets/uploads/${state.id}`;
    let offset = state.offset;
    while (state.state === undefined || state.state === "open") {
      if (isPaused) { await wait(300); continue; }
      show(offset, file.size);
      const piece = file.slice(offset, offset + 4194304);
      const from = offset;
      state = await retrying(async () => {
        try { return await ask(`${url}?offset=${from}`, { method: "PUT", body: piece }); } catch (error) {
          if (error instanceof Refused) throw error;
          return await ask(url); // it may have arrived although the answer did not
        }
      });
      offset = state.offset;
    }
    show(file.size, file.size);
    said.textContent = form.dataset.checking;
    while (state.state === "checking") { await wait(2000); state = await retrying(() => ask(url)); }
    if (state.state === "refused") throw new Refused(state.problem);
  };

  form.addEventListener("submit", async (event) => {
    const file = form.elements.file.files[0];
    if (!file) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    send.disabled = true;
    said.classList.remove("bad");
    box.hidden = pause.hidden = false;
    try {
      await upload(file);
      location.reload();
    } catch (error) {
      said.textContent = error.message;
      said.classList.add("bad");
      send.disabled = false;
      pause.hidden = true;
    }
  }, true);
  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", isPaused);
  });
  addEventListener("beforeunload", (event) => { if (send.disabled && !box.hidden && bar.value < 100) event.preventDefault(); });
}
