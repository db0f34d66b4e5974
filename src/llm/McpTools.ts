/**
 * The tools of an MCP server, as tools of ours: for `Llm.withTools`, for an agent, or to be called alone.
 *
 * The client is `McpClient` of `effect/ai`, for as long as its scope is open: `McpTools.layerStdio` starts the server in a
 * process and needs a `ChildProcessSpawner`, `McpTools.layerHttp` needs an `HttpClient`: `Http` sends a call once, since a
 * tool whose answer was lost would run twice. A connection that is lost stays lost: calls fail with `McpCallFailed`, by the
 * `connection`, until there is another client.
 *
 * ```ts
 * import { NodeServices } from "@effect/platform-node"
 * import { Effect, Layer } from "effect"
 * import { McpClient, McpProtocol } from "effect/ai"
 * import { ChildProcess } from "effect/process"
 * import { Llm } from "greenlang"
 * import * as McpTools from "greenlang/llm/McpTools"
 *
 * const server = McpTools.layerStdio({
 *   name: "greenlang",
 *   version: "1.0.0",
 *   protocol: McpProtocol.v2025_11_25,
 *   command: ChildProcess.make("npx", ["my-meters"])
 * }).pipe(Layer.provide(NodeServices.layer))
 *
 * export const answer = Effect.gen(function*() {
 *   const tools = yield* McpTools.make(yield* McpClient.McpClient, { prefix: "meters_", timeout: "10 seconds" })
 *   return yield* Llm.withTools({ prompt: "What did the hall take?", tools })
 * }).pipe(Effect.provide(server))
 * ```
 */
import * as McpClient from "effect/ai/McpClient"
import type * as McpClientError from "effect/ai/McpClientError"
import type * as McpSchema from "effect/ai/McpSchema"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as JsonSchema from "effect/JsonSchema"
import * as Layer from "effect/Layer"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Schema from "effect/Schema"
import * as SchemaRepresentation from "effect/SchemaRepresentation"
import { InvalidInput, type TimedOut } from "../agent/AgentError.ts"
import * as UnfoldedSchema from "../agent/internal/UnfoldedSchema.ts"
import * as Tool from "../agent/Tool.ts"
import * as McpResult from "./internal/McpResult.ts"

/**
 * A call of `tool` that came to nothing. The `tool` itself said so, the `server` would not or could not, or the
 * `connection` to it is gone. `message` says it in the server's words.
 *
 * @category errors
 */
export class McpCallFailed extends Schema.TaggedError<McpCallFailed>()("McpCallFailed", {
  tool: Schema.String,
  by: Schema.Literals(["tool", "server", "connection"]),
  message: Schema.String
}) {}

/**
 * A tool on a server. It answers with the structured content of its result, or with its text where it has none. Content
 * that is neither, such as an image, is named in the text and left out.
 *
 * @category models
 */
export type McpTool = Tool.Tool<Arguments, Schema.Json, InvalidInput | TimedOut | McpCallFailed>

/** @category models */
export type Arguments = typeof Arguments.Type

/** @category models */
export interface Options {
  /** Stands in front of the names of the tools, so that two servers may have tools of one name. */
  readonly prefix?: string
  /** How long one call may take. It fails with `TimedOut` then. Default: 60 seconds. */
  readonly timeout?: Duration.Input
}

/**
 * A server that is reached by HTTP. It is effect's client, and reads results of tools more kindly: without content, with a
 * text or one block for it, with blocks of unknown kinds. Effect's own layer refuses these.
 *
 * @category layers
 */
export const layerHttp = (
  options: Parameters<typeof McpClient.layerHttp>[0]
): Layer.Layer<McpClient.McpClient, McpClientError.McpClientError, HttpClient.HttpClient> =>
  layerOf(options, McpClient.http(options))

/**
 * A server that is started as a process and reached by its standard input and output; results are read as by `layerHttp`.
 *
 * @category layers
 */
export const layerStdio = (
  options: Parameters<typeof McpClient.layerStdio>[0]
): Layer.Layer<McpClient.McpClient, McpClientError.McpClientError, ChildProcessSpawner.ChildProcessSpawner> =>
  layerOf(options, McpClient.stdio(options))

const layerOf = <E, R>(
  options: Parameters<typeof McpClient.make>[0],
  transport: Effect.Effect<McpClient.Transport, E, R>
) =>
  Layer.effect(McpClient.McpClient, McpClient.make(options)).pipe(
    Layer.provide(Layer.effect(McpClient.Transport, Effect.map(transport, kind)))
  )

