// openid-client and oauth4webapi: code with PKCE through the sign-in page, refresh, userInfo, introspection, a client's own
// tokens, revocation, signing out.
import * as sdk from "@aws-sdk/client-cognito-identity-provider";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";
import { PASSWORD, REGION, TARGET, done, equal, operator, step } from "./harness.mjs";

const idp = new sdk.CognitoIdentityProviderClient(operator);
const call = (operation, input) => idp.send(new sdk[operation + "Command"](input));
const CALLBACK = "http://localhost:3000/cb", OUT_URL = "http://localhost:3000/out";
const s = {};

// A browser without scripts: cookies, forms, and redirects up to the application.
class Browser {
  cookies = new Map();

  async open(url, form) {
    for (;;) {
      const headers = { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
      if (form) headers["content-type"] = "application/x-www-form-urlencoded";
      const body = form && new URLSearchParams(form).toString();
      const response = await fetch(url, { method: form ? "POST" : "GET", headers, body, redirect: "manual" });
      for (const cookie of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
        if (value) this.cookies.set(name, value); else this.cookies.delete(name);
      }
      const location = response.headers.get("location");
      if (!location) return { url, status: response.status, page: await response.text() };
      url = new URL(location, url);
      form = undefined;
      if (url.host === "localhost:3000") return { url };
    }
  }

  static field(page, name) {
    return new RegExp(`name="${name}" value="([^"]*)"`).exec(page)[1].replaceAll("&amp;", "&");
  }

  async signIn(url) {
    const shown = await this.open(url);
    if (!shown.page) return shown.url;
    const form = { csrf: Browser.field(shown.page, "csrf"), username: "ada", password: PASSWORD };
    const left = await this.open(shown.url, form);
    if (left.page) throw new Error(left.page);
    return left.url;
  }
}

await step("a pool with a client that signs users in at the endpoints, and one that has tokens of its own", async () => {
  s.pool = (await call("CreateUserPool", { PoolName: "people" })).UserPool.Id;
  await call("AdminCreateUser", {
    UserPoolId: s.pool, Username: "ada", MessageAction: "SUPPRESS",
    UserAttributes: [{ Name: "email", Value: "ada@example.com" }, { Name: "email_verified", Value: "true" }],
  });
  await call("AdminSetUserPassword", { UserPoolId: s.pool, Username: "ada", Password: PASSWORD, Permanent: true });
  const make = async (more) => (await call("CreateUserPoolClient", {
    UserPoolId: s.pool, ClientName: "app", AllowedOAuthFlowsUserPoolClient: true, ...more,
  })).UserPoolClient;
  const users = { AllowedOAuthFlows: ["code"], AllowedOAuthScopes: ["openid", "email"], CallbackURLs: [CALLBACK], LogoutURLs: [OUT_URL] };
  s.client = (await make({ ...users, GenerateSecret: true }));
  s.other = (await make(users)).ClientId;
  await call("CreateResourceServer", {
    UserPoolId: s.pool, Identifier: "orders", Name: "Orders", Scopes: [{ ScopeName: "read", ScopeDescription: "Reads" }],
  });
  s.machine = await make({ GenerateSecret: true, AllowedOAuthFlows: ["client_credentials"], AllowedOAuthScopes: ["orders/read"] });
});

const discover = (id, secret) => openid.discovery(
  new URL(`${TARGET}/${s.pool}`), id, undefined, secret && openid.ClientSecretBasic(secret), { execute: [openid.allowInsecureRequests] },
);

await step("openid-client: discovery, code with PKCE, nonce and state", async () => {
  s.config = await discover(s.client.ClientId, s.client.ClientSecret);
  s.browser = new Browser();
  const verifier = openid.randomPKCECodeVerifier(), state = openid.randomState(), nonce = openid.randomNonce();
  const url = openid.buildAuthorizationUrl(s.config, {
    redirect_uri: CALLBACK, scope: "openid email", state, nonce, max_age: 600,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  });
  const back = await s.browser.signIn(url);
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, maxAge: 600, idTokenExpected: true };
  s.tokens = await openid.authorizationCodeGrant(s.config, back, checks);
  const claims = s.tokens.claims();
  equal([claims.aud, claims.email, claims.email_verified], [s.client.ClientId, "ada@example.com", true]);
  const again = await openid.authorizationCodeGrant(s.config, back, checks).then(() => null, (error) => error);
  equal(again.error, "invalid_grant");
});

