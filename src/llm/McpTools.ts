/**
 * The tools of an MCP server, as tools of ours: for `Llm.withTools`, for an agent, or to be called alone.
 *
 * The client is `McpClient` of `effect/ai`, for as long as its scope is open: `McpClient.layerStdio` starts the server in a
 * process and needs a `ChildProcessSpawner`, `McpClient.layerHttp` needs an `HttpClient`, which should not retry
 * (`Http.layer({ retries: 0 })`), or a tool whose answer was lost runs twice. A connection that is lost stays lost: calls
 * fail with `McpCallFailed`, by the `connection`, until there is another client.
 *
 * ```ts
 * import { NodeServices } from "@effect/platform-node"
 * import { Effect, Layer } from "effect"
 * import { McpClient, McpProtocol } from "effect/ai"
 * import { ChildProcess } from "effect/process"
 * import { Llm } from "greenlang"
 * import * as McpTools from "greenlang/llm/McpTools"
 *
 * const server = McpClient.layerStdio({
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
import type * as McpClient from "effect/ai/McpClient"
import * as McpClientError from "effect/ai/McpClientError"
import type * as McpSchema from "effect/ai/McpSchema"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as JsonSchema from "effect/JsonSchema"
import * as Schema from "effect/Schema"
import * as SchemaRepresentation from "effect/SchemaRepresentation"
import { InvalidInput, type TimedOut } from "../agent/AgentError.ts"
import * as Tool from "../agent/Tool.ts"

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
  /** How long one call may take. It fails with `TimedOut` then. 60 seconds unless said otherwise. */
  readonly timeout?: Duration.Input
}

/**
 * Asks the server what tools it has, once. Models are shown the JSON Schemas as the server wrote them.
 *
 * Wrong arguments fail with `InvalidInput`, which a loop counts as a mistake of the model. They are found here as far as
 * the JSON Schema can be read (one with patterns is not, as those of a stranger may run forever), and by the server. A call
 * that is interrupted, or times out, is cancelled there. Letters in names that vendors do not take become `_`; two tools of
 * one name are a `ConfigurationError`.
 *
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  client: McpClient.McpClient,
  options: Options = {}
): Effect.fn.Return<ReadonlyArray<McpTool>, McpClientError.McpClientError> {
  const { prefix = "", timeout = "60 seconds" } = options
  const tools = (yield* client.listTools()).map((tool) => Tool.timeout(bind(client, tool, prefix), timeout))
  const names = tools.map(({ name }) => name)
  const double = names.find((name, at) => names.indexOf(name) !== at)
  return double === undefined ? tools : yield* new McpClientError.McpClientError({
    reason: new McpClientError.ConfigurationError({ description: `two tools of the server are called ${double}` })
  })
})

const Arguments = Schema.Record(Schema.String, Schema.Unknown)

const bind = (client: McpClient.McpClient, tool: McpSchema.Tool, prefix: string) => {
  const name = `${prefix}${tool.name}`.replaceAll(/[^\w-]/g, "_").slice(0, 64)
  // A JSON Schema is an object, of which the protocol says no more than that it describes one.
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
      if (result.isError === true) return yield* new McpCallFailed({ tool: name, by: "tool", message: textOf(result) })
      // What came over the wire is JSON.
      return result.structuredContent === undefined ? textOf(result) : result.structuredContent as Schema.Json
    })
  })
}

/** What a schema that came over the wire accepts is not for the compiler to know. */
const schemaOf = (jsonSchema: JsonSchema.JsonSchema): Schema.ConstraintCodec<Arguments, Arguments> => {
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

const textOf = ({ content }: McpSchema.CallToolResult): string =>
  content.map((block) => {
    switch (block.type) {
      case "text":
        return block.text
      case "resource_link":
        return `${block.title ?? block.name}: ${block.uri}`
      case "resource":
        return "text" in block.resource ? block.resource.text : `(${block.resource.uri}, not shown)`
      default:
        return `(${block.type} ${block.mimeType}, not shown)`
    }
  }).join("\n")
