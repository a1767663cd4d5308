// A sign-up through a client with a secret is confirmed by the link of its mail: in a browser, by a click, and by nothing else.
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import * as sdk from "@aws-sdk/client-cognito-identity-provider";
import { browser } from "./browser.mjs";

const { CognitoIdentityProviderClient: Client } = sdk;
const endpoint = process.env.TARGET, password = "Corr3ct!horse-battery";
const client = new Client({ region: "us-east-1", endpoint });
const call = (name, input) => client.send(new sdk[`${name}Command`](input));
const results = [], s = {};
async function step(name, run) {
  try { await run(); results.push({ step: name, state: "ok" }); }
  catch (error) { results.push({ step: name, state: "FAIL", note: String(error) }); }
  const { state, note = "" } = results.at(-1);
  console.log(state, name, note);
}
function assert(is, what = "") { if (!is) throw new Error(`not so: ${JSON.stringify(what)}`); }
const status = async (name) => (await call("AdminGetUser", { UserPoolId: s.pool, Username: name })).UserStatus;
async function link(name) {
  const sent = await (await fetch(`${process.env.OUTBOX}?username=${name}`)).json();
  return sent.at(-1).body.match(/href="([^"]*)"/)[1].replaceAll("&amp;", "&");
}
async function signUp(name) {
  const SecretHash = createHmac("sha256", s.secret).update(name + s.client).digest("base64");
  const UserAttributes = [{ Name: "email", Value: `${name}@example.com` }];
  await call("SignUp", { ClientId: s.client, SecretHash, Username: name, Password: password, UserAttributes });
}
const chromium = await browser(process.env.CHROMIUM);
async function open(url) {
  const page = await chromium.page("about:blank");
  await page.send("Page.navigate", { url });
  while (!(await page.evaluate("location.protocol.startsWith('http') && document.readyState === 'complete'")));
  return page;
}
const said = (page) => page.evaluate("document.getElementById('said').textContent");
async function click(page) {
  await page.evaluate("document.getElementById('confirm').click()");
  while (!(await said(page)));
  return said(page);
}

await step("a pool mails links, and shows that it does", async () => {
  const VerificationMessageTemplate = { DefaultEmailOption: "CONFIRM_WITH_LINK", EmailMessageByLink: "{##Here##}" };
  const made = await call("CreateUserPool", { PoolName: "p", AutoVerifiedAttributes: ["email"], VerificationMessageTemplate });
  assert(made.UserPool.VerificationMessageTemplate.DefaultEmailOption === "CONFIRM_WITH_LINK", made.UserPool);
  s.pool = made.UserPool.Id;
  const app = await call("CreateUserPoolClient", { UserPoolId: s.pool, ClientName: "app", GenerateSecret: true });
  s.client = app.UserPoolClient.ClientId;
  s.secret = app.UserPoolClient.ClientSecret;
});

await step("whoever fetches the link, or opens it without a click, confirms nothing", async () => {
  await signUp("ada");
  s.link = await link("ada");
  assert(s.link.startsWith(`${endpoint}/${s.pool}/confirmUser#`), s.link);
  for (const method of ["GET", "HEAD"]) assert((await fetch(s.link, { method })).ok, method);
  s.page = await open(s.link);
  assert((await s.page.evaluate("location.href")) === s.link.split("#")[0], "the code leaves the address bar");
  assert((await s.page.evaluate("history.length")) <= 2);
  assert((await status("ada")) === "UNCONFIRMED");
});

await step("a click confirms, and the link counts once", async () => {
  assert((await click(s.page)).includes("is confirmed"), await said(s.page));
  assert((await status("ada")) === "CONFIRMED");
  assert((await click(await open(s.link))).includes("does not count any more"));
});

await step("an incomplete link, and one that was changed, confirm nothing", async () => {
  await signUp("bob");
  const whole = await link("bob");
  const half = await open(whole.split("&confirmation_code")[0]);
  assert(await half.evaluate("document.getElementById('confirm').disabled"));
  const last = whole.endsWith("a") ? "b" : "a";
  assert((await click(await open(whole.slice(0, -1) + last))).includes("does not count any more"));
  assert((await status("bob")) === "UNCONFIRMED");
});

await step("what a link brings runs no script on its page", async () => {
  const page = await open(`${endpoint}/${s.pool}/confirmUser#client_id=<img src=x onerror=alert(1)>&user_name=<b>&confirmation_code=x`);
  assert((await click(page)).includes("does not count any more"));
  assert((await page.evaluate("document.images.length + document.getElementsByTagName('b').length")) === 0);
});

await chromium.close();
writeFileSync(process.env.OUT, JSON.stringify(results));
process.exit(results.some(({ state }) => state === "FAIL") ? 1 : 0);