await step("openid-client: a code that is used twice has ended its session; signed in still, without a question", async () => {
  const dead = await openid.refreshTokenGrant(s.config, s.tokens.refresh_token).then(() => null, (error) => error);
  equal(dead.error, "invalid_grant");
  const verifier = openid.randomPKCECodeVerifier();
  const url = openid.buildAuthorizationUrl(s.config, {
    redirect_uri: CALLBACK, scope: "openid email", prompt: "none",
    code_challenge: await openid.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  });
  const back = (await s.browser.open(url)).url;
  s.tokens = await openid.authorizationCodeGrant(s.config, back, { pkceCodeVerifier: verifier });
});

await step("openid-client: userInfo, refresh, introspection, revocation", async () => {
  const info = await openid.fetchUserInfo(s.config, s.tokens.access_token, s.tokens.claims().sub);
  equal([info.email, info.email_verified], ["ada@example.com", "true"]);
  const fresh = await openid.refreshTokenGrant(s.config, s.tokens.refresh_token);
  equal(fresh.claims().sub, s.tokens.claims().sub);
  const told = await openid.tokenIntrospection(s.config, fresh.access_token);
  equal([told.active, told.username, told.scope], [true, "ada", "openid email"]);
  await openid.tokenRevocation(s.config, s.tokens.refresh_token);
  equal((await openid.tokenIntrospection(s.config, fresh.access_token)).active, false);
});

await step("openid-client: signing out by RP-initiated logout; the next sign-in asks", async () => {
  const out = openid.buildEndSessionUrl(s.config, { post_logout_redirect_uri: OUT_URL, id_token_hint: s.tokens.id_token, state: "x" });
  equal((await s.browser.open(out)).url.href, `${OUT_URL}?state=x`);
  const url = openid.buildAuthorizationUrl(s.config, {
    redirect_uri: CALLBACK, scope: "openid", prompt: "none", code_challenge: "a".repeat(43), code_challenge_method: "S256",
  });
  equal((await s.browser.open(url)).url.searchParams.get("error"), "login_required");
});

await step("openid-client: a client's own tokens", async () => {
  const config = await discover(s.machine.ClientId, s.machine.ClientSecret);
  const tokens = await openid.clientCredentialsGrant(config, { scope: "orders/read" });
  equal([tokens.scope, tokens.token_type, tokens.refresh_token], ["orders/read", "bearer", undefined]);
});

await step("oauth4webapi: discovery by RFC 8414, code with PKCE of a public client, iss of the answer, userInfo", async () => {
  const insecure = { [oauth.allowInsecureRequests]: true };
  const issuer = new URL(`${TARGET}/${s.pool}`);
  const found = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: "oauth2" });
  const server = await oauth.processDiscoveryResponse(issuer, found);
  const client = { client_id: s.other }, verifier = oauth.generateRandomCodeVerifier(), nonce = oauth.generateRandomNonce();
  const url = new URL(server.authorization_endpoint);
  const asked = {
    client_id: s.other, redirect_uri: CALLBACK, response_type: "code", scope: "openid email", nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  const back = await new Browser().signIn(url);
  const parameters = oauth.validateAuthResponse(server, client, back);
  const answer = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), parameters, CALLBACK, verifier, insecure);
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, { expectedNonce: nonce, requireIdToken: true });
  const info = await oauth.userInfoRequest(server, client, tokens.access_token, insecure);
  const sub = oauth.getValidatedIdTokenClaims(tokens).sub;
  equal((await oauth.processUserInfoResponse(server, client, sub, info)).email, "ada@example.com");
});

done();
