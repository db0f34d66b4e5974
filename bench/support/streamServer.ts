/**
 * A worker thread with a model's server that streams twenty words. Posts its port.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { parentPort } from "node:worker_threads"

const chunk = (choice: object, rest: object = {}) =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "m", choices: [choice], ...rest })}\n\n`
const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }
const body = Buffer.from([
  ...Array.from(
    { length: 20 },
    (_, n) => chunk({ index: 0, delta: { role: "assistant", content: `word${n} ` }, finish_reason: null })
  ),
  chunk({ index: 0, delta: {}, finish_reason: "stop" }),
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "m", choices: [], usage })}\n\n`,
  "data: [DONE]\n\n"
].join(""))

const server = createServer((request, response) => {
  request.resume().on("end", () => {
    response.writeHead(200, { "content-type": "text/event-stream" })
    response.end(body)
  })
})
server.listen(0, "127.0.0.1", () => parentPort!.postMessage((server.address() as AddressInfo).port))
