// Passkeys: forms with data-passkey="get" or "create" ask the device and then send themselves.
(() => {
  "use strict";
  if (!window.PublicKeyCredential) {
    for (const part of document.querySelectorAll("form[data-passkey], [data-passkey-or]")) part.hidden = true;
    return;
  }
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));

  async function asked(form) {
    if (form.dataset.from) return JSON.parse(document.getElementById(form.dataset.from).textContent);
    const answer = await fetch(form.dataset.options, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.json();
  }

  function written(credential) {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return JSON.stringify({
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
      authenticatorAttachment: credential.authenticatorAttachment, clientExtensionResults: credential.getClientExtensionResults(),
    });
  }

  async function create(form) {
    const options = (await asked(form)).creation_options.publicKey;
    const alone = form.elements.passwordless ? form.elements.passwordless.checked : false;
    options.challenge = bytes(options.challenge);
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = named(options.excludeCredentials);
    options.authenticatorSelection = {
      ...options.authenticatorSelection, residentKey: alone ? "required" : "discouraged", requireResidentKey: alone,
      ...(alone ? { userVerification: "required" } : {}),
    };
    return navigator.credentials.create({ publicKey: options });
  }

  async function get(form) {
    const options = (await asked(form)).request_options.publicKey;
    options.challenge = bytes(options.challenge);
    options.allowCredentials = named(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options });
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const problem = form.querySelector("[data-passkey-error]");
      const button = form.querySelector("button");
      problem.hidden = true;
      button.setAttribute("aria-busy", "true");
      try {
        form.elements.credential.value = written(await (form.dataset.passkey === "create" ? create(form) : get(form)));
        form.submit();
      } catch {
        problem.textContent = form.dataset.failed;
        problem.hidden = false;
      } finally {
        button.removeAttribute("aria-busy");
      }
    });
  }
})();
