// What the link brings stands behind `#`: it was not sent to any server, and is sent to this one when a person clicks. The page
// says which members that are, and what is said of each answer.
"use strict";

const brought = new URLSearchParams(location.hash.slice(1));
const members = document.querySelector("main").dataset.members.split(" ");
const request = Object.fromEntries(members.map((name) => [name, brought.get(name)]));
// Neither the history nor whoever looks at the address bar keeps it.
history.replaceState(null, "", location.pathname);

const button = document.getElementById("confirm");
const said = document.getElementById("said");
const words = new Map([...document.querySelectorAll("[data-status]")].map((word) => [word.dataset.status, word.textContent]));
const worded = [...document.querySelectorAll("[data-value]")];
for (const text of worded) text.hidden = text.dataset.value !== request.value;

function say(text, done) {
  said.textContent = text;
  said.classList.toggle("done", done);
}

const known = worded.length === 0 || worded.some((text) => !text.hidden);
if (known && Object.values(request).every(Boolean)) {
  button.disabled = false;
} else {
  say("This link is not complete. Open it from the message again.", false);
}

button.addEventListener("click", async () => {
  button.disabled = true;
  try {
    const answer = await fetch(location.pathname, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
      credentials: "omit",
      referrerPolicy: "no-referrer",
    });
    const word = words.get(String(answer.status));
    if (!word) throw new Error(String(answer.status));
    button.hidden = true;
    document.getElementById("ask").hidden = true;
    say(word, answer.status === 204);
  } catch {
    button.disabled = false;
    say("The service cannot be reached now. Try again.", false);
  }
});

// Another link, opened where this page stands already.
addEventListener("hashchange", () => location.reload());
