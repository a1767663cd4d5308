// Amplify v6: accounts, sign-ins by SRP, app and code, devices, sessions with credentials.
import * as identities from "@aws-sdk/client-cognito-identity";
import * as sdk from "@aws-sdk/client-cognito-identity-provider";
import { Amplify } from "aws-amplify";
import * as auth from "aws-amplify/auth";
import { cognitoUserPoolsTokenProvider } from "aws-amplify/auth/cognito";
import { App, PASSWORD, REGION, TARGET, codeFor, done, equal, operator, refused, step } from "./harness.mjs";

const idp = new sdk.CognitoIdentityProviderClient(operator);
const call = (operation, input) => idp.send(new sdk[operation + "Command"](input));
const identity = new identities.CognitoIdentityClient(operator);
// Amplify names a device by its browser, and Node is none before its version 21: without one it confirms no device.
globalThis.navigator ??= { userAgent: "Node", platform: "Node" };
const NEXT = "An0ther!horse-battery", THIRD = "A-th1rd!horse-battery";
const s = {};

class Kept {
  map = new Map();
  async setItem(key, value) { this.map.set(key, value); }
  async getItem(key) { return this.map.get(key) ?? null; }
  async removeItem(key) { this.map.delete(key); }
  async clear() { this.map.clear(); }
}

const signedIn = { isSignedIn: true, nextStep: { signInStep: "DONE" } };
const token = async () => (await auth.fetchAuthSession()).tokens.accessToken;

async function user(username) {
  const UserAttributes = [{ Name: "email", Value: `${username}@example.com` }, { Name: "email_verified", Value: "true" }];
  await call("AdminCreateUser", { UserPoolId: s.pool, Username: username, UserAttributes, MessageAction: "SUPPRESS" });
  await call("AdminSetUserPassword", { UserPoolId: s.pool, Username: username, Password: PASSWORD, Permanent: true });
}

