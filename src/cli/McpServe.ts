/**
 * The agents of a catalog as an MCP server of this process.
 *
 * 1. Standard output belongs to the protocol: what agents print goes to standard error.
 * 2. A run asks the policies, and is kept in the history, like one of `greenlang run`.
 * 3. The layer of an agent is built before its first call, and released when the server ends.
 */
import * as Console from "effect/Console"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Sink from "effect/Sink"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Agent from "../agent/Agent.ts"
import * as AgentRuntime from "../agent/AgentRuntime.ts"
import * as McpAgents from "../mcp/McpAgents.ts"
import * as RunRecorder from "../orchestrator/RunRecorder.ts"
import * as AgentRun from "./AgentRun.ts"
import type * as Catalog from "./Catalog.ts"

/** @category models */
export interface Options {
  readonly version: string
  readonly catalog: Catalog.Catalog
  /** Which entries of the catalog are served. */
  readonly entries: ReadonlyArray<Catalog.Entry>
  /** What records each run. */
  readonly sinks: ReadonlyArray<RunRecorder.Sink>
}

/**
 * Serves on standard input and output. Ends when the client closes the input: calls that are under way have two seconds to end,
 * and are interrupted then.
 *
 * @category serving
 */
export const stdio = Effect.fnUntraced(function*(options: Options) {
  const real = yield* Stdio.Stdio
  const closed = yield* Deferred.make<void>()
  const isProtocol = yield* keepOutput
  const input = Stdio.make({
    ...real,
    // The server reads it once, whatever comes: it ends when the client closes it.
    stdin: Stream.ensuring(real.stdin, Deferred.succeed(closed, undefined)),
    stdout: (options) => Sink.mapInput(real.stdout(options), isProtocol)
  })
  const server = McpAgents.layerStdio({ ...yield* described(options) }).pipe(
    Layer.provide(Layer.succeed(Stdio.Stdio, input))
  )
  // The server ends by interrupting the fiber that it was started in.
  const fiber = yield* Effect.forkScoped(Layer.launch(server))
  const late = Effect.andThen(Deferred.await(closed), Effect.sleep(patience))
  yield* Effect.raceFirst(Fiber.await(fiber), late)
  yield* Fiber.interrupt(fiber)
}, Effect.scoped)

const patience = Duration.seconds(2)

/**
 * Serves by streamable HTTP at `/mcp` of this port, on the loopback address only. Reports the address on standard error. Fails
 * where the port cannot be opened.
 *
 * @category serving
 */
export const http = Effect.fnUntraced(function*(options: Options, port: number) {
  const [NodeHttpServer, { createServer }] = yield* Effect.promise(() =>
    Promise.all([import("@effect/platform-node/NodeHttpServer"), import("node:http")])
  )
  const hosts = ["127.0.0.1", "localhost"].map((host) => `${host}:${port}`)
  const origins = hosts.map((host) => `http://${host}`)
  const routes = McpAgents.layerHttp({ ...yield* described(options), path: "/mcp", allowedOrigins: origins })
  const server = HttpRouter.serve(routes, {
    disableLogger: true,
    disableListenLog: true,
    // A page whose name was pointed at this address is of a foreign host.
    middleware: (served) =>
      Effect.flatMap(
        HttpServerRequest.HttpServerRequest,
        ({ headers }) =>
          hosts.includes(headers["host"]?.toLowerCase() ?? "")
            ? served
            : Effect.succeed(HttpServerResponse.text("unknown host", { status: 403 }))
      )
  }).pipe(
    Layer.provide(NodeHttpServer.layer(createServer, { port, host: "127.0.0.1" }))
  )
  yield* Layer.build(server)
  const count = options.entries.length
  yield* Console.error(`greenlang serves ${count} ${count === 1 ? "agent" : "agents"} at ${origins[0]}/mcp`)
  return yield* Effect.never
}, Effect.scoped)

const described = Effect.fnUntraced(function*({ catalog, entries, sinks, version }: Options) {
  const agents: Record<string, Agent.Any> = {}
  for (const { layer, load } of entries) {
    const agent = yield* load
    agents[nameFor(agent.name, agents)] = yield* opened(recorded(catalog, agent, sinks), layer)
  }
  return {
    name: "greenlang",
    version,
    agents: agents as Readonly<Record<string, Agent.Agent<never, unknown, unknown>>>
  }
})

/** The entry has erased what its layer provides: where it was made, the types have compared it with what the agent needs. */
const opened: (
  agent: Agent.Any,
  layer: Layer.Layer<never, unknown>
) => Effect.Effect<Agent.Any, never, Scope.Scope> = AgentRuntime.make as never

/** A run of `agent` as a run of the command line. It decodes its input, and has the limits of `agent`. */
const recorded = (
  { policies }: Catalog.Catalog,
  agent: Agent.Any,
  sinks: ReadonlyArray<RunRecorder.Sink>
): Agent.Any => {
  const run = (input: unknown) =>
    RunRecorder.make({ agent, sinks }, (draft) =>
      Effect.andThen(
        AgentRun.allow(policies, agent, input, draft),
        agent.run(input as never, { onExcessProperty: "error" })
      ))
  const { description, input, name, output, version } = agent
  return Agent.make(name, {
    version,
    description,
    input,
    output,
    validation: "off",
    timeout: Duration.infinity,
    execute: (input) => Effect.map(run(input), ({ value }) => value)
  })
}

/** Clients take letters, digits, `_` and `-`, at most 64 of them. */
const nameFor = (name: string, taken: Readonly<Record<string, unknown>>): string => {
  const plain = name.replaceAll(/[^\w-]+/g, "_").slice(0, 60) || "agent"
  let found = plain
  for (let n = 2; found in taken; n++) found = `${plain}_${n}`
  return found
}

/**
 * What agents print, by `console` or to `process.stdout`, goes to standard error until the scope closes. Answers with what marks
 * output of the protocol, which goes to standard output.
 */
const keepOutput = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => {
      const { error } = console
      const { stderr, stdout } = process
      const before = { console: { ...console }, write: stdout.write }
      const protocol = new WeakSet<Uint8Array>()
      Object.assign(console, { log: error, info: error, debug: error, dir: error, table: error })
      const write = (...given: Parameters<typeof stdout.write>) =>
        typeof given[0] === "object" && protocol.has(given[0])
          ? before.write.apply(stdout, given)
          : stderr.write(...given)
      stdout.write = write as typeof stdout.write
      return { before, protocol }
    }),
    ({ before }) =>
      Effect.sync(() => {
        Object.assign(console, before.console)
        process.stdout.write = before.write
      })
  ),
  ({ protocol }) => (sent: string | Uint8Array) => {
    const bytes = typeof sent === "string" ? new TextEncoder().encode(sent) : sent
    protocol.add(bytes)
    return bytes
  }
)
