/**
 * Agents and tools as an MCP server: a client lists them, calls them, follows their progress and cancels them.
 *
 * 1. Each agent is one MCP tool with the JSON Schemas of its input and output. MCP wants objects: another input is read from
 *    `{ input }`, another output is sent as `{ result }`.
 * 2. An answer is sent as text and as structured content. A failure is a tool error with its message, which for invalid
 *    input lists every issue.
 * 3. A cancelled call interrupts the run. A call with a progress token receives the steps of its pipelines as they start and
 *    finish, and the calls of tools that its models make.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent } from "greenlang"
 * import { McpAgents } from "greenlang/mcp"
 *
 * const Square = Agent.make("Square", {
 *   version: "1.0.0",
 *   input: Schema.Finite,
 *   output: Schema.Finite,
 *   execute: (n) => Effect.succeed(n * n)
 * })
 *
 * // Launch it with `NodeServices.layer` of `@effect/platform-node`.
 * export const server = McpAgents.layerStdio({ name: "maths", version: "1.0.0", agents: { square: Square } })
 * ```
 */
import * as McpProtocol from "effect/ai/McpProtocol"
import * as McpSchema from "effect/ai/McpSchema"
import * as McpServer from "effect/ai/McpServer"
import * as AiTool from "effect/ai/Tool"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as HttpRouter from "effect/http/HttpRouter"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as Stdio from "effect/Stdio"
import * as Agent from "../agent/Agent.ts"
import * as JsonOutput from "../agent/internal/JsonOutput.ts"
import * as StepOrigin from "../agent/internal/StepOrigin.ts"
import * as TaggedMessage from "../agent/internal/TaggedMessage.ts"
import type * as Tool from "../agent/Tool.ts"
import * as Pipeline from "../pipeline/Pipeline.ts"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import * as Printable from "../render/Printable.ts"
import * as StdioMessages from "./internal/StdioMessages.ts"

/** What a server offers: an agent, a pipeline or a tool. @category models */
export type Served = Agent.Any | Tool.Any

/** What the served agents need. @category utility types */
export type Services<T> = T extends Agent.Agent<infer _In, infer _Out, infer _E, infer R> ? R
  : T extends Tool.Any ? Tool.Services<T>
  : never

/** Agents by the names that clients see. @category models */
export interface Options<Agents extends Readonly<Record<string, Served>>> {
  /** The name of the server, as clients show it. */
  readonly name: string
  readonly version: string
  /** When to use the server, for the model behind the client. */
  readonly instructions?: string
  readonly agents: Agents
}

const protocols = [
  McpProtocol.v2024_11_05,
  McpProtocol.v2025_03_26,
  McpProtocol.v2025_06_18,
  McpProtocol.v2025_11_25
] as const

/**
 * Serves `agents` on standard input and output, for clients that start the server as a process. Standard output belongs to the
 * protocol: log to standard error. A line that is not a message is answered with an error, and the server goes on.
 *
 * @category layers
 */
export const layerStdio = <const Agents extends Readonly<Record<string, Served>>>(options: Options<Agents>) =>
  Layer.provide(
    McpServer.layerStdio({ ...described(options), protocols, registrations: layer(options.agents) }),
    Layer.effect(Stdio.Stdio, Effect.flatMap(Stdio.Stdio, StdioMessages.make))
  )

/**
 * Serves `agents` at `path` of an `HttpRouter`, by streamable HTTP. Browsers may call it from `allowedOrigins` only. Default:
 * from none.
 *
 * @category layers
 */
export const layerHttp = <const Agents extends Readonly<Record<string, Served>>>(
  options: Options<Agents> & {
    readonly path: HttpRouter.PathInput
    readonly allowedOrigins?: ReadonlyArray<string>
  }
) =>
  McpServer.layerHttp({
    ...described(options),
    path: options.path,
    allowedOrigins: options.allowedOrigins ?? [],
    allowSessionTermination: true,
    protocols,
    registrations: layer(options.agents)
  })

/**
 * Adds `agents` to an MCP server that has other tools, too: give it as a registration to a layer of `effect/ai/McpServer`.
 *
 * @category layers
 */
export const layer = <const Agents extends Readonly<Record<string, Served>>>(
  agents: Agents
): Layer.Layer<never, never, McpServer.McpServer | Services<Agents[keyof Agents]>> =>
  Layer.effectDiscard(
    Effect.gen(function*() {
      const server = yield* McpServer.McpServer
      const services = yield* Effect.context<Services<Agents[keyof Agents]>>()
      for (const [name, agent] of Object.entries(agents)) {
        yield* server.addTool(toMcpTool(server, name, agent, services))
      }
    })
  )

const described = ({ instructions, name, version }: Options<Readonly<Record<string, Served>>>) => ({
  name,
  version,
  ...(instructions === undefined ? {} : { instructions })
})

