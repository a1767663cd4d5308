// What the link brings stands behind `#`: it was not sent to any server, and is sent to this one when a person clicks.
"use strict";

const brought = new URLSearchParams(location.hash.slice(1));
const request = {
  client_id: brought.get("client_id"),
  user_name: brought.get("user_name"),
  confirmation_code: brought.get("confirmation_code"),
};
// Neither the history nor whoever looks at the address bar keeps it.
history.replaceState(null, "", location.pathname);

const button = document.getElementById("confirm");
const said = document.getElementById("said");

const words = {
  204: "Your address is confirmed. You can close this page and sign in.",
  400: "This link does not count any more: it was used, a newer one took its place, or it is older than a day. If you have confirmed already, sign in; otherwise ask for a new link.",
  409: "Another account has this address already.",
  429: "That was tried too often. Wait a while, then open the link again.",
};

function say(text, done) {
  said.textContent = text;
  said.classList.toggle("done", done);
}

if (Object.values(request).every(Boolean)) {
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
    const known = words[answer.status];
    if (!known) throw new Error(String(answer.status));
    button.hidden = true;
    document.getElementById("ask").hidden = true;
    say(known, answer.status === 204);
  } catch {
    button.disabled = false;
    say("The service cannot be reached now. Try again.", false);
  }
});

// Another link, opened where this page stands already.
addEventListener("hashchange", () => location.reload());
