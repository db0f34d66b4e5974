import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Layer, Logger, Queue, Schema, Sink, Stdio, Stream } from "effect"
import { Agent } from "greenlang"
import { McpAgents } from "greenlang/mcp"

interface Answer {
  readonly id?: unknown
  readonly error?: { readonly code: number; readonly message: string }
  readonly result?: { readonly structuredContent?: unknown }
}

/** A server in this process: what its input and output carry. `finish` lets the calls of `slow` answer. */
const serve = (protocolVersion = "2025-06-18") =>
  Effect.gen(function*() {
    const input = yield* Queue.unbounded<Uint8Array>()
    const output = yield* Queue.unbounded<Answer>()
    const gate = yield* Deferred.make<void>()
    const slow = Agent.make("slow", {
      version: "1.0.0",
      input: Schema.Struct({ n: Schema.Finite }),
      output: Schema.Struct({ n: Schema.Finite }),
      execute: ({ n }) => Effect.as(Deferred.await(gate), { n })
    })
    const echo = Agent.make("echo", {
      version: "1.0.0",
      input: Schema.Struct({ text: Schema.String }),
      output: Schema.Struct({ length: Schema.Finite }),
      execute: ({ text }) => Effect.succeed({ length: text.length })
    })
    const stdio = Stdio.make({
      args: Effect.succeed([]),
      stdin: Stream.fromQueue(input),
      stdout: () =>
        Sink.forEach((sent: string | Uint8Array) => {
          const text = typeof sent === "string" ? sent : new TextDecoder().decode(sent)
          return Queue.offerAll(output, text.trim().split("\n").map((line) => JSON.parse(line) as Answer))
        }),
      stderr: () => Sink.drain
    })
    // The server ends by interrupting the fiber that it was started in.
    yield* Effect.forkScoped(Layer.launch(
      McpAgents.layerStdio({ name: "test", version: "1.0.0", agents: { slow, echo } }).pipe(
        Layer.provide(Layer.succeed(Stdio.Stdio, stdio))
      )
    ))
    const raw = (text: string) => Queue.offer(input, new TextEncoder().encode(text))
    const send = (message: object) => raw(line(message))
    yield* send({
      id: 0,
      method: "initialize",
      params: {
        protocolVersion,
        capabilities: {},
        clientInfo: { name: "stranger", version: "1.0.0" }
      }
    })
    assert.strictEqual((yield* Queue.take(output)).id, 0)
    yield* send({ method: "notifications/initialized" })
    return { raw, send, next: Queue.take(output), finish: Deferred.succeed(gate, undefined) }
  }).pipe(Effect.provide(Logger.layer([])))

const line = (message: object) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`
const call = (id: unknown, name: string, given: object) => ({
  id,
  method: "tools/call",
  params: { name, arguments: given }
})
const deep = (levels: number) =>
  `{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"echo","arguments":${"[".repeat(levels)}${
    "]".repeat(levels)
  }}}\n`

const bad: ReadonlyArray<readonly [what: string, line: string, code: number]> = [
  ["text that is not JSON", "not json\n", -32_700],
  ["JSON that is cut", "{\"jsonrpc\":\"2.0\",\"id\":9,\n", -32_700],
  ["a number", "5\n", -32_600],
  ["null", "null\n", -32_600],
  ["an object without a method", "{}\n", -32_600],
  ["a method that is not text", line({ id: 9, method: 5 }), -32_600],
  ["an id that is an object", line({ id: { a: 1 }, method: "ping" }), -32_600],
  ["an id that is null", line({ id: null, method: "ping" }), -32_600],
  ["an id that is in use", line(call(1, "slow", { n: 2 })), -32_600],
  ["arguments of 20,000 levels", deep(20_000), -32_600],
  ["arguments of 1,000 levels", deep(1000), -32_600],
  ["more than 16 MiB", line(call(9, "echo", { text: "x".repeat(17 * 1024 * 1024) })), -32_600]
]

describe("a server of MCP on standard input", () => {
  for (const [what, given, code] of bad) {
    it.effect(`answers ${what} with an error, and goes on with the calls before and behind it`, () =>
      Effect.gen(function*() {
        const { finish, next, raw, send } = yield* serve()
        yield* send(call(1, "slow", { n: 1 }))
        // one chunk: the request behind the bad line is served, too
        yield* raw(given + line({ id: 2, method: "ping" }))
        const answers = [yield* next, yield* next]
        const refused = answers.find(({ id }) => id === null)
        assert.strictEqual(refused?.error?.code, code)
        assert.isDefined(answers.find(({ id }) => id === 2)?.result)
        yield* finish
        const last = yield* next
        assert.deepStrictEqual([last.id, last.result?.structuredContent], [1, { n: 1 }])
        // an id is free again once it is answered
        yield* send(call(1, "echo", { text: "four" }))
        const again = yield* next
        assert.deepStrictEqual([again.id, again.result?.structuredContent], [1, { length: 4 }])
      }))
  }

  it.effect("reads a message whose bytes come one by one, and empty lines", () =>
    Effect.gen(function*() {
      const input = line(call("ü", "echo", { text: "üé😀" }))
      const { next, raw, send } = yield* serve()
      yield* raw("\n\r\n")
      for (const char of input.slice(0, -1)) yield* raw(char)
      yield* raw("\r\n")
      assert.deepStrictEqual((yield* next).result?.structuredContent, { length: 4 })
      yield* send({ id: 3, method: "ping" })
      assert.strictEqual((yield* next).id, 3)
    }))

  it.live("answers a message that the server breaks off at, and serves the next one", () =>
    Effect.gen(function*() {
      const { finish, next, raw, send } = yield* serve("2025-03-26")
      yield* raw(`[${JSON.stringify({ jsonrpc: "2.0", ...call(1, "slow", { n: 1 }) })}]\n`)
      yield* send(call(1, "slow", { n: 2 }))
      yield* send({ id: 2, method: "ping" })
      const broken = yield* next
      assert.deepStrictEqual([broken.id, broken.error?.code], [1, -32_603])
      assert.strictEqual((yield* next).id, 2)
      yield* finish
    }))
})
