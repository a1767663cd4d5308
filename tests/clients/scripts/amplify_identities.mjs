// Amplify v6: fetchAuthSession of an identity pool, from a guest to a user, and roles by rules and by the token.
import * as identities from "@aws-sdk/client-cognito-identity";
import * as sdk from "@aws-sdk/client-cognito-identity-provider";
import { Amplify } from "aws-amplify";
import * as auth from "aws-amplify/auth";
import { cognitoUserPoolsTokenProvider } from "aws-amplify/auth/cognito";
import { PASSWORD, REGION, TARGET, done, equal, operator, refused, step } from "./harness.mjs";

const idp = new sdk.CognitoIdentityProviderClient(operator);
const call = (operation, input) => idp.send(new sdk[operation + "Command"](input));
const identity = new identities.CognitoIdentityClient(operator);
globalThis.navigator ??= { userAgent: "Node", platform: "Node" };
const role = (name) => `arn:aws:iam::123456789012:role/${name}`;
const s = {};

class Kept {
  map = new Map();
  async setItem(key, value) { this.map.set(key, value); }
  async getItem(key) { return this.map.get(key) ?? null; }
  async removeItem(key) { this.map.delete(key); }
  async clear() { this.map.clear(); }
}

// The name of the role that these credentials are of: STS answers whoever signs with them.
async function roleOf({ accessKeyId, secretAccessKey, sessionToken }) {
  const client = new identities.CognitoIdentityClient({
    region: REGION, endpoint: TARGET, credentials: { accessKeyId, secretAccessKey, sessionToken } });
  const error = await client.send(new identities.ListIdentityPoolsCommand({ MaxResults: 1 })).then(() => null, (e) => e);
  return /assumed-role\/([^/]+)\//.exec(error?.message ?? "")?.[1] ?? "allowed";
}

async function setRoles(mapping) {
  const RoleMappings = mapping && { [`${s.provider}:${s.client}`]: { AmbiguousRoleResolution: "Deny", ...mapping } };
  const Roles = { authenticated: role("member"), unauthenticated: role("visitor") };
  await identity.send(new identities.SetIdentityPoolRolesCommand({ IdentityPoolId: s.identityPool, Roles, RoleMappings }));
}

await step("a user pool, and an identity pool that takes guests and its users", async () => {
  s.pool = (await call("CreateUserPool", { PoolName: "people" })).UserPool.Id;
  const ExplicitAuthFlows = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
  const client = await call("CreateUserPoolClient", { UserPoolId: s.pool, ClientName: "web", ExplicitAuthFlows });
  s.client = client.UserPoolClient.ClientId;
  s.provider = `cognito-idp.${REGION}.amazonaws.com/${s.pool}`;
  const made = await identity.send(new identities.CreateIdentityPoolCommand({
    IdentityPoolName: "everybody", AllowUnauthenticatedIdentities: true,
    CognitoIdentityProviders: [{ ProviderName: s.provider, ClientId: s.client }],
  }));
  s.identityPool = made.IdentityPoolId;
  await setRoles();
  await call("AdminCreateUser", { UserPoolId: s.pool, Username: "ada", MessageAction: "SUPPRESS" });
  await call("AdminSetUserPassword", { UserPoolId: s.pool, Username: "ada", Password: PASSWORD, Permanent: true });
  Amplify.configure({ Auth: { Cognito: {
    userPoolId: s.pool, userPoolClientId: s.client, userPoolEndpoint: TARGET,
    identityPoolId: s.identityPool, identityPoolEndpoint: TARGET, allowGuestAccess: true,
  } } });
  cognitoUserPoolsTokenProvider.setKeyValueStorage(new Kept());
});

await step("fetchAuthSession of a guest: an identity, the guests' role, no tokens", async () => {
  const session = await auth.fetchAuthSession();
  equal(session.tokens, undefined);
  equal(await roleOf(session.credentials), "visitor");
  s.guest = session.identityId;
  equal((await auth.fetchAuthSession()).identityId, s.guest);
});

await step("the guest signs in and keeps the identity, with the users' role", async () => {
  await auth.signIn({ username: "ada", password: PASSWORD });
  const session = await auth.fetchAuthSession();
  equal(session.identityId, s.guest);
  equal(session.tokens.idToken.payload["cognito:username"], "ada");
  equal(await roleOf(session.credentials), "member");
});

await step("a rule that matches chooses the role; an ambiguous one is denied", async () => {
  const rule = (Value) => ({ Claim: "cognito:username", MatchType: "Equals", Value, RoleARN: role("staff") });
  await setRoles({ Type: "Rules", RulesConfiguration: { Rules: [rule("ada")] } });
  equal(await roleOf((await auth.fetchAuthSession({ forceRefresh: true })).credentials), "staff");
  await setRoles({ Type: "Rules", RulesConfiguration: { Rules: [rule("eve")] } });
  await refused("NotAuthorizedException", () => auth.fetchAuthSession({ forceRefresh: true }));
});

await step("the role of the token's group", async () => {
  await call("CreateGroup", { UserPoolId: s.pool, GroupName: "chiefs", RoleArn: role("chief") });
  await call("AdminAddUserToGroup", { UserPoolId: s.pool, Username: "ada", GroupName: "chiefs" });
  await setRoles({ Type: "Token" });
  equal(await roleOf((await auth.fetchAuthSession({ forceRefresh: true })).credentials), "chief");
});

await step("signOut: the next session is another guest's", async () => {
  await auth.signOut();
  const session = await auth.fetchAuthSession();
  equal(session.identityId === s.guest, false);
  equal(await roleOf(session.credentials), "visitor");
});

done();
