/**
 * Values and texts of thousands of levels, at every door where something from outside enters or is shown. Each call answers or
 * fails with a tagged error: nothing calls itself for each level of what others wrote.
 */
import { createOpenAI } from "@ai-sdk/openai"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema, type Scope, Stream } from "effect"
import { HttpClient, HttpClientRequest, HttpRouter } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { SqlClient } from "effect/sql"
import {
  Agent,
  Approval,
  CpuPool,
  lift,
  Llm,
  LlmAgent,
  Manifest,
  Offline,
  Pipeline,
  PipelineSpec,
  PromiseAgent,
  PureSyncAgent,
  Run,
  Step,
  StepCache,
  SyncAgent,
  Tool
} from "greenlang"
import { AiSdk } from "greenlang/ai-sdk"
import * as Catalog from "greenlang/cli/Catalog"
import * as Database from "greenlang/database/Database"
import { WrongRequest } from "greenlang/http-api"
import * as Http from "greenlang/http/Http"
import * as LlmCache from "greenlang/llm/layers/LlmCache"
import { LlmCacheStore } from "greenlang/llm/layers/LlmCacheStore"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import { History, Orchestrator } from "greenlang/orchestrator"
import * as StepCacheSql from "greenlang/pipeline/StepCacheSql"
import * as HtmlReport from "greenlang/report/HtmlReport"
import { Cassette, Difference, HttpCassette, Reply, ScriptedLlm } from "greenlang/testing"
import * as Secrets from "greenlang/testing/Secrets"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Answers from "../llm/wire/Answers.ts"
import * as Wire from "../llm/wire/Wire.ts"
import { atHome } from "../support/AtHome.ts"
import * as BareServer from "../support/BareServer.ts"
import * as CommandLine from "../support/CommandLine.ts"
import * as TimedLlm from "../support/TimedLlm.ts"
import * as Unreadable from "../support/Unreadable.ts"
import { Reads } from "./modules/reads.ts"
import { settled, settledCall } from "./modules/settled.ts"

