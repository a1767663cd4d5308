// aws-jwt-verify's CognitoJwtVerifier, which knows Amazon's issuer form alone: the server writes that form, the keys are
// injected.
import fs from "node:fs";
import { CognitoJwtVerifier } from "aws-jwt-verify";
import * as sdk from "@aws-sdk/client-cognito-identity-provider";

const { TARGET, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, OUT } = process.env;
const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
const idp = new sdk.CognitoIdentityProviderClient({ region: "us-east-1", endpoint: TARGET, credentials });
const call = (operation, input) => idp.send(new sdk[operation + "Command"](input));
const results = [];

async function step(name, run) {
  let state = "ok", note = "";
  try { await run(); } catch (error) { state = "FAIL"; note = String(error?.stack ?? error); }
  results.push({ step: name, state, note });
  console.log(state, name, note);
}

let tokens, pool, client, keys;
await step("a user signs in", async () => {
  pool = (await call("CreateUserPool", { PoolName: "p" })).UserPool.Id;
  const ExplicitAuthFlows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
  client = (await call("CreateUserPoolClient", { UserPoolId: pool, ClientName: "c", ExplicitAuthFlows })).UserPoolClient.ClientId;
  await call("AdminCreateUser", { UserPoolId: pool, Username: "ada", MessageAction: "SUPPRESS" });
  await call("AdminSetUserPassword", { UserPoolId: pool, Username: "ada", Password: "Corr3ct!horse-battery", Permanent: true });
  const AuthParameters = { USERNAME: "ada", PASSWORD: "Corr3ct!horse-battery" };
  tokens = (await call("InitiateAuth", { ClientId: client, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters })).AuthenticationResult;
  keys = await (await fetch(`${TARGET}/${pool}/.well-known/jwks.json`)).json();
});
for (const [tokenUse, name] of [["id", "IdToken"], ["access", "AccessToken"]]) {
  await step(`the ${tokenUse} token is accepted, the other refused`, async () => {
    const verifier = CognitoJwtVerifier.create({ userPoolId: pool, tokenUse, clientId: client });
    verifier.cacheJwks(keys);
    await verifier.verify(tokens[name]);
    const other = tokens[name === "IdToken" ? "AccessToken" : "IdToken"];
    let accepted = true;
    try { await verifier.verify(other); } catch { accepted = false; }
    if (accepted) throw new Error("the other token must be refused");
  });
}
fs.writeFileSync(OUT, JSON.stringify(results));
