/**
 * What throws or holds nonsense where something reads, records or decides beside a run. It ends in a typed failure, or is left
 * out, and the rest goes on; nothing becomes a defect.
 *
 * Every way in which a history, a policy and a cache can fail is in `test/orchestrator/Beside.test.ts` and
 * `test/pipeline/CacheFaults.test.ts`, programs without types are in `test/orchestrator/Untyped.test.ts`.
 */
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Logger, Option, Schema, type Scope, Stream } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { Persistence } from "effect/persistence"
import { SqlClient } from "effect/sql"
import { Agent, Approval, Llm, LlmAgent, Manifest, Pipeline, PipelineSpec, Run, Step, StepCache } from "greenlang"
import * as Database from "greenlang/database/Database"
import * as Migrations from "greenlang/database/Migrations"
import { Durable } from "greenlang/durable"
import * as Http from "greenlang/http/Http"
import * as Conversation from "greenlang/llm/Conversation"
import * as LlmCache from "greenlang/llm/layers/LlmCache"
import { LlmCacheStore } from "greenlang/llm/layers/LlmCacheStore"
import * as LlmRecorder from "greenlang/llm/layers/LlmRecorder"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import { ApprovalQueue, History, Orchestrator, Policy } from "greenlang/orchestrator"
import * as StepCacheSql from "greenlang/pipeline/StepCacheSql"
import * as HtmlReport from "greenlang/report/HtmlReport"
import { Cassette, HttpCassette, ScriptedLlm } from "greenlang/testing"
import * as Exchange from "greenlang/testing/Exchange"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as BareServer from "../support/BareServer.ts"
import { throwing } from "../support/Faults.ts"
import * as TimedLlm from "../support/TimedLlm.ts"
import * as Unreadable from "../support/Unreadable.ts"
import { settled } from "./modules/settled.ts"

const schemas = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
const Double = Agent.make("Double", { ...schemas, execute: (n) => Effect.succeed(n * 2) })

const historyOf = (add: History["Service"]["add"]) =>
  Layer.succeed(History, { add, find: () => Effect.succeedNone, list: () => Effect.succeed([]) })
const orchestrated = (options: Partial<Parameters<typeof Orchestrator.layer>[0]>, history: Layer.Layer<History>) =>
  Layer.provide(Orchestrator.layer({ agents: [Double], ...options }), history) as Layer.Layer<Orchestrator>
const run = (options: Partial<Parameters<typeof Orchestrator.layer>[0]>, add: History["Service"]["add"]) =>
  Effect.flatMap(Orchestrator, ({ run }) => run("Double", 1)).pipe(
    Effect.provide(orchestrated(options, historyOf(add)))
  )
const working = () => Effect.void

const kept = Pipeline.make(
  "Kept",
  schemas,
  (n) =>
    Step.make("kept", [n], (n) => Effect.succeed(n), { output: Schema.Finite }).pipe(
      Step.cached({ timeToLive: "1 hour" })
    )
)

const ask = Effect.map(Llm.generate("hi"), ({ text }) => text)
const model = TimedLlm.make(() => Effect.succeed({ text: "x" })).layer
const cachedModel = (store: LlmCacheStore["Service"]) =>
  LlmProvider.languageModel.pipe(
    Layer.provide(LlmCache.layerStore({ timeToLive: "1 hour" })),
    Layer.provide(model),
    Layer.provide(Layer.succeed(LlmCacheStore, store))
  )

const Asks = LlmAgent.make("Asks", { version: "1.0.0", input: Schema.String, instructions: "Answer." })
const turn = Asks.run("hi").pipe(Conversation.within("a"))
const conversations = (store: Partial<Persistence.BackingPersistenceStore>) =>
  Layer.succeed(Persistence.BackingPersistence, {
    make: () =>
      Effect.succeed(
        { get: () => Effect.undefined, set: () => Effect.void, ...store } as Persistence.BackingPersistenceStore
      )
  })

const memory = Layer.fresh(Database.layerMemory)