await step("a pool with second factors, codes and devices; an identity pool that takes its tokens", async () => {
  const pool = await call("CreateUserPool", {
    PoolName: "people", AutoVerifiedAttributes: ["email"],
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
    DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true },
  });
  s.pool = pool.UserPool.Id;
  await call("SetUserPoolMfaConfig", {
    UserPoolId: s.pool, MfaConfiguration: "OPTIONAL", SoftwareTokenMfaConfiguration: { Enabled: true },
  });
  const ExplicitAuthFlows = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
  const client = await call("CreateUserPoolClient", { UserPoolId: s.pool, ClientName: "web", ExplicitAuthFlows });
  s.client = client.UserPoolClient.ClientId;
  const ProviderName = `cognito-idp.${REGION}.amazonaws.com/${s.pool}`;
  const made = await identity.send(new identities.CreateIdentityPoolCommand({
    IdentityPoolName: "callers", AllowUnauthenticatedIdentities: false,
    CognitoIdentityProviders: [{ ProviderName, ClientId: s.client }],
  }));
  const Roles = { authenticated: "arn:aws:iam::123456789012:role/members" };
  await identity.send(new identities.SetIdentityPoolRolesCommand({ IdentityPoolId: made.IdentityPoolId, Roles }));
  Amplify.configure({ Auth: { Cognito: {
    userPoolId: s.pool, userPoolClientId: s.client, userPoolEndpoint: TARGET,
    identityPoolId: made.IdentityPoolId, identityPoolEndpoint: TARGET,
  } } });
  cognitoUserPoolsTokenProvider.setKeyValueStorage(new Kept());
});
await step("signUp, confirmSignUp, autoSignIn by SRP", async () => {
  const options = { userAttributes: { email: "ada@example.com" }, autoSignIn: true };
  const made = await auth.signUp({ username: "ada", password: PASSWORD, options });
  equal(made.nextStep.signUpStep, "CONFIRM_SIGN_UP");
  equal(made.nextStep.codeDeliveryDetails, { destination: "a***@e***", deliveryMedium: "EMAIL", attributeName: "email" });
  const confirmed = await auth.confirmSignUp({ username: "ada", confirmationCode: await codeFor("ada", "SignUp") });
  equal(confirmed.nextStep.signUpStep, "COMPLETE_AUTO_SIGN_IN");
  equal(await auth.autoSignIn(), signedIn);
  equal((await auth.getCurrentUser()).username, "ada");
  equal((await auth.fetchUserAttributes()).email_verified, "true");
});
await step("fetchAuthSession: tokens, an identity and its credentials; refreshed on demand", async () => {
  const session = await auth.fetchAuthSession();
  equal(session.tokens.idToken.payload["cognito:username"], "ada");
  equal(session.userSub, session.tokens.accessToken.payload.sub);
  equal(typeof session.credentials.sessionToken, "string");
  equal(session.identityId.startsWith(`${REGION}:`), true);
  const again = await auth.fetchAuthSession({ forceRefresh: true });
  equal(again.identityId, session.identityId);
  equal(again.tokens.accessToken.toString() === session.tokens.accessToken.toString(), false);
});
await step("updateUserAttribute, confirmUserAttribute", async () => {
  const changed = await auth.updateUserAttribute({ userAttribute: { attributeKey: "email", value: "countess@example.com" } });
  equal(changed.nextStep.updateAttributeStep, "CONFIRM_ATTRIBUTE_WITH_CODE");
  const confirmationCode = await codeFor("ada", "UpdateUserAttribute");
  await auth.confirmUserAttribute({ userAttributeKey: "email", confirmationCode });
  const { email, email_verified: verified } = await auth.fetchUserAttributes();
  equal([email, verified], ["countess@example.com", "true"]);
});
await step("setUpTOTP, verifyTOTPSetup, updateMFAPreference, fetchMFAPreference", async () => {
  equal((await auth.fetchMFAPreference()).enabled, undefined);
  const details = await auth.setUpTOTP();
  s.app = new App(details.sharedSecret);
  await auth.verifyTOTPSetup({ code: await s.app.nextCode() });
  await auth.updateMFAPreference({ totp: "PREFERRED" });
  equal(await auth.fetchMFAPreference(), { enabled: ["TOTP"], preferred: "TOTP" });
});
await step("signOut; signIn by SRP is asked for the app, a code is taken once", async () => {
  await auth.forgetDevice();
  await auth.signOut();
  await refused("UserUnAuthenticatedException", () => auth.getCurrentUser());
  await refused("NotAuthorizedException", () => auth.signIn({ username: "ada", password: "A-guess!horse-battery" }));
  const asked = await auth.signIn({ username: "ada", password: PASSWORD });
  equal(asked.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
  await refused("ExpiredCodeException", () => auth.confirmSignIn({ challengeResponse: s.app.codeOf(s.app.step) }));
  equal(await auth.confirmSignIn({ challengeResponse: await s.app.nextCode() }), signedIn);
});
await step("rememberDevice, fetchDevices; the device stands for the app at the next signIn; forgetDevice", async () => {
  await auth.rememberDevice();
  const devices = await auth.fetchDevices();
  equal(devices.length, 1);
  await auth.signOut();
  equal(await auth.signIn({ username: "ada", password: PASSWORD }), signedIn);
  equal((await token()).payload.device_key, devices[0].id);
  await auth.fetchAuthSession({ forceRefresh: true });
  await auth.forgetDevice();
  equal(await auth.fetchDevices(), []);
  await auth.signOut();
  const asked = await auth.signIn({ username: "ada", password: PASSWORD });
  equal(asked.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
  equal(await auth.confirmSignIn({ challengeResponse: await s.app.nextCode() }), signedIn);
  await auth.updateMFAPreference({ totp: "DISABLED" });
  equal((await auth.fetchMFAPreference()).enabled, undefined);
  await auth.forgetDevice();
});
await step("updatePassword; resetPassword, confirmResetPassword", async () => {
  await refused("NotAuthorizedException", () => auth.updatePassword({ oldPassword: "A-guess!horse-battery", newPassword: NEXT }));
  await auth.updatePassword({ oldPassword: PASSWORD, newPassword: NEXT });
  await auth.signOut();
  const begun = await auth.resetPassword({ username: "ada" });
  equal(begun.nextStep.resetPasswordStep, "CONFIRM_RESET_PASSWORD_WITH_CODE");
  const confirmationCode = await codeFor("ada", "ForgotPassword");
  await auth.confirmResetPassword({ username: "ada", newPassword: THIRD, confirmationCode });
  await refused("NotAuthorizedException", () => auth.signIn({ username: "ada", password: NEXT }));
  equal(await auth.signIn({ username: "ada", password: THIRD }), signedIn);
  await auth.signOut();
});
await step("signIn by USER_AUTH: a code by mail that is preferred, one that is chosen, and the password by SRP", async () => {
  await user("eve");
  const authFlowType = "USER_AUTH";
  const begun = await auth.signIn({ username: "eve", options: { authFlowType, preferredChallenge: "EMAIL_OTP" } });
  equal(begun.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
  equal(begun.nextStep.codeDeliveryDetails, { deliveryMedium: "EMAIL", destination: "e***@e***" });
  const code = await codeFor("eve", "Authentication");
  await refused("CodeMismatchException", () => auth.confirmSignIn({ challengeResponse: "00000000" }));
  equal(await auth.confirmSignIn({ challengeResponse: code }), signedIn);
  await auth.signOut();
  const offered = await auth.signIn({ username: "eve", options: { authFlowType } });
  equal(offered.nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION");
  equal(offered.nextStep.availableChallenges.toSorted(), ["EMAIL_OTP", "PASSWORD", "PASSWORD_SRP"]);
  const chosen = await auth.confirmSignIn({ challengeResponse: "EMAIL_OTP" });
  equal(chosen.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
  equal(await auth.confirmSignIn({ challengeResponse: await codeFor("eve", "Authentication") }), signedIn);
  await auth.signOut();
  for (const kind of ["PASSWORD_SRP", "PASSWORD"]) {
    await auth.signIn({ username: "eve", options: { authFlowType } });
    equal((await auth.confirmSignIn({ challengeResponse: kind })).nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_PASSWORD");
    equal(await auth.confirmSignIn({ challengeResponse: PASSWORD }), signedIn);
    await auth.signOut();
    const options = { authFlowType, preferredChallenge: kind };
    equal(await auth.signIn({ username: "eve", password: PASSWORD, options }), signedIn);
    await auth.signOut();
  }
});
await step("signUp without a password, confirmSignUp, autoSignIn: no second code", async () => {
  const options = { userAttributes: { email: "kim@example.com" }, autoSignIn: { authFlowType: "USER_AUTH" } };
  await auth.signUp({ username: "kim", options });
  const confirmed = await auth.confirmSignUp({ username: "kim", confirmationCode: await codeFor("kim", "SignUp") });
  equal(confirmed.nextStep.signUpStep, "COMPLETE_AUTO_SIGN_IN");
  equal(await auth.autoSignIn(), signedIn);
  equal((await auth.getCurrentUser()).username, "kim");
});
await step("signOut everywhere ends the tokens; deleteUser", async () => {
  const AccessToken = (await token()).toString();
  await auth.signOut({ global: true });
  await refused("NotAuthorizedException", () => call("GetUser", { AccessToken }));
  equal(await auth.signIn({ username: "eve", password: PASSWORD }), signedIn);
  await auth.deleteUser();
  await refused("UserNotFoundException", () => call("AdminGetUser", { UserPoolId: s.pool, Username: "eve" }));
});
await step("a pool that asks everybody: an app is set up in the sign-in", async () => {
  const SignInPolicy = { AllowedFirstAuthFactors: ["PASSWORD"] };
  await call("UpdateUserPool", { UserPoolId: s.pool, MfaConfiguration: "OPTIONAL", Policies: { SignInPolicy } });
  await call("SetUserPoolMfaConfig", {
    UserPoolId: s.pool, MfaConfiguration: "ON", SoftwareTokenMfaConfiguration: { Enabled: true },
  });
  await user("nia");
  const asked = await auth.signIn({ username: "nia", password: PASSWORD });
  equal(asked.nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_TOTP_SETUP");
  const app = new App(asked.nextStep.totpSetupDetails.sharedSecret);
  equal(await auth.confirmSignIn({ challengeResponse: await app.nextCode() }), signedIn);
});
done();