const toMcpTool = (
  server: McpServer.McpServer["Service"],
  name: string,
  served: Served,
  services: Context.Context<never>
) => {
  const tool: Tool.Any = Agent.isAgent(served) ? Agent.tool(served) : served
  const input = boxed(tool.input, "input")
  const output = boxed(tool.output, "result")
  const encode = JsonOutput.encoder(tool.name, tool.output)

  /** The tool decodes its input itself, and what it needs is in `services`: the layer's type says so. */
  const call = (payload: unknown) =>
    Effect.flatMap(
      tool.call(input.unbox(payload) as never) as Effect.Effect<unknown, unknown>,
      encode
    )

  return {
    tool: new McpSchema.Tool({
      name,
      description: tool.description,
      inputSchema: tool.jsonSchema ?? input.jsonSchema,
      outputSchema: output.jsonSchema,
      annotations: annotationsOf(tool.hints)
    }),
    annotations: Context.empty(),
    handle: (payload: unknown) =>
      Effect.gen(function*() {
        const { requestMetadata } = yield* McpSchema.McpRequestContext
        const request = yield* Effect.context<McpSchema.McpRequestContext>()
        const run = reporting(server, requestMetadata?.["progressToken"], call(payload))
        const exit = yield* Effect.exit(Effect.provideContext(run, Context.merge(services, request)))
        if (Exit.isSuccess(exit)) return answered(exit.value, output.box(exit.value))
        if (Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.interrupt
        return yield* failed(exit.cause)
      })
  }
}

const annotationsOf = ({ destructive, idempotent, openWorld, readonly, title }: Tool.Hints) => ({
  ...(title === undefined ? {} : { title }),
  ...(readonly === undefined ? {} : { readOnlyHint: readonly }),
  ...(destructive === undefined ? {} : { destructiveHint: destructive }),
  ...(idempotent === undefined ? {} : { idempotentHint: idempotent }),
  ...(openWorld === undefined ? {} : { openWorldHint: openWorld })
})

const answered = (json: Schema.Json, structuredContent: Schema.Json) =>
  new McpSchema.CallToolResult({
    content: [text(typeof json === "string" ? json : Printable.json(json))],
    structuredContent
  })

/** A typed failure is shown to the client. A defect is logged, and the client hears that there was one. */
const failed = (cause: Cause.Cause<unknown>): Effect.Effect<McpSchema.CallToolResult> => {
  const failure = cause.reasons.find(Cause.isFailReason)
  if (failure === undefined) {
    return Effect.as(
      Effect.logError("a served agent died", cause),
      new McpSchema.CallToolResult({ isError: true, content: [text("internal error")] })
    )
  }
  const { _tag, message } = TaggedMessage.of(failure.error)
  const step = StepOrigin.of(failure)?.path.join(" / ")
  const said = message === "" ? _tag : message
  return Effect.succeed(
    new McpSchema.CallToolResult({
      isError: true,
      content: [text(step === undefined ? said : `at step \`${step}\`: ${said}`)]
    })
  )
}

/** Clients show it, some of them on a terminal. Structured content is for programs, and stays as it is. */
const text = (content: string) => ({ type: "text", text: Printable.text(content) }) as const

/** Sends the events of `run` as progress, each before the answer: clients drop what arrives behind it. */
const reporting = <A, E, R>(
  server: McpServer.McpServer["Service"],
  token: unknown,
  run: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  if (typeof token !== "string" && typeof token !== "number") return run
  return Effect.withFiber((fiber) => {
    const fork = Effect.runForkWith(fiber.context)
    const sent: Array<Fiber.Fiber<unknown, unknown>> = []
    const observed = Pipeline.observe(run, (event) => {
      const message = progressOf(event)
      if (message === undefined) return
      const progress = {
        progressToken: token,
        progress: sent.length + 1,
        message: Printable.line(message)
      }
      sent.push(fork(server.notifications["notifications/progress"](progress)))
    })
    return Effect.onExit(
      observed,
      (exit) => Exit.hasInterrupts(exit) ? Effect.void : Effect.asVoid(Fiber.awaitAll(sent))
    )
  })
}

const progressOf = (event: PipelineEvent): string | undefined => {
  const place = event.path.join(" / ")
  switch (event._tag) {
    case "StepStarted":
      return `${place} started`
    case "StepFinished":
      return `${place} finished`
    case "StepFailed":
      return `${place} failed`
    case "ToolCalled":
      return `tool ${event.tool} called`
    case "ToolAnswered":
      return `tool ${event.tool} answered`
    case "ToolFailed":
      return `tool ${event.tool} failed`
    case "ApprovalAsked":
      return `${place === "" ? "the run" : place} waits for a decision: ${event.text}`
    default:
      return undefined
  }
}

/** MCP wants an object on both sides: a schema of anything else is put into one, under `key`. */
const boxed = (schema: Agent.AnySchema, key: string) => {
  if (isObject(schema)) {
    return {
      jsonSchema: jsonSchemaOf(schema),
      box: (value: Schema.Json) => value,
      unbox: (value: unknown) => value ?? {}
    }
  }
  return {
    jsonSchema: jsonSchemaOf(Schema.Struct({ [key]: schema })),
    box: (value: Schema.Json): Schema.Json => ({ [key]: value }),
    unbox: (value: unknown) =>
      typeof value === "object" && value !== null ? Reflect.get(value, key) as unknown : undefined
  }
}

const isObject = (schema: Agent.AnySchema): boolean =>
  SchemaAST.isObjects(SchemaAST.toEncoded(Schema.toCodecJson(schema).ast))

const jsonSchemaOf = (schema: Agent.AnySchema) => {
  const { ast } = schema
  // `Schema.Struct({})` accepts every value but null, and its JSON Schema says that; MCP wants an object without properties.
  return SchemaAST.isObjects(ast) && ast.propertySignatures.length + ast.indexSignatures.length === 0
    ? { type: "object", properties: {}, additionalProperties: false }
    : AiTool.getJsonSchemaFromSchema(schema)
}
