// A notification of a risky sign-in is answered by its links: in a browser, by a click, and by nothing else.
import { writeFileSync } from "node:fs";
import * as sdk from "@aws-sdk/client-cognito-identity-provider";
import { browser } from "./browser.mjs";

const { CognitoIdentityProviderClient: Client } = sdk;
const endpoint = process.env.TARGET, password = "Corr3ct!horse-battery";
const from = (customUserAgent) => new Client({ region: "us-east-1", endpoint, customUserAgent });
const call = (name, input, client = from("administrator")) => client.send(new sdk[`${name}Command`](input));
const results = [], s = {};
async function step(name, run) {
  try { await run(); results.push({ step: name, state: "ok" }); }
  catch (error) { results.push({ step: name, state: "FAIL", note: String(error) }); }
  const { state, note = "" } = results.at(-1);
  console.log(state, name, note);
}
function assert(is, what = "") { if (!is) throw new Error(`not so: ${JSON.stringify(what)}`); }
const event = async () => (await call("AdminListUserAuthEvents", { UserPoolId: s.pool, Username: "ada" })).AuthEvents[0];
async function risky(agent) {
  const AuthParameters = { USERNAME: "ada", PASSWORD: password };
  await call("InitiateAuth", { ClientId: s.client, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters }, from(agent));
  const sent = await (await fetch(`${process.env.OUTBOX}?username=ada`)).json();
  const [valid, invalid] = [...sent.at(-1).body.matchAll(/href="([^"]*)"/g)].map(([, link]) => link.replaceAll("&amp;", "&"));
  return { valid, invalid };
}
const chromium = await browser(process.env.CHROMIUM);
async function open(url) {
  const page = await chromium.page("about:blank");
  await page.send("Page.navigate", { url });
  while (!(await page.evaluate("location.protocol.startsWith('http') && document.readyState === 'complete'")));
  return page;
}
const said = (page) => page.evaluate("document.getElementById('said').textContent");
const shown = (page) => page.evaluate("document.getElementById('confirm').innerText");
async function click(page) {
  await page.evaluate("document.getElementById('confirm').click()");
  while (!(await said(page)));
  return said(page);
}

await step("a pool tells of risky sign-ins with links", async () => {
  const made = await call("CreateUserPool", { PoolName: "p", UserPoolAddOns: { AdvancedSecurityMode: "ENFORCED" } });
  s.pool = made.UserPool.Id;
  const app = await call("CreateUserPoolClient", { UserPoolId: s.pool, ClientName: "app", ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"] });
  s.client = app.UserPoolClient.ClientId;
  const HtmlBody = '<a href="{one-click-link-valid}">me</a> <a href="{one-click-link-invalid}">not me</a>';
  const SourceArn = "arn:aws:ses:us-east-1:123456789012:identity/a@example.com";
  const NotifyConfiguration = { SourceArn, NoActionEmail: { Subject: "a new device", HtmlBody } };
  const Actions = { LowAction: { Notify: true, EventAction: "NO_ACTION" } };
  await call("SetRiskConfiguration", { UserPoolId: s.pool, AccountTakeoverRiskConfiguration: { Actions, NotifyConfiguration } });
  const UserAttributes = [{ Name: "email", Value: "ada@example.com" }, { Name: "email_verified", Value: "true" }];
  await call("AdminCreateUser", { UserPoolId: s.pool, Username: "ada", MessageAction: "SUPPRESS", UserAttributes });
  await call("AdminSetUserPassword", { UserPoolId: s.pool, Username: "ada", Password: password, Permanent: true });
  const AuthParameters = { USERNAME: "ada", PASSWORD: password };
  await call("InitiateAuth", { ClientId: s.client, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters }, from("at-home"));
});

await step("whoever fetches a link, or opens it without a click, says nothing", async () => {
  s.links = await risky("elsewhere");
  for (const link of Object.values(s.links)) {
    assert(link.startsWith(`${endpoint}/${s.pool}/feedback#`), link);
    for (const method of ["GET", "HEAD"]) assert((await fetch(link, { method })).ok, method);
  }
  s.page = await open(s.links.invalid);
  assert((await s.page.evaluate("location.href")) === s.links.invalid.split("#")[0], "the token leaves the address bar");
  assert((await shown(s.page)) === "It was not me", await shown(s.page));
  assert(!(await event()).EventFeedback);
});

await step("a click says that it was not the user, and the links count once", async () => {
  assert((await click(s.page)).includes("that is noted"), await said(s.page));
  assert((await event()).EventFeedback.FeedbackValue === "Invalid");
  const other = await open(s.links.valid);
  assert((await shown(other)) === "It was me", await shown(other));
  assert((await click(other)).includes("does not count any more"));
  assert((await event()).EventFeedback.FeedbackValue === "Invalid");
});

await step("an incomplete link, and one that was changed, say nothing, and run no script", async () => {
  const { valid } = await risky("a-third-place");
  for (const half of [valid.split("&value")[0], valid.replace("value=Valid", "value=<img src=x onerror=alert(1)>")]) {
    const page = await open(half);
    assert(await page.evaluate("document.getElementById('confirm').disabled"), half);
    assert((await page.evaluate("document.images.length")) === 0);
  }
  assert((await click(await open(valid.replace("user_name=ada", "user_name=%3Cb%3E")))).includes("does not count any more"));
  assert(!(await event()).EventFeedback);
});

await chromium.close();
writeFileSync(process.env.OUT, JSON.stringify(results));
process.exit(results.some(({ state }) => state === "FAIL") ? 1 : 0);
