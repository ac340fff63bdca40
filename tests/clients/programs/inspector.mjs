// The inspector's command line, one process a request; the third argument is the era.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { key, talk, url } from "./talking.mjs";

const era = process.argv[4];
const found = createRequire(join(process.cwd(), "x.js")).resolve(
  "@modelcontextprotocol/inspector/package.json",
);
const program = join(dirname(found), "clients", "launcher", "build", "index.js");

function inspect(...more) {
  const fixed = ["--transport", "http", "--protocol-era", era];
  const sent = ["--header", `Authorization: Bearer ${key}`];
  const done = spawnSync(
    process.execPath,
    [program, "--cli", url, ...fixed, ...sent, ...more],
    { encoding: "utf8", timeout: 60_000 },
  );
  try {
    return JSON.parse(done.stdout);
  } catch {
    throw new Error(done.stdout + done.stderr);
  }
}

await talk(
  async () => inspect("--method", "tools/list").tools.map((tool) => tool.name),
  async (name, args) => {
    const pairs = Object.entries(args).map(([at, value]) => `${at}=${value}`);
    const given = pairs.flatMap((pair) => ["--tool-arg", pair]);
    return inspect("--method", "tools/call", "--tool-name", name, ...given);
  },
);
