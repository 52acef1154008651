// What the site does beyond plain HTML: it brings an error summary into focus, sends a form once,
// and keeps the calculator's result up to date. Every page works without it.

const IN_FLIGHT_MS = 8000;
const DEBOUNCE_MS = 250;

document.querySelector(".error-summary")?.focus();

// The server decides what a repeated order means; this only spares it the second click.
// The button is never disabled: a disabled button is left out of the form's data and of the tab order.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "true";
  event.submitter?.setAttribute("aria-disabled", "true");
  // A navigation that was stopped leaves the page usable.
  setTimeout(() => release(form), IN_FLIGHT_MS);
});

function release(form) {
  delete form.dataset.sent;
  form.querySelectorAll("[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
}

// Back may bring the page out of the browser's cache just as it was left.
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));

document.querySelectorAll("form[data-live]").forEach((form) => {
  let timer;
  let request;

  async function refresh() {
    request?.abort();
    request = new AbortController();
    const url = new URL(form.action);
    url.search = new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(url, { headers: { Accept: "text/html" }, signal: request.signal });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelectorAll("[data-result]");
      document.querySelectorAll("[data-result]").forEach((result, index) => {
        if (fresh[index]) result.replaceChildren(...fresh[index].childNodes);
      });
      history.replaceState(null, "", url);
    } catch {
      // Offline, or overtaken by newer input: the button still asks the server.
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, DEBOUNCE_MS);
  });
});