const nested = (levels: number): Schema.Json => {
  let value: Schema.Json = 1
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

/** JSON of so many levels, which `JSON.stringify` could not write. */
const text = (levels: number): string => {
  const half = Math.floor(levels / 2)
  return `${"{\"a\":[".repeat(half)}1${"]}".repeat(half)}`
}

const json = { version: "1.0.0", input: Schema.Unknown, output: Schema.Unknown }
const Takes = Agent.make("Takes", { ...json, execute: () => Effect.succeed(1) })
const Gives = Agent.make("Gives", { ...json, execute: (levels) => Effect.sync(() => nested(Number(levels))) })

const steps = Pipeline.make("Steps", { ...json, input: Schema.Finite }, (levels) => {
  const deep = Step.make("deep", [levels], (levels) => Effect.sync(() => nested(levels)), { output: Schema.Any })
  return Step.make("deeper", [deep], (deep) => Effect.succeed([deep]), { output: Schema.Any }).pipe(
    Step.cached({ timeToLive: "1 hour" })
  )
})

const keeping = Effect.provide(StepCache.layerMemory({ capacity: 10 }))

const runs = Layer.provideMerge(
  Orchestrator.layer({ agents: [Takes, Gives] }),
  Layer.provideMerge(History.layer(), Layer.fresh(Database.layerMemory))
)

const catalog = Catalog.make([
  Catalog.entry("Reads", Effect.succeed(Reads), Layer.empty),
  Catalog.entry("Gives", Effect.succeed(Gives), Layer.empty)
])

/** Ends with 0, 1 or 2, as every command does: 1 and 2 say why. */
const command = (args: ReadonlyArray<string>, stdin = "") =>
  Effect.map(CommandLine.run(args, { catalog, stdin }), ({ code, stderr }) => {
    if (code === 0) return "answered"
    assert.include([1, 2], code, stderr)
    assert.notMatch(stderr, /call stack|RangeError/)
    return "UsageError"
  })

const file = (extension: string, content: string) =>
  Effect.map(Unreadable.make(extension), ({ folder }) => {
    const path = join(folder, `deep${extension}`)
    writeFileSync(path, content)
    return path
  })

const wholeOf = (format: Wire.Format, levels: number) => {
  const whole = JSON.stringify(Answers.hello[format].whole)
  return `${whole.slice(0, -1)},"more":${text(levels)}}`
}
const streamOf = (format: Wire.Format, levels: number) =>
  Answers.hello[format].stream.replace(/data: \{/, `data: {"more":${text(levels)},`)

const toolModel = (levels: number) => {
  const call = {
    content: null,
    tool_calls: [{ id: "c", type: "function", function: { name: "weather", arguments: `{"city":${text(levels)}}` } }]
  }
  let at = 0
  return Wire.serve((response) =>
    Wire.json(
      response,
      at++ === 0 ? Answers.completion(call, {}, "tool_calls") : Answers.completion({ content: "done" })
    )
  )
}

const api = HttpApi.make("Api").add(
  HttpApiGroup.make("all", { topLevel: true })
    .add(HttpApiEndpoint.post("takes", "/takes", { payload: Schema.Struct({ n: Schema.Json }), success: Schema.Int }))
    .middleware(WrongRequest)
)
const service = HttpRouter.serve(HttpApiBuilder.layer(api), { disableLogger: true, disableListenLog: true }).pipe(
  Layer.provide(
    HttpApiBuilder.group(
      api,
      "all",
      (handlers) => Effect.succeed(handlers.handleAll({ takes: () => Effect.succeed(1) }))
    )
  ),
  Layer.provide(WrongRequest.layer),
  Layer.provideMerge(NodeHttpServer.layerTest)
)

const entryOf = (request: string, parts: string) =>
  `{"version":1,"provider":"p","model":"m","offline":false,"codec":"default","entries":[{"request":${request},"parts":${parts}}]}`

const Doubled = lift("Doubled", {
  version: "1.0.0",
  module: new URL("../cpu/modules/legacy.ts", import.meta.url),
  export: "double",
  input: Schema.Unknown,
  output: Schema.Unknown
})

/** A turn before, in which the model called a tool. */
const promptOf = (levels: number) => [{
  role: "assistant" as const,
  content: [{ type: "tool-call" as const, id: "c", name: "t", params: nested(levels), providerExecuted: false }]
}]

type Member = (levels: number) => Effect.Effect<unknown, unknown, Scope.Scope>

const ask = Effect.map(Llm.generate("hi"), ({ text }) => text)

const members: Readonly<Record<string, Member>> = {
  "the input of a run": (levels) => Takes.run(nested(levels)),
  "the answer of a run": (levels) => Gives.run(levels),
  "a promise": (levels) =>
    settledCall(async () => {
      await using agent = await PromiseAgent.open(Takes)
      await agent.execute(nested(levels))
    }),
  "a synchronous call": (levels) =>
    settledCall(() => {
      using agent = PureSyncAgent.open(Takes)
      agent.execute(nested(levels))
    }),
  "a blocking call": (levels) => settledCall(() => blocking.execute({ any: nested(levels) } as never)),
  "a worker thread": (levels) => Effect.provide(Doubled.run(nested(levels)), CpuPool.layerWorkers({ size: 1 })),
  "the input of the orchestrator": (levels) =>
    Effect.flatMap(Orchestrator, ({ run }) => run("Takes", nested(levels))).pipe(Effect.provide(runs)),
  "the answer of the orchestrator, and the history": (levels) =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      yield* settled(run("Gives", levels))
      assert.lengthOf(yield* (yield* History).list(), 1)
    }).pipe(Effect.provide(runs)),
  "a row of the history": (levels) =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      yield* run("Gives", 1)
      const sql = yield* SqlClient.SqlClient
      const [table] = yield* sql<
        { name: string }
      >`SELECT name FROM sqlite_master WHERE name LIKE '%run%' AND type = 'table'`
      const columns = yield* sql<{ name: string }>`SELECT name FROM pragma_table_info(${table!.name})`
      for (const { name } of columns.filter(({ name }) => /input|output|steps|entry|annotations|record/.test(name))) {
        yield* Effect.ignore(sql`UPDATE ${sql(table!.name)} SET ${sql(name)} = ${text(levels)}`)
      }
      yield* settled((yield* History).list())
    }).pipe(Effect.provide(runs)),
  "the answer of a step, kept in memory": (levels) => keeping(Effect.all([steps.run(levels), steps.run(levels)])),
  "the answer of a step, kept in a database": (levels) =>
    Effect.provide(
      Effect.all([steps.run(levels), steps.run(levels)]),
      Layer.provide(StepCacheSql.layer, Layer.fresh(Database.layerMemory))
    ),
  "a row of a cache of models": (levels) =>
    Effect.provide(
      ask,
      LlmProvider.languageModel.pipe(
        Layer.provide(LlmCache.layerStore({ timeToLive: "1 hour" })),
        Layer.provide(TimedLlm.make(() => Effect.succeed({ text: "x" })).layer),
        Layer.provide(Layer.succeed(LlmCacheStore, {
          get: () => Effect.succeedSome(text(levels)),
          set: () => Effect.void
        }))
      )
    ),
  "a pipeline file in YAML": (levels) =>
    PipelineSpec.fromYaml(`name: A\nversion: "1"\nsteps: ${"[".repeat(levels)}${"]".repeat(levels)}`, {
      agents: [Takes]
    }),
  "a pipeline file in JSON": (levels) => PipelineSpec.fromYaml(text(levels), { agents: [Takes] }),
  "the text of a condition": (levels) =>
    PipelineSpec.fromYaml(
      `name: A\nversion: "1"\nsteps: [{ name: a, agent: Takes, when: '${"(".repeat(levels)}true${
        ")".repeat(levels)
      }' }]`,
      { agents: [Takes] }
    ),
  "the values of a condition": (levels) =>
    Effect.flatMap(
      PipelineSpec.fromYaml(
        `{ name: A, version: "1", steps: [{ name: a, agent: Gives, input: input.levels }, { name: b, agent: Gives, input: input.levels }, { name: c, agent: Takes, when: results.a == results.b or results.a in [results.b] }] }`,
        { agents: [Takes, Gives] }
      ),
      (pipeline) => pipeline.run({ levels } as never)
    ) as Effect.Effect<unknown, unknown>,
  "a manifest": (levels) =>
    Effect.flatMap(file(".yaml", `name: A\nversion: 1.0.0\ninputs: ${text(levels)}`), Manifest.load),
  "a prompt of the offline model": (levels) => Effect.provide(Llm.generate(text(levels)), Offline.layer),
  "the arguments of a tool": (levels) =>
    Effect.gen(function*() {
      const tool = Tool.make("weather", {
        description: "The weather",
        input: Schema.Struct({ city: Schema.Unknown }),
        output: Schema.String,
        execute: () => Effect.succeed("sun")
      })
      const { url } = yield* toolModel(levels)
      const answer = Llm.withTools({ prompt: "hi", tools: [tool] })
      return yield* Effect.provide(answer, Wire.modelAt("openai", url))
    }),
  "the answer of a tool": (levels) =>
    Effect.provide(
      Llm.withTools({
        prompt: "hi",
        tools: [Tool.make("deep", {
          description: "Deep",
          input: Schema.Struct({}),
          output: Schema.Unknown,
          execute: () => Effect.sync(() => nested(levels))
        })]
      }),
      ScriptedLlm.layer(Reply.call("deep", {}), "done")
    ),
  "the typed answer of a model": (levels) =>
    Effect.provide(
      Llm.generateObject(Schema.Struct({ city: Schema.Unknown }), { prompt: "hi", attempts: 1 }),
      ScriptedLlm.layer(`{"city":${text(levels)}}`)
    ),
  "the answer of an agent of a model": (levels) =>
    Effect.provide(
      LlmAgent.make("Asks", {
        version: "1.0.0",
        input: Schema.String,
        instructions: "Answer.",
        output: Schema.Struct({ city: Schema.Unknown }),
        attempts: 1
      }).run("hi"),
      ScriptedLlm.layer(`{"city":${text(levels)}}`)
    ),
  ...Object.fromEntries(Wire.formats.flatMap((format): ReadonlyArray<readonly [string, Member]> => [
    [`an answer of ${format}`, (levels) => Wire.ask(format, "whole", wholeOf(format, levels))],
    [`a stream of ${format}`, (levels) => Wire.ask(format, "stream", streamOf(format, levels))],
    [`a batch of ${format}`, (levels) => Wire.ask(format, "batch", wholeOf(format, levels))],
    [
      `a prompt to ${format}`,
      (levels) =>
        Effect.forEach(["whole", "stream", "bridge", "bridge stream"] as const, (way) =>
          settled(Wire.ask(
            format,
            way,
            way.endsWith("stream") ? Answers.hello[format].stream : wholeOf(format, 2),
            promptOf(levels)
          )))
    ],
    [`a prompt of a batch of ${format}`, (levels) => Wire.ask(format, "batch", wholeOf(format, 2), promptOf(levels))],
    [`the bridge to ${format}`, (levels) => Wire.ask(format, "bridge", wholeOf(format, levels))],
    [`a stream of the bridge to ${format}`, (levels) => Wire.ask(format, "bridge stream", streamOf(format, levels))]
  ])),
  "the body of an HTTP answer": (levels) =>
    Effect.gen(function*() {
      const { origin } = yield* BareServer.start(BareServer.text(text(levels)))
      return yield* Effect.flatMap(HttpClient.get(origin), ({ json }) => json)
    }).pipe(Effect.provide(Http.layer())),
  "the body of an HTTP request": (levels) =>
    Effect.gen(function*() {
      const client = yield* HttpClient.HttpClient
      const request = HttpClientRequest.bodyText(
        HttpClientRequest.post("/takes"),
        `{"n":${text(levels)}}`,
        "application/json"
      )
      const { status } = yield* client.execute(request)
      assert.include([200, 400, 413, 422], status)
    }).pipe(Effect.provide(service)),
  "the answer that a cassette records": (levels) =>
    Effect.gen(function*() {
      const path = yield* file(".json", "")
      const part = { type: "tool-call" as const, id: "c", name: "t", params: nested(levels) }
      const provider = Layer.succeed(
        LlmProvider,
        LlmProvider.make({
          name: "foreign",
          model: "m",
          generate: () => Effect.succeed([part]),
          stream: () => Stream.make(part)
        } as never)
      )
      const recording = Effect.provide(Cassette.layer({ path: `${path}.new`, provider }))
      yield* settled(atHome(recording(ask)))
      yield* settled(atHome(recording(Stream.runDrain(Llm.stream("hi")))))
    }),
  "the requests of a cassette": (levels) =>
    Effect.gen(function*() {
      const path = yield* file(".json", entryOf(text(levels), "[]"))
      return yield* settled(Effect.provide(ask, Cassette.layerReplay({ path })))
    }),
  "the answers of a cassette": (levels) =>
    Effect.gen(function*() {
      const path = yield* file(".json", entryOf("{}", `[${text(levels)}]`))
      return yield* settled(Effect.provide(Cassette.unused, Cassette.layerReplay({ path })))
    }),
  "a cassette of HTTP": (levels) =>
    Effect.gen(function*() {
      const path = yield* file(".json", `{"version":1,"entries":[{"request":${text(levels)}}]}`)
      return yield* settled(Effect.provide(HttpClient.get("http://a.example"), HttpCassette.layerReplay({ path })))
    }),
  "the body of a request that a cassette of HTTP records": (levels) =>
    Effect.gen(function*() {
      const path = yield* file(".json", "")
      const { origin } = yield* BareServer.start(BareServer.text(text(levels)))
      const post = HttpClientRequest.bodyText(HttpClientRequest.post(origin), text(levels), "application/json")
      yield* settled(
        Effect.flatMap(HttpClient.HttpClient, (client) => client.execute(post)).pipe(
          atHome,
          Effect.provide(Layer.provide(HttpCassette.layerRecord({ path: `${path}.new` }), Http.layer()))
        )
      )
    }),
  "a prompt that a cassette records": (levels) =>
    Effect.gen(function*() {
      const path = yield* file(".json", "")
      const provider = TimedLlm.make(() => Effect.succeed({ text: "x" })).layer
      return yield* settled(
        atHome(Effect.provide(Llm.generate(promptOf(levels)), Cassette.layer({ path: `${path}.new`, provider })))
      )
    }),
  "secrets in a value": (levels) =>
    Effect.sync(() => {
      Secrets.ofBody(nested(levels))
    }),
  "the difference of two values": (levels) => Effect.sync(() => Difference.between(nested(levels), nested(levels + 1))),
  "standard input of the command line": (levels) => command(["run", "Reads", "-", "--json"], `{"any":${text(levels)}}`),
  "an input file of the command line": (levels) =>
    Effect.flatMap(file(".json", text(levels)), (path) => command(["run", "Reads", "--input", path])),
  "the answer that the command line shows": (levels) =>
    Effect.all([
      command(["run", "Gives", `${levels}`, "--format", "text"]),
      command(["run", "Gives", `${levels}`, "--json"])
    ]),
  "a pipeline file that the command line checks": (levels) =>
    Effect.flatMap(file(".yaml", `steps: ${text(levels)}`), (path) => command(["check", path])),
  "a page": (levels) => keeping(steps.run(levels).pipe(HtmlReport.record(steps, () => Effect.void))),
  "an annotation": (levels) =>
    Agent.make("Notes", { ...json, execute: () => Run.annotate("deep", nested(levels)) }).run(1),
  "the events of a run": (levels) => keeping(Stream.runDrain(steps.events(levels))),
  "the decision of a person": (levels) =>
    Pipeline.make("Asks", { ...json, input: Schema.Finite }, (n) => Step.approval("asks", [n], () => "May I?")).run(1)
      .pipe(Effect.provideService(Approval, {
        ask: () => Effect.succeed({ approved: true, comment: nested(levels) as never })
      })),
  "a foreign model of the AI SDK": (levels) =>
    Effect.gen(function*() {
      const { url } = yield* Wire.serve((response) => Wire.json(response, `{"error":${text(levels)}}`, 500))
      const model = AiSdk.layer({ model: (fetch) => createOpenAI({ apiKey: "none", baseURL: url, fetch }).chat("m") })
      return yield* Effect.provide(ask, Layer.provide(model, Http.layer({ retries: 0 })))
    })
}

const blocking = SyncAgent.fromModule<typeof Reads>(new URL("./modules/reads.ts", import.meta.url), { export: "Reads" })

describe("thousands of levels", () => {
  for (const [door, member] of Object.entries(members)) {
    it.live(`end in an answer or a tagged error: ${door}`, () =>
      Effect.gen(function*() {
        for (const levels of [600, 2_000, 8_000, 60_000]) yield* settled(Effect.scoped(member(levels)))
      }))
  }
})
