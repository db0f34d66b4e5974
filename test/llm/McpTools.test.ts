import { NodeHttpServer, NodeServices } from "@effect/platform-node"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Result, Schedule, Schema } from "effect"
import { McpClient, McpProtocol, McpServer, Tool as AiTool, Toolkit } from "effect/ai"
import { HttpRouter, HttpServer } from "effect/http"
import { ChildProcess } from "effect/process"
import { type InvalidInput, Llm, type TimedOut, type Tool } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as McpTools from "greenlang/llm/McpTools"
import { NoLeaks, ScriptedLlm } from "greenlang/testing"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as McpMeters from "../support/McpMeters.ts"
import * as ToolResults from "../support/ToolResults.ts"

const client = { name: "test", version: "1.0.0" }

const stdio = McpClient.layerStdio({
  ...client,
  protocol: McpProtocol.v2025_11_25,
  command: ChildProcess.make(process.execPath, [
    "--conditions=@greenlang/source",
    join(import.meta.dirname, "../support/McpMeters.ts")
  ])
}).pipe(Layer.provide(NodeServices.layer))

/** On loopback, served by `options`. */
const http = (
  options: Pick<typeof McpMeters.options, "name" | "version" | "protocols"> & {
    readonly registrations: Layer.Layer<never, never, McpServer.McpServer>
  }
) =>
  Layer.unwrap(Effect.map(HttpServer.HttpServer, ({ address }) => {
    assert("port" in address)
    return McpClient.layerHttp({
      ...client,
      protocol: McpProtocol.v2026_07_28,
      url: `http://127.0.0.1:${address.port}/mcp`
    })
  })).pipe(
    Layer.provide(Http.layer({ retries: 0 })),
    Layer.provide(
      HttpRouter.serve(McpServer.layerHttp({ ...options, path: "/mcp" }), {
        disableLogger: true,
        disableListenLog: true
      }).pipe(Layer.provideMerge(NodeHttpServer.layerTest))
    )
  )

const tools = (options?: McpTools.Options) =>
  Effect.flatMap(McpClient.McpClient, (client) => McpTools.make(client, options))

const named = (tools: ReadonlyArray<McpTools.McpTool>, name: string) => {
  const tool = tools.find((tool) => tool.name === name)
  assert.isDefined(tool)
  return tool
}

/** Two files that `hang` writes. */
const files = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = mkdtempSync(join(tmpdir(), "greenlang-mcp-"))
    return { folder, started: join(folder, "started"), cancelled: join(folder, "cancelled") }
  }),
  ({ folder }) => Effect.sync(() => rmSync(folder, { recursive: true }))
)
const written = (file: string) =>
  Effect.suspend(() => existsSync(file) ? Effect.void : Effect.fail("not yet")).pipe(
    Effect.retry({ schedule: Schedule.spaced("10 millis"), times: 500 })
  )

for (const [transport, server] of [["stdio", stdio], ["http", http(McpMeters.options)]] as const) {
  describe(`McpTools over ${transport}`, () => {
    it.live("are offered with the schemas of the server, and answer in a loop", () =>
      Effect.gen(function*() {
        const meters = yield* tools({ prefix: "meters_" })
        expectTypeOf(meters).toEqualTypeOf<ReadonlyArray<McpTools.McpTool>>()
        const answer = yield* Llm.withTools({ prompt: "Read.", tools: meters })
        assert.deepStrictEqual(Llm.outputs(answer, named(meters, "meters_read_meter")), [{ kWh: 300 }])
        const [hall, attic, wrong] = ToolResults.of(answer.history)
        assert.deepStrictEqual(hall, { kWh: 300 })
        assert.deepInclude(attic.error, { _tag: "McpCallFailed", by: "tool", tool: "meters_read_meter" })
        assert.match(attic.error.message, /attic/)
        assert.match(wrong.error.message, /meter: Expected string/)
        const [, , failed] = answer.calls
        assert(failed !== undefined && Result.isFailure(failed.result))
        expectTypeOf(failed.result.failure).toEqualTypeOf<InvalidInput | TimedOut | McpTools.McpCallFailed>()
        assert.strictEqual(failed.result.failure._tag, "InvalidInput")

        const [request] = yield* ScriptedLlm.asked
        assert.deepStrictEqual(request!.tools.map(({ name }) => name), [
          "meters_read_meter",
          "meters_hang",
          "meters_exit"
        ])
        assert.strictEqual(AiTool.getDescription(request!.tools[0]!), "Reads a meter")
        const listed = yield* (yield* McpClient.McpClient).listTools()
        assert.deepStrictEqual(
          request!.tools.map((tool) => AiTool.getJsonSchema(tool)),
          listed.map((tool) => tool.inputSchema)
        )
        assert.include(JSON.stringify(AiTool.getJsonSchema(request!.tools[0]!)), "as it is called on the plan")
      }).pipe(Effect.provide([
        server,
        ScriptedLlm.layer({
          toolCalls: [{ meter: "hall" }, { meter: "attic" }, { meter: 7 }].map((input) => ({
            name: "meters_read_meter",
            input
          }))
        }, "Read.")
      ])))

    it.live("count wrong arguments as mistakes of the model", () =>
      Effect.gen(function*() {
        const stopped = yield* Llm.withTools({ prompt: "Read.", tools: yield* tools(), limits: { mistakes: 0 } }).pipe(
          Effect.flip
        )
        assert(stopped._tag === "ToolLoopStopped")
        assert.strictEqual(stopped.cap, "mistakes")
      }).pipe(Effect.provide([
        server,
        ScriptedLlm.layer({ toolCalls: [{ name: "read_meter", input: {} }] })
      ])))

    it.live("are cancelled at the server when they time out, or are interrupted", () =>
      Effect.gen(function*() {
        const late = yield* files
        const slow = named(yield* tools({ timeout: "2 seconds" }), "hang")
        const error = yield* Effect.flip(slow.call({ started: late.started, cancelled: late.cancelled }))
        assert(error._tag === "TimedOut")
        assert.strictEqual(error.agent, "hang")
        yield* written(late.cancelled)

        const left = yield* files
        const hang = named(yield* tools(), "hang")
        const fiber = yield* Effect.forkChild(hang.call({ started: left.started, cancelled: left.cancelled }))
        yield* written(left.started)
        assert.isFalse(existsSync(left.cancelled))
        yield* Fiber.interrupt(fiber)
        yield* written(left.cancelled)

        // The connection is as good as before.
        const read = named(yield* tools(), "read_meter")
        assert.deepStrictEqual(yield* read.call({ meter: "hall" }), { kWh: 300 })
      }).pipe(Effect.provide(server)))

    it.live("leave nothing behind when their scope closes", () =>
      Effect.gen(function*() {
        const read = named(yield* tools(), "read_meter")
        yield* read.call({ meter: "hall" })
      }).pipe(Effect.provide(Layer.fresh(server)), NoLeaks.check))
  })
}

