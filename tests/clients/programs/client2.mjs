// The TypeScript SDK 2.x; it finds out which era the server is of.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { headers, talk, url } from "./talking.mjs";

const client = new Client(
  { name: "test", version: "1" },
  { versionNegotiation: { mode: "auto" } },
);
const transport = new StreamableHTTPClientTransport(new URL(url), {
  requestInit: { headers },
});
await client.connect(transport);
await talk(
  async () => (await client.listTools()).tools.map((tool) => tool.name),
  (name, args) => client.callTool({ name, arguments: args }),
);
await client.close();
