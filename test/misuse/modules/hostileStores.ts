/** Texts that are made to take long to read, in rows of a database, at the services of a program, and in its command line. */
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer, Redacted, Schema } from "effect"
import { HttpClient, HttpClientRequest, HttpRouter } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { SqlClient } from "effect/sql"
import { Agent, LlmAgent, Pipeline, Run, Step } from "greenlang"
import * as Catalog from "greenlang/cli/Catalog"
import * as Database from "greenlang/database/Database"
import { WrongRequest } from "greenlang/http-api"
import * as Http from "greenlang/http/Http"
import * as AnthropicBatch from "greenlang/llm/anthropic/AnthropicBatch"
import * as Conversation from "greenlang/llm/Conversation"
import * as LlmBatch from "greenlang/llm/LlmBatch"
import { McpAgents } from "greenlang/mcp"
import { History, Orchestrator } from "greenlang/orchestrator"
import * as StepCacheSql from "greenlang/pipeline/StepCacheSql"
import { ScriptedLlm } from "greenlang/testing"
import * as Wire from "../../llm/wire/Wire.ts"
import * as BareServer from "../../support/BareServer.ts"
import * as CommandLine from "../../support/CommandLine.ts"
import type { Hostile } from "./hostile.ts"

const repeated = (unit: string, characters: number) => unit.repeat(Math.ceil(characters / unit.length))

/** The texts that each of these doors is given. */
const texts: Readonly<Record<string, (characters: number) => string>> = {
  "levels": (size) => repeated("[", size),
  "a comma at the end": (size) => `[${repeated("1,", size)}]`,
  "a text without an end": (size) => `"${repeated("\\\\", size)}`
}

const schemas = { version: "1.0.0", input: Schema.String, output: Schema.String }
const Echo = Agent.make("Echo", { ...schemas, execute: Effect.succeed })
const Speaks = Agent.make("Speaks", {
  ...schemas,
  execute: (text) => Effect.as(Effect.andThen(Run.emitToken(text), Run.annotate("said", text)), text)
})
const Kept = Pipeline.make(
  "Kept",
  schemas,
  (text) =>
    Step.make("kept", [text], Effect.succeed, { output: Schema.String }).pipe(Step.cached({ timeToLive: "1 hour" }))
)
const Asks = LlmAgent.make("Asks", { version: "1.0.0", input: Schema.String, instructions: "Answer." })

const door = (kind: string, read: (text: string) => Effect.Effect<unknown, unknown>): ReadonlyArray<Hostile> =>
  Object.entries(texts).map(([what, text]) => ({
    kind,
    what,
    made: (characters) => {
      const foreign = text(characters)
      return () => Effect.runPromiseExit(read(foreign))
    }
  }))

const stores = Orchestrator.layer({ agents: [Echo] }).pipe(
  Layer.provideMerge(Layer.mergeAll(History.layer(), StepCacheSql.layer, Conversation.layer)),
  Layer.provideMerge(Layer.fresh(Database.layerMemory))
)
type Stores = Layer.Success<typeof stores>

/** A row that was written as it should be, holds another text when it is read. */
const row = (
  kind: string,
  write: Effect.Effect<unknown, unknown, Stores>,
  spoil: (sql: SqlClient.SqlClient, text: string) => Effect.Effect<unknown, unknown>,
  read: Effect.Effect<unknown, unknown, Stores>
) =>
  door(kind, (text) =>
    Effect.gen(function*() {
      yield* write
      yield* spoil(yield* SqlClient.SqlClient, text)
      yield* read
    }).pipe(Effect.provide(stores, { local: true })))

const talk = Asks.run("hi").pipe(Conversation.within("a"), Effect.provide(ScriptedLlm.layer("one", "two")))

const Api = HttpApi.make("Echoes").add(
  HttpApiGroup.make("echoes", { topLevel: true }).add(
    HttpApiEndpoint.post("echo", "/echo", { payload: Schema.Struct({ text: Schema.String }), success: Schema.String })
  ).middleware(WrongRequest)
)
const Handlers = HttpApiBuilder.group(
  Api,
  "echoes",
  (handlers) => Effect.succeed(handlers.handleAll({ echo: ({ payload }) => Effect.succeed(payload.text) }))
)
const api = HttpRouter.serve(HttpApiBuilder.layer(Api), { disableLogger: true, disableListenLog: true }).pipe(
  Layer.provide(Handlers),
  Layer.provide(WrongRequest.layer),
  Layer.provideMerge(NodeHttpServer.layerTest)
)
const mcp = HttpRouter.serve(
  McpAgents.layerHttp({ name: "echoes", version: "1.0.0", path: "/mcp", agents: { Echo } }),
  { disableLogger: true, disableListenLog: true }
).pipe(Layer.provideMerge(NodeHttpServer.layerTest))

const post = (path: string, body: string) =>
  Effect.flatMap(
    HttpClient.execute(HttpClientRequest.post(path).pipe(HttpClientRequest.bodyText(body, "application/json"))),
    ({ text }) => text
  )

const client = Http.layer({ retries: 0 })
const results = (text: string) =>
  Effect.gen(function*() {
    const { origin } = yield* BareServer.start((response, { headers, url }) => {
      if (url.includes("results")) return BareServer.text(`${text}\n`)(response)
      const results_url = `http://${headers.host}/v1/messages/batches/b1/results`
      Wire.json(response, { id: "b1", type: "message_batch", processing_status: "ended", results_url })
    })
    const vendor = AnthropicBatch.layer({ baseUrl: origin, model: "m", apiKey: Redacted.make("sk-planted-4711") })
    yield* Effect.provide(LlmBatch.generate(["hi"], { pause: "1 millis" }), vendor)
  }).pipe(Effect.provide(client), Effect.scoped)

const refused = (text: string) =>
  Effect.gen(function*() {
    const { origin } = yield* BareServer.start(BareServer.text(text, 400, { "content-type": "application/json" }))
    yield* Effect.provide(Asks.run("hi"), Wire.modelAt("openai", origin))
  }).pipe(Effect.scoped)

const catalog = Catalog.make(
  [Speaks, Echo].map((agent) => Catalog.entry(agent.name, Effect.succeed(agent), Layer.empty))
)
const command = (...args: ReadonlyArray<string>) => CommandLine.run(args, { catalog })

export const hostileStores: ReadonlyArray<Hostile> = [
  ...row(
    "rows of the history",
    Effect.flatMap(Orchestrator, ({ run }) => run("Echo", "hi")),
    (sql, text) => sql`UPDATE run_history SET record = ${text}`,
    Effect.flatMap(History, (history) => history.list())
  ),
  ...row(
    "rows of a cache",
    Kept.run("hi"),
    (sql, text) => sql`UPDATE answer_cache SET answer = ${text}`,
    Kept.run("hi")
  ),
  ...row("rows of a conversation", talk, (sql, text) => sql`UPDATE conversations SET value = ${text}`, talk),
  ...door("bodies of an HTTP API", (text) => Effect.provide(post("/echo", text), api)),
  ...door("messages of an MCP client", (text) => Effect.provide(post("/mcp", text), mcp)),
  ...door("files of a batch", results),
  ...door("refusals of a model", refused),
  ...door("events of a run", (text) => command("run", "Speaks", JSON.stringify(text), "--events")),
  ...door("names on the command line", (text) => command("run", text, "{}"))
]
