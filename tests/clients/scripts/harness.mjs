// Steps of a client script: each is run now, recorded as ok or FAIL, and the script goes on. As harness.py, for Node.
import crypto from "node:crypto";
import fs from "node:fs";
import { isDeepStrictEqual } from "node:util";

const { OUT, OUTBOX, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
export const TARGET = process.env.TARGET;
export const REGION = "us-east-1";
export const PASSWORD = "Corr3ct!horse-battery";
export const operator = { region: REGION, endpoint: TARGET, credentials: { accessKeyId, secretAccessKey } };
const results = [];

export async function step(name, run) {
  let state = "ok", note = "";
  try { await run(); } catch (error) { state = "FAIL"; note = String(error?.stack ?? JSON.stringify(error)); }
  results.push({ step: name, state, note });
  console.log(state, name, note);
}

export function done() {
  fs.writeFileSync(OUT, JSON.stringify(results));
  process.exit(results.some((result) => result.state === "FAIL") ? 1 : 0);
}

export function equal(found, wanted) {
  const [one, other] = [found, wanted].map((value) => JSON.stringify(value));
  if (!isDeepStrictEqual(found, wanted)) throw new Error(`${other} was wanted, ${one} was found`);
}

export async function refused(name, call) {
  const error = await call().then(() => null, (error) => error);
  equal(error?.name ?? "it succeeded", name);
}

export async function codeFor(username, trigger) {
  const rows = await (await fetch(`${OUTBOX}?username=${encodeURIComponent(username)}`)).json();
  const row = rows.filter((row) => row.trigger === trigger).at(-1);
  if (!row) throw new Error(`no ${trigger} message for ${username}`);
  return row.code;
}

// An authenticator app (RFC 6238). It shows a code of a step after the last one, each time; where that step is too far off,
// the server's clock is put on.
export class App {
  static ahead = 0;
  step = 0;

  constructor(seed) {
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const bits = [...seed.replace(/=+$/, "")].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
    this.key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  }

  async nextCode() {
    const now = Math.floor((Date.now() / 1000 + App.ahead) / 30);
    this.step = Math.max(this.step + 1, now);
    if (this.step > now + 1) {
      await fetch(OUTBOX.replace("/outbox", "/clock"), {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ advance_seconds: 30 }),
      });
      App.ahead += 30;
    }
    return this.codeOf(this.step);
  }

  codeOf(step) {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const tag = crypto.createHmac("sha1", this.key).update(counter).digest();
    return String((tag.readUInt32BE(tag[19] & 15) & 0x7fffffff) % 1e6).padStart(6, "0");
  }
}
