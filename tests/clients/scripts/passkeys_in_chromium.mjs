// Passkeys in a browser: registered, used as the first factor and for two factors, removed. The operations are called by the
// AWS SDK for JavaScript; what a page calls is called by a page.
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
import * as sdk from "@aws-sdk/client-cognito-identity-provider";
import { authenticator, browser } from "./browser.mjs";

const { CognitoIdentityProviderClient: Client } = sdk;
const region = "us-east-1", endpoint = process.env.TARGET, password = "Corr3ct!horse-battery";
const client = new Client({ region, endpoint });
const call = (name, input) => client.send(new sdk[`${name}Command`](input));
const results = [], s = {};
async function step(name, run) {
  try { await run(); results.push({ step: name, state: "ok" }); }
  catch (error) { results.push({ step: name, state: "FAIL", note: String(error) }); }
  const { state, note = "" } = results.at(-1);
  console.log(state, name, note);
}
function assert(is, what = "") { if (!is) throw new Error(`not so: ${JSON.stringify(what)}`); }
async function refused(name, run) {
  const error = await run().then(() => null, (error) => error);
  assert(error?.name === name, `${error}`);
}

// A page of the relying party.
const pages = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<!doctype html><title>a shop</title>"));
await new Promise((yes) => pages.listen(Number(process.env.PAGE_PORT), "127.0.0.1", yes));
const chromium = await browser(process.env.CHROMIUM);
const page = await chromium.page(`http://localhost:${process.env.PAGE_PORT}/`);

const create = (options) => page.evaluate(`navigator.credentials.create({ publicKey:
  PublicKeyCredential.parseCreationOptionsFromJSON(${JSON.stringify(options)}) }).then((made) => made.toJSON())`);
const get = (options) => page.evaluate(`navigator.credentials.get({ publicKey:
  PublicKeyCredential.parseRequestOptionsFromJSON(${options}) }).then((used) => JSON.stringify(used.toJSON()))`);
const begin = (more) => call("InitiateAuth", { ClientId: s.client, AuthFlow: "USER_AUTH",
  AuthParameters: { USERNAME: "ada", ...more } });
const answer = (name, session, responses) => call("RespondToAuthChallenge", { ClientId: s.client, ChallengeName: name,
  Session: session, ChallengeResponses: { USERNAME: "ada", ...responses } });
const withPasskey = async (asked) => answer("WEB_AUTHN", asked.Session,
  { CREDENTIAL: await get(asked.ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS) });
const configure = (factor, mode) => call("SetUserPoolMfaConfig", { UserPoolId: s.pool, MfaConfiguration: mode,
  ...(mode === "OFF" ? {} : { EmailMfaConfiguration: {} }),
  WebAuthnConfiguration: { RelyingPartyId: "localhost", UserVerification: "preferred", FactorConfiguration: factor } });

