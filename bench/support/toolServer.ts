/**
 * A worker thread with a model's server: it answers a prompt with a tool call, and the result of a tool with a text. Posts
 * its port.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { parentPort } from "node:worker_threads"

const completion = (message: object, finish_reason: string) =>
  JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_700_000_000,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", refusal: null, ...message }, logprobs: null, finish_reason }],
    usage: {
      prompt_tokens: 50,
      completion_tokens: 9,
      total_tokens: 59,
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 }
    }
  })
const call = { id: "call_1", type: "function", function: { name: "area", arguments: `{"width":2,"depth":3}` } }
const first = completion({ content: null, tool_calls: [call] }, "tool_calls")
const last = completion({ content: "The hall has 6 square metres." }, "stop")

const server = createServer((request, response) => {
  let text = ""
  request.setEncoding("utf8").on("data", (piece: string) => text += piece)
  request.on("end", () => {
    const body = text.includes(`"role":"tool"`) ? last : first
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length })
    response.end(body)
  })
})
server.listen(0, "127.0.0.1", () => parentPort!.postMessage((server.address() as AddressInfo).port))
