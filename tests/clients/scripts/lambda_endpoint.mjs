// The Invoke operation of Lambda for the functions of a file: what runs a function is this, the function is unchanged.
import http from "node:http";
import { createRequire } from "node:module";

const functions = createRequire(import.meta.url)(process.argv[2]);

function run(handler, event) {
  return new Promise((resolve, reject) => {
    const callback = (error, answer) => (error ? reject(error) : resolve(answer));
    const promise = handler(event, { functionName: handler.name }, callback);
    if (promise?.then) promise.then(resolve, reject);
  });
}

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", async () => {
    const [, arn] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url) ?? [];
    const handler = functions[decodeURIComponent(arn ?? "").split(":").at(-1)];
    const answer = (status, body, headers = {}) => response.writeHead(status, headers).end(JSON.stringify(body));
    if (!/^AWS4-HMAC-SHA256 Credential=lambda-caller\//.test(request.headers.authorization ?? "")) return answer(403, { message: "not signed" });
    if (!handler) return answer(404, { Message: "no such function" });
    try {
      answer(200, await run(handler, JSON.parse(Buffer.concat(chunks).toString())));
    } catch (error) {
      answer(200, { errorType: error.name, errorMessage: error.message }, { "X-Amz-Function-Error": "Unhandled" });
    }
  });
});
server.listen(0, "127.0.0.1", () => console.log(`functions at http://127.0.0.1:${server.address().port}`));
