/**
 * A process with the services that compared programs ask: one that answers after a time (`GET /wait/100`), a model of tool
 * loops (`POST /tools/chat/completions`), a model that never answers (`POST /hanging/chat/completions`), and how many
 * connections are open beside that of the question (`GET /open`). It sends its port.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { answerTo } from "./completions.ts"

let open = 0

const server = createServer((request, response) => {
  const [, service, path] = (request.url ?? "").split("/")
  let text = ""
  request.setEncoding("utf8").on("data", (piece: string) => text += piece)
  request.on("end", () => {
    const send = (body: string) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": body.length })
      response.end(body)
    }
    if (service === "wait") setTimeout(() => send(`{"waited":${Number(path)}}`), Number(path))
    if (service === "tools") send(answerTo(text))
    if (service === "open") send(String(open - 1))
  })
})
server.keepAliveTimeout = 60_000
server.on("connection", (socket) => {
  open++
  socket.on("close", () => open--)
})
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
  process.send!((server.address() as AddressInfo).port)
})
process.on("disconnect", () => process.exit())