describe("McpTools", () => {
  it.live("tell when the server is gone, and the loop goes on", () =>
    Effect.gen(function*() {
      const { calls, text } = yield* Llm.withTools({ prompt: "Read.", tools: yield* tools() })
      assert.strictEqual(text, "The meters are gone.")
      assert.deepStrictEqual(
        calls.map(({ result }) =>
          Result.isFailure(result) && result.failure._tag === "McpCallFailed" && result.failure.by
        ),
        ["connection", "connection"]
      )
    }).pipe(Effect.provide([
      stdio,
      ScriptedLlm.layer(
        { toolCalls: [{ name: "exit", input: {} }] },
        { toolCalls: [{ name: "read_meter", input: { meter: "hall" } }] },
        "The meters are gone."
      )
    ])))

  it.live("fail when the server cannot be started", () =>
    Effect.gen(function*() {
      const missing = McpClient.layerStdio({
        ...client,
        protocol: McpProtocol.v2025_11_25,
        command: ChildProcess.make("/nowhere/at-all", [])
      }).pipe(Layer.provide(NodeServices.layer))
      const error = yield* Effect.flip(Effect.provide(tools(), missing))
      assert.strictEqual(error._tag, "McpClientError")
    }))

  it.live("fail when two names of the server become one", () =>
    Effect.gen(function*() {
      const kit = Toolkit.make(
        AiTool.make("a.b", { success: Schema.String }),
        AiTool.make("a_b", { success: Schema.String })
      )
      const answer = () => Effect.succeed("x")
      const server = http({
        ...McpMeters.options,
        registrations: Layer.provide(McpServer.toolkit(kit), kit.toLayer({ "a.b": answer, a_b: answer }))
      })
      const error = yield* Effect.flip(Effect.provide(tools(), server))
      assert(error._tag === "McpClientError")
      assert.strictEqual(error.reason._tag, "ConfigurationError")
      assert.match(error.message, /a_b/)
    }))

  it.live("pass arguments on that are described in a way that cannot be read here", () =>
    Effect.gen(function*() {
      const kit = Toolkit.make(AiTool.make("code", {
        parameters: Schema.Struct({ code: Schema.String.check(Schema.isPattern(/^[A-Z]+$/)) }),
        success: Schema.String
      }))
      const server = http({
        ...McpMeters.options,
        registrations: Layer.provide(
          McpServer.toolkit(kit),
          kit.toLayer({ code: ({ code }) => Effect.succeed(`read ${code}`) })
        )
      })
      const [read, refused] = yield* tools().pipe(
        Effect.flatMap(([code]) => Effect.all([code!.call({ code: "ABC" }), Effect.flip(code!.call({ code: "abc" }))])),
        Effect.provide(server)
      )
      assert.strictEqual(read, "read ABC")
      assert(refused._tag === "McpCallFailed")
      assert.strictEqual(refused.by, "tool")
    }))

  it("are tools like any other", () => {
    expectTypeOf<McpTools.McpTool>().toExtend<Tool.Any>()
  })
})
