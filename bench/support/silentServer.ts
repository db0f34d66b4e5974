/**
 * A process that takes every request and answers none. It sends its port, and on demand what it has seen. A request says in
 * its body which one it is, as `call 12`.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

export interface Seen {
  /** Connections that are open. */
  readonly open: number
  /** When the connection of each call was closed, if it was: Unix milliseconds, with fractions. */
  readonly closedAt: ReadonlyArray<number | undefined>
}

const closedAt: Array<number | undefined> = []
let open = 0

const server = createServer((request, { socket }) => {
  let body = ""
  request.setEncoding("utf8").on("data", (piece: string) => body += piece)
  request.on("end", () => {
    const [, call] = /call (\d+)/.exec(body) ?? []
    socket!.on("close", () => closedAt[Number(call)] = performance.timeOrigin + performance.now())
  })
})
server.on("connection", (socket) => {
  open++
  socket.on("close", () => open--)
})
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
  process.send!((server.address() as AddressInfo).port)
})
process.on("message", () => process.send!({ open, closedAt } satisfies Seen))