/** Writes nonsense into every text of every row of the tables whose names begin so. */
const spoil = (prefix: string, nonsense: string) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const tables = yield* sql<
      { name: string }
    >`SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE ${`${prefix}%`}`
    assert.isNotEmpty(tables, prefix)
    let changed = 0
    for (const { name } of tables) {
      const columns = yield* sql<{ name: string; pk: number }>`SELECT name, pk FROM pragma_table_info(${name})`
      for (
        const column of columns.filter(({ name, pk }) => pk === 0 && !/^(?:id|run_id|key)$|_at$|expires/.test(name))
      ) {
        changed++
        yield* Effect.ignore(sql`UPDATE ${sql(name)} SET ${sql(column.name)} = ${nonsense}`)
      }
    }
    assert.isAbove(changed, 0)
  })

const file = (extension: string, content: string) =>
  Effect.map(Unreadable.make(extension), ({ folder }) => {
    const path = join(folder, `wrong${extension}`)
    writeFileSync(path, content)
    return path
  })

const modelCassette = (entry: object) =>
  Effect.gen(function*() {
    const path = yield* file(
      ".json",
      JSON.stringify({ version: 1, provider: "p", model: "m", offline: false, codec: "default", entries: [entry] })
    )
    return yield* Effect.provide(ask, Cassette.layerReplay({ path }))
  })

const httpCassette = (response: object) =>
  Effect.gen(function*() {
    const request = { method: "GET", url: "http://a.example/", body: null }
    const path = yield* file(".json", JSON.stringify({ version: 1, entries: [{ request, response }] }))
    return yield* Effect.provide(
      Effect.flatMap(HttpClient.get("http://a.example/"), ({ text }) => text),
      HttpCassette.layerReplay({ path })
    )
  })

const body = { encoding: "text", data: "x" }

const answered = (head: Record<string, string>, status = 200) =>
  Effect.gen(function*() {
    const { origin } = yield* BareServer.start(BareServer.text("x", status, head))
    const response = yield* HttpClient.get(origin)
    void response.cookies
    return yield* response.text
  }).pipe(Effect.provide(Http.layer({ retries: 1, pause: "1 millis" })))

const spec = (inputs: string) =>
  PipelineSpec.fromYaml(
    `{ name: A, version: "1", inputs: { type: object, properties: ${inputs} }, steps: [{ name: a, agent: Double, input: 1 }] }`,
    { agents: [Double] }
  )

type Member = readonly [ending: string, run: Effect.Effect<unknown, unknown, Scope.Scope>]

