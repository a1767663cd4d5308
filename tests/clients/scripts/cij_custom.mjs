// amazon-cognito-identity-js: a sign-in that begins with SRP and goes on with a challenge of the application's own.
import fs from "node:fs";
import * as cij from "amazon-cognito-identity-js";
import * as sdk from "@aws-sdk/client-cognito-identity-provider";

const { TARGET, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, OUT } = process.env;
const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
const idp = new sdk.CognitoIdentityProviderClient({ region: "us-east-1", endpoint: TARGET, credentials });
const call = (operation, input) => idp.send(new sdk[operation + "Command"](input));
const arn = (name) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
const Password = "Corr3ct!horse-battery";
const results = [];
const s = {};

async function step(name, run) {
  let state = "ok", note = "";
  try { await run(); } catch (error) { state = "FAIL"; note = String(error?.stack ?? JSON.stringify(error)); }
  results.push({ step: name, state, note });
  console.log(state, name, note);
}

function signIn(password, answers) {
  const Pool = new cij.CognitoUserPool({ UserPoolId: s.pool, ClientId: s.client, endpoint: TARGET });
  const user = new cij.CognitoUser({ Username: "ada", Pool });
  user.setAuthenticationFlowType("CUSTOM_AUTH");
  const details = new cij.AuthenticationDetails({ Username: "ada", Password: password });
  return new Promise((resolve, reject) => {
    const callbacks = {
      onSuccess: resolve,
      onFailure: reject,
      customChallenge: (parameters) => {
        if (parameters.question !== "What is 6 times 7?") return reject(new Error(JSON.stringify(parameters)));
        user.sendCustomChallengeAnswer(answers.shift(), callbacks);
      },
    };
    user.authenticateUser(details, callbacks);
  });
}

await step("a pool with functions for custom challenges", async () => {
  const LambdaConfig = {
    DefineAuthChallenge: arn("defineAuthChallenge"),
    CreateAuthChallenge: arn("createAuthChallenge"),
    VerifyAuthChallengeResponse: arn("verifyAuthChallengeResponse"),
  };
  s.pool = (await call("CreateUserPool", { PoolName: "p", LambdaConfig })).UserPool.Id;
  const ExplicitAuthFlows = ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
  s.client = (await call("CreateUserPoolClient", { UserPoolId: s.pool, ClientName: "c", ExplicitAuthFlows })).UserPoolClient.ClientId;
  await call("AdminCreateUser", { UserPoolId: s.pool, Username: "ada", MessageAction: "SUPPRESS" });
  await call("AdminSetUserPassword", { UserPoolId: s.pool, Username: "ada", Password, Permanent: true });
});
await step("the password by SRP, then the challenge: wrongly, then rightly", async () => {
  const session = await signIn(Password, ["41", "42"]);
  if (session.getIdToken().payload["cognito:username"] !== "ada") throw new Error("not ada");
});
await step("a wrong password is asked nothing", async () => {
  const refused = await signIn("a guess", ["42"]).then(() => null, (error) => error);
  if (refused?.code !== "NotAuthorizedException") throw new Error(JSON.stringify(refused));
});
fs.writeFileSync(OUT, JSON.stringify(results));