await step("a pool whose passkeys are of localhost, and a user", async () => {
  s.pool = (await call("CreateUserPool", { PoolName: "shop", AutoVerifiedAttributes: ["email"],
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "WEB_AUTHN"] } } })).UserPool.Id;
  const set = await configure("SINGLE_FACTOR", "OFF");
  assert(set.WebAuthnConfiguration.RelyingPartyId === "localhost", set);
  s.client = (await call("CreateUserPoolClient", { UserPoolId: s.pool, ClientName: "app",
    ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] })).UserPoolClient.ClientId;
  await call("AdminCreateUser", { UserPoolId: s.pool, Username: "ada", MessageAction: "SUPPRESS",
    UserAttributes: [{ Name: "email", Value: "ada@example.com" }, { Name: "email_verified", Value: "true" }] });
  await call("AdminSetUserPassword", { UserPoolId: s.pool, Username: "ada", Password: password, Permanent: true });
  const signedIn = await call("InitiateAuth", { ClientId: s.client, AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: "ada", PASSWORD: password } });
  s.token = signedIn.AuthenticationResult.AccessToken;
});
await step("a registration of nobody's making is refused", async () => {
  await call("StartWebAuthnRegistration", { AccessToken: s.token });
  const Credential = { id: "AAAA", rawId: "AAAA", type: "public-key", clientExtensionResults: {},
    response: { clientDataJSON: "e30", attestationObject: "oA" } };
  const error = await call("CompleteWebAuthnRegistration", { AccessToken: s.token, Credential }).then(() => null, (e) => e);
  assert(error?.name?.startsWith("WebAuthn") || error?.name === "InvalidParameterException", `${error}`);
});
await step("a passkey is registered by the browser, once for each authenticator", async () => {
  s.authenticator = await authenticator(page);
  const options = (await call("StartWebAuthnRegistration", { AccessToken: s.token })).CredentialCreationOptions;
  assert(options.rp.id === "localhost" && options.user.name === "ada", options);
  const Credential = await create(options);
  await call("CompleteWebAuthnRegistration", { AccessToken: s.token, Credential });
  await refused("InvalidParameterException",
    () => call("CompleteWebAuthnRegistration", { AccessToken: s.token, Credential }));
  const { Credentials } = await call("ListWebAuthnCredentials", { AccessToken: s.token });
  assert(Credentials.length === 1 && Credentials[0].AuthenticatorAttachment === "platform", Credentials);
  s.id = Credentials[0].CredentialId;
  const again = (await call("StartWebAuthnRegistration", { AccessToken: s.token })).CredentialCreationOptions;
  const why = await create(again).then(() => "made", (error) => String(error));
  assert(why.includes("InvalidStateError"), why);
});
await step("its owner signs in with it, asked for at once and chosen from the list", async () => {
  const asked = await begin({ PREFERRED_CHALLENGE: "WEB_AUTHN" });
  assert(asked.ChallengeName === "WEB_AUTHN", asked);
  const signedIn = await withPasskey(asked);
  await call("GetUser", { AccessToken: signedIn.AuthenticationResult.AccessToken });
  const list = await begin({});
  assert(list.ChallengeName === "SELECT_CHALLENGE" && list.AvailableChallenges.includes("WEB_AUTHN"), list);
  const chosen = await answer("SELECT_CHALLENGE", list.Session, { ANSWER: "WEB_AUTHN" });
  assert((await withPasskey(chosen)).AuthenticationResult.RefreshToken);
});
await step("an answer is taken once, and only to its own question", async () => {
  const [one, two] = [await begin({ PREFERRED_CHALLENGE: "WEB_AUTHN" }), await begin({ PREFERRED_CHALLENGE: "WEB_AUTHN" })];
  const CREDENTIAL = await get(one.ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS);
  await refused("NotAuthorizedException", () => answer("WEB_AUTHN", two.Session, { CREDENTIAL }));
  await answer("WEB_AUTHN", one.Session, { CREDENTIAL });
  await refused("NotAuthorizedException", () => answer("WEB_AUTHN", one.Session, { CREDENTIAL }));
});
await step("where a second factor is demanded, a passkey stands for two if pool and user want it", async () => {
  await configure("MULTI_FACTOR_WITH_USER_VERIFICATION", "OPTIONAL");
  const prefer = (more) => call("AdminSetUserMFAPreference", { UserPoolId: s.pool, Username: "ada", ...more });
  await refused("InvalidParameterException", () => prefer({ WebAuthnMfaSettings: { Enabled: true } }));
  await prefer({ EmailMfaSettings: { Enabled: true, PreferredMfa: true } });
  assert(!(await begin({})).AvailableChallenges?.includes("WEB_AUTHN"));
  await prefer({ WebAuthnMfaSettings: { Enabled: true } });
  const asked = await begin({ PREFERRED_CHALLENGE: "WEB_AUTHN" });
  assert(JSON.parse(asked.ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS).userVerification === "required", asked);
  s.token = (await withPasskey(asked)).AuthenticationResult.AccessToken;
  const { ConfiguredUserAuthFactors } = await call("GetUserAuthFactors", { AccessToken: s.token });
  assert(ConfiguredUserAuthFactors.includes("WEB_AUTHN"), ConfiguredUserAuthFactors);
});
await step("an authenticator that does not verify its user does not stand for two", async () => {
  await page.send("WebAuthn.setUserVerified", { authenticatorId: s.authenticator, isUserVerified: false });
  const asked = await begin({ PREFERRED_CHALLENGE: "WEB_AUTHN" });
  const why = await get(asked.ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS).then(() => "signed", (error) => String(error));
  assert(why.includes("NotAllowedError"), why);
  await page.send("WebAuthn.setUserVerified", { authenticatorId: s.authenticator, isUserVerified: true });
});
await step("a passkey that was removed signs nobody in", async () => {
  const asked = await begin({ PREFERRED_CHALLENGE: "WEB_AUTHN" });
  await call("DeleteWebAuthnCredential", { AccessToken: s.token, CredentialId: s.id });
  await refused("NotAuthorizedException", () => withPasskey(asked));
  const { Credentials } = await call("ListWebAuthnCredentials", { AccessToken: s.token });
  assert(Credentials.length === 0);
});

await chromium.close();
pages.close();
writeFileSync(process.env.OUT, JSON.stringify(results));
process.exit(results.some(({ state }) => state === "FAIL") ? 1 : 0);
