// The client graphql-ws against a server: reads events over three connections, each of which goes on from the
// last cursor of the one before; then asks wrongly. Prints one JSON object.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const url = process.env.GRAPHQL_URL;
const wanted = Number(process.env.EVENTS);
const query = `subscription ($after: String) {
  events(after: $after) { cursor event { position } } }`;

function connect(token) {
  return createClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
}

const token = process.env.GRAPHQL_TOKEN;
const events = [];
let after = "begin";
let connections = 0;
while (events.length < wanted) {
  const client = connect(token);
  connections += 1;
  const until = connections < 3 ? Math.floor((wanted * connections) / 3) : wanted;
  for await (const result of client.iterate({ query, variables: { after } })) {
    events.push(result.data.events.event);
    after = result.data.events.cursor;
    if (events.length >= until) {
      client.terminate();
      break;
    }
  }
}

async function failure(client, operation) {
  try {
    for await (const result of client.iterate(operation)) {
      return result;
    }
    return null;
  } catch (error) {
    return Array.isArray(error) ? error[0].extensions.code : error.code;
  } finally {
    await client.dispose();
  }
}

const client = connect(token);
let name;
for await (const result of client.iterate({ query: "{ me { name } }" })) {
  name = result.data.me.name;
}
const badCursor = await failure(client, { query, variables: { after: "garbage" } });
const badToken = await failure(connect("vst_wrong"), { query });
// What a browser would see of a subprotocol that is not spoken, and of none.
function closed(...protocols) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, ...protocols);
    socket.on("error", () => {});
    socket.on("close", resolve);
  });
}
const subprotocols = [await closed("graphql-ws"), await closed()];
console.log(JSON.stringify({ events, connections, name, badCursor, badToken, subprotocols }));
process.exit(0);
