import { NodeHttpServer, NodeServices } from "@effect/platform-node"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Predicate, Result, Schedule, Schema } from "effect"
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
import * as BareServer from "../support/BareServer.ts"
import * as McpMeters from "../support/McpMeters.ts"
import * as NodeFlags from "../support/NodeFlags.ts"
import * as ToolResults from "../support/ToolResults.ts"

const client = { name: "test", version: "1.0.0" }

const stdio = McpTools.layerStdio({
  ...client,
  protocol: McpProtocol.v2025_11_25,
  command: ChildProcess.make(process.execPath, [
    ...NodeFlags.forChild,
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
    return McpTools.layerHttp({
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
    Effect.retry(Schedule.spaced("10 millis"))
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
        assert.match(wrong.error.message, /meter: Expected a string/)
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
  it.live("report that the server is gone, and the loop goes on", () =>
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
      const missing = McpTools.layerStdio({
        ...client,
        protocol: McpProtocol.v2025_11_25,
        command: ChildProcess.make("/nowhere/at-all", [])
      }).pipe(Layer.provide(NodeServices.layer))
      const error = yield* Effect.flip(Effect.provide(tools(), missing))
      assert.strictEqual(error._tag, "McpClientError")
    }))

  it.live("get a number where two names of the server become one [F32]", () =>
    Effect.gen(function*() {
      const long = "x".repeat(70)
      const kit = Toolkit.make(
        AiTool.make("a.b", { success: Schema.String }),
        AiTool.make("a_b", { success: Schema.String }),
        AiTool.make("a/b", { success: Schema.String }),
        AiTool.make(`${long}1`, { success: Schema.String }),
        AiTool.make(`${long}2`, { success: Schema.String })
      )
      const server = http({
        ...McpMeters.options,
        registrations: Layer.provide(
          McpServer.toolkit(kit),
          kit.toLayer({
            "a.b": () => Effect.succeed("dot"),
            a_b: () => Effect.succeed("line"),
            "a/b": () => Effect.succeed("slash"),
            [`${long}1`]: () => Effect.succeed("one"),
            [`${long}2`]: () => Effect.succeed("two")
          })
        )
      })
      const answers = yield* tools().pipe(
        Effect.flatMap(Effect.forEach((tool) => Effect.map(tool.call({}), (answer) => [tool.name, answer] as const))),
        Effect.provide(server)
      )
      assert.deepStrictEqual(
        new Map(answers),
        new Map([
          ["a_b_2", "dot"],
          ["a_b", "line"],
          ["a_b_3", "slash"],
          ["x".repeat(64), "one"],
          [`${"x".repeat(62)}_2`, "two"]
        ])
      )
    }))

  /** What servers answer to a call, and what the tool answers or fails with. */
  const results: Readonly<Record<string, readonly [result: object, answer: Schema.Json | { readonly fails: RegExp }]>> =
    {
      "structured content alone": [{ structuredContent: { n: 1 } }, { n: 1 }],
      "structured content beside null": [{ content: null, structuredContent: { n: 1 } }, { n: 1 }],
      "structured content beside a text": [{ content: [{ type: "text", text: "1" }], structuredContent: { n: 1 } }, {
        n: 1
      }],
      "structured content that is a list": [{ structuredContent: [1, 2] }, "[1,2]"],
      "a list of texts": [{ content: [{ type: "text", text: "a" }, { type: "text", text: "b" }] }, "a\nb"],
      "no blocks": [{ content: [] }, ""],
      "a text for its content": [{ content: "plain" }, "plain"],
      "one block for its content": [{ content: { type: "text", text: "one" } }, "one"],
      "a block without a type": [{ content: [{ text: "bare" }] }, "bare"],
      "a list of bare texts": [{ content: ["a", "b"] }, "a\nb"],
      "a block of an unknown type": [
        { content: [{ type: "video", mimeType: "video/mp4", data: "AA==" }, { type: "text", text: "seen" }] },
        "(video video/mp4, not shown)\nseen"
      ],
      "an image": [
        { content: [{ type: "image", mimeType: "image/png", data: "AA==" }] },
        "(image image/png, not shown)"
      ],
      "the result of the first protocol": [{ toolResult: { n: 1 } }, { n: 1 }],
      "an error without content": [{ isError: true }, { fails: /did not say why/ }],
      "an error with no blocks": [{ isError: true, content: [] }, { fails: /did not say why/ }],
      "an error with structured content alone": [{ isError: true, structuredContent: { code: 7 } }, {
        fails: /"code":7/
      }],
      "an error with a text for its content": [{ isError: true, content: "no such meter" }, { fails: /no such meter/ }],
      "an error with a block": [
        { isError: true, content: [{ type: "text", text: "no such meter" }] },
        { fails: /no such meter/ }
      ],
      "nothing": [{}, ""],
      "nothing in every field": [{ content: null, structuredContent: null, isError: null }, ""],
      "an image whose Base64 lacks its end": [
        { content: [{ type: "image", data: "iVBORw0KGg", mimeType: "image/png" }] },
        "(image image/png, not shown)"
      ],
      "an image without its data": [
        { content: [{ type: "image", mimeType: "image/png" }] },
        "(image image/png, not shown)"
      ],
      "a link whose name is a number": [
        { content: [{ type: "resource_link", name: 7, uri: "file:///a" }] },
        "7: file:///a"
      ],
      "a link without an address": [{ content: [{ type: "resource_link", name: "a" }] }, "(resource_link, not shown)"],
      "something else": [{ hello: 1 }, { fails: /Invalid MCP payload/ }]
    }
  for (const [what, [result, expected]] of Object.entries(results)) {
    it.live(`read ${what} [F32]`, () =>
      Effect.gen(function*() {
        const server = yield* BareServer.start((response, { body }) => {
          const { id, method } = JSON.parse(body === "" ? "{}" : body)
          const results: Readonly<Record<string, object>> = {
            initialize: {
              protocolVersion: "2025-11-25",
              capabilities: { tools: {} },
              serverInfo: { name: "bare", version: "1" }
            },
            "tools/list": { tools: [{ name: "read", inputSchema: { type: "object" } }] },
            "tools/call": result
          }
          if (results[method] === undefined) return BareServer.text("", 202)(response)
          BareServer.text(JSON.stringify({ jsonrpc: "2.0", id, result: results[method] }), 200, {
            "content-type": "application/json"
          })(response)
        })
        const client = McpTools.layerHttp({
          name: "test",
          version: "1.0.0",
          protocol: McpProtocol.v2025_11_25,
          url: `${server.origin}/mcp`
        })
        const call = Effect.flatMap(tools(), ([tool]) => tool!.call({})).pipe(Effect.provide(client))
        if (Predicate.hasProperty(expected, "fails")) {
          const error = yield* Effect.flip(call)
          assert(error._tag === "McpCallFailed")
          assert.match(error.message, expected.fails as RegExp)
        } else assert.deepStrictEqual(yield* call, expected)
      }).pipe(Effect.provide(Http.layer({ retries: 0 })), Effect.scoped))
  }

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

  it.live("pass arguments on that are described by definitions that stand for a billion schemas", () =>
    Effect.gen(function*() {
      const next = (at: number) => ({ $ref: `#/$defs/d${at + 1}` })
      const doubled = Array.from({ length: 30 }, (_, at) => [`d${at}`, {
        type: "object",
        properties: { a: next(at), b: next(at) }
      }])
      const inputSchema = {
        type: "object",
        properties: { a: { $ref: "#/$defs/d0" } },
        $defs: { ...Object.fromEntries(doubled), d30: { type: "number" } }
      }
      const server = yield* BareServer.start((response, { body }) => {
        const { id, method } = JSON.parse(body === "" ? "{}" : body)
        const results: Readonly<Record<string, object>> = {
          initialize: {
            protocolVersion: "2025-11-25",
            capabilities: { tools: {} },
            serverInfo: { name: "bare", version: "1" }
          },
          "tools/list": { tools: [{ name: "read", inputSchema }] },
          "tools/call": { content: [{ type: "text", text: "read" }] }
        }
        if (results[method] === undefined) return BareServer.text("", 202)(response)
        BareServer.text(JSON.stringify({ jsonrpc: "2.0", id, result: results[method] }), 200, {
          "content-type": "application/json"
        })(response)
      })
      const client = McpTools.layerHttp({
        name: "test",
        version: "1.0.0",
        protocol: McpProtocol.v2025_11_25,
        url: `${server.origin}/mcp`
      })
      const answer = yield* Effect.flatMap(tools(), ([tool]) => tool!.call({ a: 1 })).pipe(Effect.provide(client))
      assert.strictEqual(answer, "read")
    }).pipe(Effect.provide(Http.layer({ retries: 0 })), Effect.scoped))

  it("are tools like any other", () => {
    expectTypeOf<McpTools.McpTool>().toExtend<Tool.Any>()
  })
})
