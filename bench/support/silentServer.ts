/**
 * A process that takes every request and answers none. It tells its port, and on demand what it has seen.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

export interface Seen {
  /** Requests that had arrived whole. */
  readonly came: number
  /** Connections that are open. */
  readonly open: number
  /** When connections were closed, in Unix milliseconds. */
  readonly closedAt: ReadonlyArray<number>
}

let came = 0
let open = 0
const closedAt: Array<number> = []

const server = createServer((request) => {
  request.resume().on("end", () => came++)
})
server.on("connection", (socket) => {
  open++
  socket.on("close", () => {
    open--
    closedAt.push(Date.now())
  })
})
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
  process.send!((server.address() as AddressInfo).port)
})
process.on("message", () => process.send!({ came, open, closedAt } satisfies Seen))
