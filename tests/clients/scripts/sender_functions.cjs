// A custom sender that keeps what it is told, and a function that shows it to whoever signs up as "what-was-sent".
const sent = [];

exports.customEmailSender = async (event) => {
  sent.push(event);
  return event;
};

exports.preSignUp = async (event) => {
  if (event.userName === "what-was-sent") throw new Error(JSON.stringify(sent));
  return event;
};
