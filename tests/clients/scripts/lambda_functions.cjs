// Trigger functions as one writes them for Amazon Cognito: one with callbacks, the others with promises.
exports.preSignUp = (event, context, callback) => {
  if ((event.request.userAttributes.email ?? "").endsWith("@evil.example")) {
    callback(new Error("Domain not allowed"));
    return;
  }
  if (event.triggerSource === "PreSignUp_SignUp" && event.request.clientMetadata?.invited === "yes") {
    event.response.autoConfirmUser = true;
    event.response.autoVerifyEmail = true;
  }
  callback(null, event);
};

exports.preAuthentication = async (event) => {
  if (event.request.validationData?.place === "moon") throw new Error("Not from there");
  return event;
};

exports.preTokenGeneration = async (event) => {
  event.response = {
    claimsAndScopeOverrideDetails: {
      idTokenGeneration: { claimsToAddOrOverride: { tier: "gold", sub: "somebody else" }, claimsToSuppress: ["email"] },
      accessTokenGeneration: {
        claimsToAddOrOverride: { rights: { orders: ["read"] }, told: event.request.clientMetadata ?? {} },
        scopesToAdd: ["orders/read"],
      },
      groupOverrideDetails: { groupsToOverride: ["staff"], iamRolesToOverride: [], preferredRole: "" },
    },
  };
  return event;
};

exports.customMessage = async (event) => {
  if (event.triggerSource === "CustomMessage_ForgotPassword") return event;
  const name = event.request.usernameParameter ?? event.userName;
  event.response.emailSubject = "Welcome";
  event.response.emailMessage = `<p>Hello ${name}, your code is ${event.request.codeParameter}</p>`;
  return event;
};

exports.userMigration = async (event) => {
  const known = { grace: "old password" };
  if (known[event.userName] !== event.request.password) throw new Error("Bad password");
  event.response.userAttributes = { email: `${event.userName}@example.com`, email_verified: "true" };
  event.response.finalUserStatus = "CONFIRMED";
  event.response.messageAction = "SUPPRESS";
  return event;
};

exports.defineAuthChallenge = async (event) => {
  const session = event.request.session;
  const last = session.at(-1);
  Object.assign(event.response, { issueTokens: false, failAuthentication: false });
  if (last?.challengeName === "SRP_A") {
    event.response.challengeName = "PASSWORD_VERIFIER";
  } else if (last?.challengeName === "CUSTOM_CHALLENGE" && last.challengeResult) {
    event.response.issueTokens = true;
  } else if (session.filter((one) => one.challengeName === "CUSTOM_CHALLENGE").length >= 3) {
    event.response.failAuthentication = true;
  } else {
    event.response.challengeName = "CUSTOM_CHALLENGE";
  }
  return event;
};

exports.createAuthChallenge = async (event) => {
  event.response.publicChallengeParameters = { question: "What is 6 times 7?" };
  event.response.privateChallengeParameters = { answer: "42" };
  event.response.challengeMetadata = `ROUND_${event.request.session.length}`;
  return event;
};

exports.verifyAuthChallengeResponse = async (event) => {
  event.response.answerCorrect = event.request.challengeAnswer === event.request.privateChallengeParameters.answer;
  return event;
};

exports.silent = async () => "not the event";
