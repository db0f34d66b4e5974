/**
 * A bare `node:http` server on this machine. It keeps what it was asked, and answers by a function.
 */
import { Effect, type Scope } from "effect"
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"

export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface BareServer {
  /** As `http://127.0.0.1:41234`. */
  readonly origin: string
  readonly port: number
  readonly asked: ReadonlyArray<Asked>
  readonly connections: () => number
}

/** `answer` is called once a request has come whole; `nth` counts from 1. */
export const start = (
  answer: (response: ServerResponse, asked: Asked, nth: number) => void,
  options: { readonly connect?: (socket: Socket, target: string, head: Buffer, headers: IncomingHttpHeaders) => void } =
    {}
): Effect.Effect<BareServer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const asked: Array<Asked> = []
    let connections = 0
    const listener: RequestListener = (request, response) => {
      const pieces: Array<Buffer> = []
      request.on("data", (piece: Buffer) => pieces.push(piece))
      request.on("end", () => {
        const one = {
          method: request.method ?? "",
          url: request.url ?? "",
          headers: request.headers,
          body: Buffer.concat(pieces).toString()
        }
        answer(response, one, asked.push(one))
      })
    }
    const server = createServer(listener)
    server.on("connection", () => connections++)
    server.on("connect", (request, socket, head) => {
      asked.push({ method: "CONNECT", url: request.url ?? "", headers: request.headers, body: "" })
      options.connect?.(socket as Socket, request.url ?? "", head, request.headers)
    })
    const sockets = new Set<Socket>()
    server.on("connection", (socket) => {
      sockets.add(socket)
      socket.on("close", () => sockets.delete(socket))
    })
    yield* Effect.acquireRelease(
      Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
      () =>
        Effect.promise(() =>
          new Promise<void>((resolve) => {
            server.close(() => resolve())
            for (const socket of sockets) socket.destroy()
          })
        )
    )
    const { port } = server.address() as AddressInfo
    return { origin: `http://127.0.0.1:${port}`, port, asked, connections: () => connections }
  })

/** Sends this body at once. */
export const text =
  (body: string | Buffer, status = 200, headers: Record<string, string> = {}) => (response: ServerResponse): void => {
    response.writeHead(status, headers)
    response.end(body)
  }

/** Sends pieces for as long as the client takes them, `bytes` in all, and counts what was sent. */
export const flood = (response: ServerResponse, bytes: number, headers: Record<string, string> = {}, piece = "x") => {
  const chunk = Buffer.alloc(65_536, piece)
  const sent = { bytes: 0, closed: false }
  response.writeHead(200, headers)
  response.on("close", () => sent.closed = true)
  const more = () => {
    while (sent.bytes < bytes && !sent.closed) {
      sent.bytes += chunk.length
      if (!response.write(chunk)) return void response.once("drain", more)
    }
    response.end()
  }
  more()
  return sent
}

/** What either vendor answers with the text `here`, by the address that was asked. */
export const answer = (url: string): string =>
  JSON.stringify(
    url.endsWith("/messages")
      ? {
        id: "m",
        type: "message",
        role: "assistant",
        model: "m",
        content: [{ type: "text", text: "here" }],
        stop_reason: "end_turn",
        stop_sequence: null,
        usage: { input_tokens: 1, output_tokens: 1 }
      }
      : { choices: [{ message: { content: "here" }, finish_reason: "stop" }] }
  )
