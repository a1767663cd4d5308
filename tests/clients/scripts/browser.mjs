// Chromium without a window, told what to do over a pipe (the DevTools protocol), with an authenticator of its own.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export async function browser(program) {
  const profile = mkdtempSync(join(tmpdir(), "chromium-"));
  const flags = ["--headless=new", "--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
    "--disable-background-networking", "--remote-debugging-pipe", `--user-data-dir=${profile}`];
  const child = spawn(program, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const [, , , to, from] = child.stdio;
  const waiting = new Map();
  let last = 0, rest = "";
  from.setEncoding("utf8");
  from.on("data", (text) => {
    const parts = (rest + text).split("\0");
    rest = parts.pop();
    for (const part of parts) {
      const told = JSON.parse(part);
      const { yes, no } = waiting.get(told.id) ?? {};
      waiting.delete(told.id);
      if (told.error) no?.(new Error(told.error.message));
      else yes?.(told.result);
    }
  });
  const gone = new Promise((_, no) => child.on("exit", () => no(new Error("the browser ended"))));
  gone.catch(() => {});
  const send = (method, params = {}, sessionId = undefined) => {
    const id = ++last;
    to.write(JSON.stringify({ id, method, params, sessionId }) + "\0");
    return Promise.race([new Promise((yes, no) => waiting.set(id, { yes, no })), gone]);
  };
  return {
    async page(url) {
      const { targetId } = await send("Target.createTarget", { url: "about:blank" });
      const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
      const page = (method, params) => send(method, params, sessionId);
      await page("Page.enable");
      await page("Page.navigate", { url });
      const evaluate = async (expression) => {
        const told = await page("Runtime.evaluate",
          { expression, awaitPromise: true, returnByValue: true, userGesture: true });
        if (told.exceptionDetails) throw new Error(told.exceptionDetails.exception?.description ?? "the page failed");
        return told.result.value;
      };
      while (!(await evaluate(`location.href === ${JSON.stringify(url)} && document.readyState === "complete"`)));
      return { send: page, evaluate };
    },
    async close() {
      await send("Browser.close").catch(() => {});
      await new Promise((yes) => (child.exitCode === null ? child.on("exit", yes) : yes()));
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

// An authenticator that is a part of the device and verifies its user, or does not.
export async function authenticator(page, isUserVerified = true) {
  await page.send("WebAuthn.enable");
  const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
    isUserVerified, automaticPresenceSimulation: true };
  return (await page.send("WebAuthn.addVirtualAuthenticator", { options })).authenticatorId;
}
