// The audit suite of GraphQL over HTTP against a server: URL and token in the environment, one line of JSON
// a finding on standard output.
import { auditServer } from "graphql-http";

const url = process.env.GRAPHQL_URL;
const authorization = `Bearer ${process.env.GRAPHQL_TOKEN}`;
const results = await auditServer({
  url,
  fetchFn: (input, init = {}) =>
    fetch(input, { ...init, headers: { ...init.headers, authorization } }),
});
for (const result of results) {
  const { id, name, status, reason } = result;
  console.log(JSON.stringify({ id, name, status, reason: reason ?? null }));
}