/** Mends what the server answers to calls. */
const kind = (transport: McpClient.Transport): McpClient.Transport => ({
  ...transport,
  request: (message, tool) =>
    Effect.map(
      transport.request(message, tool),
      (response) =>
        message.method !== "tools/call" || "error" in response
          ? response
          : { ...response, result: McpResult.mended(response.result) }
    )
})

/**
 * Asks the server what tools it has, once. Models are shown the JSON Schemas as the server wrote them.
 *
 * Wrong arguments fail with `InvalidInput`, which a loop counts as a mistake of the model. They are found here as far as
 * the JSON Schema can be read (one with patterns is not, as those of a stranger may run forever, nor one whose
 * references stand for more than 50,000 schemas), and by the server. A call
 * that is interrupted, or times out, is cancelled there. Letters in names that vendors do not take become `_`, and names are
 * cut at 64 letters; where that is the name of another tool, it gets `_2`, `_3` and so on. A tool that the
 * server lists twice is there once.
 *
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  client: McpClient.McpClient,
  options: Options = {}
): Effect.fn.Return<ReadonlyArray<McpTool>, McpClientError.McpClientError> {
  const { prefix = "", timeout = "60 seconds" } = options
  const listed = new Map((yield* client.listTools()).map((tool) => [tool.name, tool]))
  // A name that can stay as it is goes to its own tool.
  const taken = new Set([...listed.keys()].map((name) => prefix + name).filter((name) => isName.test(name)))
  return Array.from(listed.values(), (tool) => {
    const own = prefix + tool.name
    const name = isName.test(own) ? own : nameOf(own, taken)
    taken.add(name)
    return Tool.timeout(bind(client, tool, name), timeout)
  })
})

/** A name that vendors take, and that no other tool has. */
const nameOf = (text: string, taken: ReadonlySet<string>): string => {
  const clean = text.replaceAll(/[^\w-]/g, "_") || "tool"
  for (let nth = 1;; nth++) {
    const end = nth === 1 ? "" : `_${nth}`
    const name = `${clean.slice(0, longestName - end.length)}${end}`
    if (!taken.has(name)) return name
  }
}

const longestName = 64
const isName = /^[\w-]{1,64}$/

const Arguments = Schema.Record(Schema.String, Schema.Unknown)

const bind = (client: McpClient.McpClient, tool: McpSchema.Tool, name: string) => {
  // The protocol says of it that it is an object that describes one.
  const jsonSchema = tool.inputSchema as JsonSchema.JsonSchema
  return Tool.make(name, {
    description: tool.description ?? tool.title ?? tool.name,
    input: schemaOf(jsonSchema),
    jsonSchema,
    output: Schema.Json,
    error: Schema.Union([McpCallFailed, InvalidInput]),
    execute: Effect.fnUntraced(function*(
      input: Arguments
    ): Effect.fn.Return<Schema.Json, InvalidInput | McpCallFailed> {
      const result = yield* Effect.mapError(
        client.callTool({ tool, arguments: input }),
        ({ message, reason }) =>
          isWrongArguments(reason)
            ? new InvalidInput({ agent: name, issues: [{ path: "", message }] })
            : new McpCallFailed({ tool: name, by: culpritOf(reason), message })
      )
      return result.isError === true
        ? yield* new McpCallFailed({ tool: name, by: "tool", message: McpResult.messageOf(result) })
        : McpResult.valueOf(result)
    })
  })
}

/** What a schema that came over the wire accepts, the compiler cannot know. */
const schemaOf = (jsonSchema: JsonSchema.JsonSchema): Schema.ConstraintCodec<Arguments, Arguments> => {
  if (UnfoldedSchema.problem(jsonSchema) !== undefined) return Arguments
  try {
    return SchemaRepresentation.fromJsonSchemaDocument(
      JsonSchema.fromSchemaDraft2020_12(jsonSchema)
    ) as unknown as Schema.ConstraintCodec<Arguments, Arguments>
  } catch {
    return Arguments
  }
}

/** The code that JSON-RPC has for it. */
const isWrongArguments = (reason: McpClientError.McpClientErrorReason): boolean =>
  reason._tag === "ProtocolError" && reason.code === -32602

const culpritOf = ({ _tag }: McpClientError.McpClientErrorReason): McpCallFailed["by"] => {
  switch (_tag) {
    case "TransportError":
    case "ClosedError":
      return "connection"
    case "ToolError":
      return "tool"
    default:
      return "server"
  }
}
