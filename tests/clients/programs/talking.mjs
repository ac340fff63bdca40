// How a client program and its test talk: a JSON line each way.
import { createInterface } from "node:readline";

export const [url, key] = process.argv.slice(2);
export const headers = { Authorization: `Bearer ${key}` };

export async function talk(listTools, callTool) {
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    let answer;
    try {
      answer =
        asked.do === "list"
          ? { tools: await listTools() }
          : { text: textOf((await callTool(asked.tool, asked.args)).content) };
    } catch (error) {
      answer = { text: String(error), raised: error.name };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
}

function textOf(content) {
  return content.map((block) => block.text ?? "").join("\n");
}
