/**
 * The program that `HangingCalls.bench.ts` runs in a process of its own, as users do: a test runner slows down the modules
 * that it transforms, which are ours alone. Prints, as JSON, how late the connections were closed.
 */
import { Effect, Layer } from "effect"
import { Llm } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import assert from "node:assert/strict"
import { fork } from "node:child_process"
import { once } from "node:events"
import { connect } from "node:net"
import type { Seen } from "../support/silentServer.ts"

const calls = 1_000
const limit = 6_000
const rounds = 3

/** Unix milliseconds with fractions, on the same clock in every process. */
const now = () => performance.timeOrigin + performance.now()
const wait = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis))

/** Makes every call, and ends each `begin(call)` milliseconds after it has begun. */
type Kind = (port: number, begin: (call: number) => number) => Promise<unknown>

const viaFetch: Kind = (port, begin) =>
  Promise.all(Array.from({ length: calls }, (_, call) =>
    fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: "POST",
      signal: AbortSignal.timeout(Math.round(begin(call))),
      body: `call ${call}`
    }).catch(() => {})))

const viaLlm: Kind = (port, begin) =>
  Effect.forEach(
    Array.from({ length: calls }, (_, call) => call),
    (call) =>
      Effect.exit(Effect.suspend(() => {
        const limit = begin(call)
        return Effect.timeout(Llm.generate(`call ${call}`), limit)
      })),
    { concurrency: "unbounded", discard: true }
  ).pipe(
    Effect.provide(
      Layer.provide(
        OpenAiCompatible.layer({ baseUrl: `http://127.0.0.1:${port}/v1`, model: "any" }),
        Http.layer({ timeout: "1 minute", retries: 0 })
      )
    ),
    Effect.runPromise
  )

/** Nothing but sockets, which are destroyed in one go. */
const viaSockets: Kind = async (port, begin) => {
  const sockets = Array.from({ length: calls }, (_, call) => {
    const body = `call ${call}`
    const socket = connect(port, "127.0.0.1")
    socket.write(`POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
    return socket
  })
  await wait(begin(0))
  sockets.forEach((socket) => socket.destroy())
}

const measure = async (kind: Kind, together: boolean) => {
  const server = fork(new URL("../support/silentServer.ts", import.meta.url), {
    execArgv: [],
    serialization: "advanced"
  })
  const [port] = await once(server, "message")
  const deadline = now() + limit
  const due = Array.from({ length: calls }, () => deadline)
  await kind(port, (call) => {
    if (together) return deadline - now()
    due[call] = now() + limit
    return limit
  })
  // What is not closed by then is left.
  await wait(1_000)
  server.send("report")
  const [seen] = await once(server, "message")
  const { closedAt, open }: Seen = seen
  server.kill()
  const late = due.map((at, call) => {
    const closed = closedAt[call]
    assert(typeof closed === "number", "the machine was too busy to send all requests before the timeout")
    return closed - at
  }).toSorted((a, b) => a - b)
  return { median: late[calls >> 1]!, most: late[Math.floor(calls * 0.99)]!, last: late.at(-1)!, left: open }
}

const ways: ReadonlyArray<readonly [what: string, kind: Kind, together: boolean]> = [
  ["each after its own timeout, fetch", viaFetch, false],
  ["each after its own timeout, Llm.generate", viaLlm, false],
  ["all at once, fetch", viaFetch, true],
  ["all at once, Llm.generate", viaLlm, true],
  ["all at once, bare sockets", viaSockets, true]
]

const measured = ways.map(([what]) => ({ what, rounds: [] as Array<Awaited<ReturnType<typeof measure>>> }))
for (let round = 0; round < rounds; round++) {
  for (const [at, [, kind, together]] of ways.entries()) measured[at]!.rounds.push(await measure(kind, together))
}
console.log(JSON.stringify(measured))
