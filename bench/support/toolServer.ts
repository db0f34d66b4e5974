/**
 * A worker thread with a model's server for tool loops of two turns. Posts its port.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { parentPort } from "node:worker_threads"
import { answerTo } from "./completions.ts"

const server = createServer((request, response) => {
  let text = ""
  request.setEncoding("utf8").on("data", (piece: string) => text += piece)
  request.on("end", () => {
    const body = answerTo(text)
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length })
    response.end(body)
  })
})
server.listen(0, "127.0.0.1", () => parentPort!.postMessage((server.address() as AddressInfo).port))