const members: Readonly<Record<string, Member>> = {
  "a policy that throws": [
    "PolicyDenied",
    run({ policies: [Policy.make("odd", throwing)] }, working)
  ],
  "a policy that answers with nonsense": [
    "PolicyDenied",
    run({ policies: [Policy.make("odd", () => Effect.succeed(42 as never))] }, working)
  ],
  "a history that throws": ["answered", run({}, throwing)],
  "a row of the history": [
    "answered",
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      yield* run("Double", 1)
      yield* spoil("run", "<nonsense>")
      yield* run("Double", 2)
      const entries = yield* (yield* History).list()
      assert.lengthOf(entries.filter(({ input }) => input === 2), 1)
    }).pipe(Effect.provide(
      Layer.provideMerge(Orchestrator.layer({ agents: [Double] }), Layer.provideMerge(History.layer(), memory))
    ))
  ],
  "a cache of steps that throws when it is read": [
    "answered",
    Effect.provideService(kept.run(1), StepCache, { get: throwing, set: () => Effect.void })
  ],
  "a cache of steps that throws when it is written": [
    "answered",
    Effect.provideService(kept.run(1), StepCache, { get: () => Effect.succeedNone, set: throwing })
  ],
  "a row of the cache of steps": [
    "answered",
    Effect.gen(function*() {
      yield* kept.run(1)
      yield* spoil("answer_cache", "<nonsense>")
      yield* kept.run(1)
    }).pipe(Effect.provide(Layer.provideMerge(StepCacheSql.layer, memory)))
  ],
  "a cache of answers that throws when it is read": [
    "answered",
    Effect.provide(ask, cachedModel({ get: throwing, set: () => Effect.void }))
  ],
  "a cache of answers that throws when it is written": [
    "answered",
    Effect.provide(ask, cachedModel({ get: () => Effect.succeed(Option.none()), set: throwing }))
  ],
  "the record of a call to a model": [
    "answered",
    Effect.provide(
      ask,
      LlmProvider.languageModel.pipe(Layer.provide(LlmRecorder.layer({ sink: throwing })), Layer.provide(model))
    )
  ],
  "the writer of a page": ["answered", Double.run(1).pipe(HtmlReport.record<never>(Double, throwing))],
  "the writer of a page that dies": [
    "answered",
    Double.run(1).pipe(HtmlReport.record(Double, () => Effect.die("disk full")))
  ],
  "a hook": ["answered", Agent.hook(Double, "beforeExecute", (): void => throwing()).run(1)],
  "a hook that rejects": ["answered", Agent.hook(Double, "afterExecute", () => Promise.reject("no")).run(1)],
  "a listener of the orchestrator's events": [
    "answered",
    Effect.gen(function*() {
      const { events, run } = yield* Orchestrator
      yield* Effect.forkDetach(Effect.exit(Stream.runForEach(events, (): Effect.Effect<void> => throwing())), {
        startImmediately: true
      })
      yield* run("Double", 1)
    }).pipe(Effect.provide(orchestrated({}, historyOf(working))))
  ],
  "a logger": [
    "answered",
    run({}, () => Effect.die("no")).pipe(Effect.provide(Logger.layer([Logger.make(throwing)])))
  ],
  "an annotation that cannot be written": [
    "answered",
    Agent.make("Notes", { ...schemas, execute: (n) => Effect.as(Run.annotate("x", { toJSON: throwing } as never), n) })
      .run(1).pipe(HtmlReport.record(Double, () => Effect.void))
  ],
  "a conversation that throws when it is read": [
    "ConversationNotKept",
    Effect.provide(turn, Layer.merge(ScriptedLlm.layer(), conversations({ get: throwing })))
  ],
  "a conversation that throws when it is kept": [
    "ConversationNotKept",
    Effect.provide(turn, Layer.merge(ScriptedLlm.layer("Hello"), conversations({ set: throwing })))
  ],
  "a conversation that holds nonsense": [
    "ConversationNotKept",
    Effect.provide(turn, Layer.merge(ScriptedLlm.layer(), conversations({ get: () => Effect.succeed([1]) })))
  ],
  "a row of the conversations": [
    "ConversationNotKept",
    Effect.gen(function*() {
      yield* turn
      yield* spoil("conversations", "<nonsense>")
      yield* turn
    }).pipe(Effect.provide([ScriptedLlm.layer("Hello"), Layer.provideMerge(Conversation.layer, memory)]))
  ],
  "a row of the queue of approvals": [
    "answered",
    Effect.gen(function*() {
      const queue = yield* ApprovalQueue
      yield* Effect.forkChild(Effect.flatMap(Approval, ({ ask }) => ask({ run: "r", step: "s", text: "May I?" })))
      yield* Effect.repeat(queue.open, { until: (open) => open.length === 1 })
      yield* spoil("approval_queue", "<nonsense>")
      yield* queue.open
    }).pipe(Effect.provide(ApprovalQueue.layerApproval.pipe(
      Layer.provideMerge(ApprovalQueue.layer()),
      Layer.provideMerge(memory)
    )))
  ],
  "a migration that throws": [
    "DatabaseError",
    Effect.provide(Migrations.run([{ name: "odd", migrate: Effect.suspend(throwing) }]), memory)
  ],
  "a parameter that a database has no type for": [
    "SqlError",
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT ${{ toString: throwing }} AS a`).pipe(
      Effect.provide(memory)
    )
  ],
  "a folder where the lock of a worker should be": [
    "DatabaseError",
    Effect.gen(function*() {
      const { folder } = yield* Unreadable.make(".db")
      mkdirSync(join(folder, "runs.db.worker"))
      yield* Layer.build(Durable.layerEmbedded({ file: join(folder, "runs.db"), pipelines: [] }))
    })
  ],
  "a folder where the number of a worker should be": [
    "DatabaseError",
    Effect.gen(function*() {
      const { folder } = yield* Unreadable.make(".db")
      mkdirSync(join(folder, "runs.db.worker.pid"))
      yield* Layer.build(Durable.layerEmbedded({ file: join(folder, "runs.db"), pipelines: [] }))
    })
  ],
  "a file that is not a database where the lock of a worker should be": [
    "DatabaseError",
    Effect.gen(function*() {
      const { folder } = yield* Unreadable.make(".db")
      writeFileSync(join(folder, "runs.db.worker"), "no database ".repeat(1_000))
      yield* Layer.build(Durable.layerEmbedded({ file: join(folder, "runs.db"), pipelines: [] }))
    })
  ],
  "a failure in a cassette": [
    "CassetteUnusable",
    modelCassette({ request: {}, parts: [], failure: { _tag: "AiError" } })
  ],
  "a part in a cassette": ["CassetteUnusable", modelCassette({ request: {}, parts: [5] })],
  "a status in a cassette of HTTP": ["CassetteUnusable", httpCassette({ status: 99, headers: {}, body })],
  "a body where a cassette of HTTP can have none": [
    "CassetteUnusable",
    httpCassette({ status: 204, headers: {}, body })
  ],
  "a header in a cassette of HTTP": [
    "CassetteUnusable",
    httpCassette({ status: 200, headers: { "content-type": "a\nb" }, body })
  ],
  "a name of a header in a cassette of HTTP": [
    "CassetteUnusable",
    httpCassette({ status: 200, headers: { "no name": "a" }, body })
  ],
  "a target that is not an address, to a fake provider": [
    "answered",
    Effect.sync(() => {
      for (const url of ["//", "http://[", "*", "/%", "//a:b@c:d"]) {
        const request = { method: "GET", url, headers: {}, text: "", now: 0 }
        assert.strictEqual(Exchange.begin(request).ending, "open")
      }
    })
  ],
  "a pattern of a manifest": [
    "ManifestInvalid",
    Effect.flatMap(
      file(
        ".yaml",
        `name: A\nversion: 1.0.0\ninputs: { type: object, properties: { a: { type: string, pattern: "(" } } }`
      ),
      Manifest.load
    )
  ],
  "a pattern of a pipeline file": ["PipelineSpecInvalid", spec(`{ a: { type: string, pattern: "(" } }`)],
  "a reference of a pipeline file": ["PipelineSpecInvalid", spec(`{ a: { $ref: "#/$defs/__proto__" } }`)],
  "a wait that a server asks for": ["answered", answered({ "retry-after": "soon, ".repeat(100) }, 503)],
  "a place that a server redirects to": ["answered", answered({ location: "http://[" }, 302)],
  "a cookie": ["answered", answered({ "set-cookie": "=;=;%%%; expires=never; max-age=NaN" })],
  "a type of a body": ["answered", answered({ "content-type": "text/plain; charset=klingon; =;" })],
  "an address of a request": [
    "HttpClientError",
    Effect.provide(HttpClient.execute(HttpClientRequest.get("http://[")), Http.layer())
  ],
  "a header of a request": [
    "HttpClientError",
    Effect.provide(
      HttpClient.execute(HttpClientRequest.setHeader(HttpClientRequest.get("http://127.0.0.1:1"), "a b", "c")),
      Http.layer({ retries: 0 })
    )
  ],
  "an address of a database": [
    "DatabaseError",
    Layer.build(Database.layerConfig).pipe(
      Effect.provideService(
        ConfigProvider.ConfigProvider,
        ConfigProvider.fromUnknown({ DATABASE_URL: "postgres://u:p@[::1:/%zz" })
      )
    )
  ]
}

describe("what throws or is nonsense", () => {
  for (const [what, [ending, member]] of Object.entries(members)) {
    it.live(`ends as it should: ${what}`, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* settled(Effect.scoped(member)), ending)
      }).pipe(Effect.provide(Logger.layer([]))))
  }
})
