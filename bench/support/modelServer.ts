/**
 * A process with a model's server. It sends its port.
 *
 * - A request for a stream gets twenty words.
 * - A request with tools gets a call of `area` until it holds as many results as the model's name says, as `calls-5`, then a
 *   text.
 * - Any other gets a text.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { answerTo } from "./completions.ts"

const chunk = (choices: ReadonlyArray<object>, rest: object = {}) =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "m", choices, ...rest })}\n\n`
const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }
const words = Buffer.from([
  ...Array.from(
    { length: 20 },
    (_, n) => chunk([{ index: 0, delta: { role: "assistant", content: `word${n} ` }, finish_reason: null }])
  ),
  chunk([{ index: 0, delta: {}, finish_reason: "stop" }]),
  chunk([], { usage }),
  "data: [DONE]\n\n"
].join(""))

const server = createServer((request, response) => {
  let text = ""
  request.setEncoding("utf8").on("data", (piece: string) => text += piece)
  request.on("end", () => {
    if (text.includes(`"stream":true`)) {
      response.writeHead(200, { "content-type": "text/event-stream" })
      response.end(words)
      return
    }
    const body = answerTo(text)
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length })
    response.end(body)
  })
})
server.listen(0, "127.0.0.1", () => process.send!((server.address() as AddressInfo).port))
process.on("disconnect", () => process.exit())
