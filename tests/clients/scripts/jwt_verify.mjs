// aws-jwt-verify: our tokens are accepted, other and forged ones are not.
import fs from "node:fs";
import { JwtVerifier } from "aws-jwt-verify";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import * as sdk from "@aws-sdk/client-cognito-identity-provider";

const { TARGET, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, OUT } = process.env;
const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
const idp = new sdk.CognitoIdentityProviderClient({ region: "us-east-1", endpoint: TARGET, credentials });
const call = (operation, input) => idp.send(new sdk[operation + "Command"](input));
const results = [];
const s = {};

async function step(name, run) {
  let state = "ok", note = "";
  try { await run(); } catch (error) { state = "FAIL"; note = String(error?.stack ?? error); }
  results.push({ step: name, state, note });
  console.log(state, name, note);
}

async function refused(reason, promise) {
  try { await promise; } catch (error) {
    if (reason.test(`${error.constructor.name}: ${error.message}`)) return;
    throw error;
  }
  throw new Error("this must be refused");
}

await step("a user signs in", async () => {
  s.pool = (await call("CreateUserPool", { PoolName: "p" })).UserPool.Id;
  const ExplicitAuthFlows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
  s.client = (await call("CreateUserPoolClient", { UserPoolId: s.pool, ClientName: "c", ExplicitAuthFlows })).UserPoolClient.ClientId;
  await call("AdminCreateUser", { UserPoolId: s.pool, Username: "ada", MessageAction: "SUPPRESS" });
  await call("AdminSetUserPassword", { UserPoolId: s.pool, Username: "ada", Password: "Corr3ct!horse-battery", Permanent: true });
  const AuthParameters = { USERNAME: "ada", PASSWORD: "Corr3ct!horse-battery" };
  s.tokens = (await call("InitiateAuth", { ClientId: s.client, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters })).AuthenticationResult;
  const issuer = `${TARGET}/${s.pool}`;
  // Its own fetcher takes https only; over http the cache gets one.
  const fetcher = { fetch: async (uri) => (await fetch(uri)).arrayBuffer() };
  const jwksCache = new SimpleJwksCache({ fetcher });
  const make = (more) => JwtVerifier.create({ issuer, jwksUri: `${issuer}/.well-known/jwks.json`, ...more }, { jwksCache });
  s.id = make({ audience: s.client });
  s.access = make({ audience: null, customJwtCheck: ({ payload }) => {
    if (payload.token_use !== "access" || payload.client_id !== s.client) throw new Error("not an access token of this client");
  } });
});
await step("the ID token is accepted", async () => {
  const claims = await s.id.verify(s.tokens.IdToken);
  if (claims["cognito:username"] !== "ada") throw new Error(JSON.stringify(claims));
});
await step("the access token is accepted", async () => { await s.access.verify(s.tokens.AccessToken); });
await step("an ID token is no access token, a forged one is nothing", async () => {
  await refused(/not an access token of this client/, s.access.verify(s.tokens.IdToken));
  await refused(/^JwtInvalidSignatureError: /, s.id.verify(s.tokens.IdToken.slice(0, -8) + "AAAAAAAA"));
});
fs.writeFileSync(OUT, JSON.stringify(results));
