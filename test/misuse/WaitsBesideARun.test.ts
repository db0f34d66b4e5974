/**
 * What stands beside a run and never answers, at every place where a run could wait for it. The run ends by a limit that belongs
 * to that place, or by its own; nothing waits for ever.
 *
 * Histories, policies, listeners and queues of an orchestrator are in `test/orchestrator/Beside.test.ts`, caches in
 * `test/pipeline/CacheFaults.test.ts`, databases that are stopped or locked in `test/orchestrator/SilentDatabase.test.ts`, servers
 * that send a byte now and then in `SlowBodies.test.ts`.
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger, Schema, type Scope, Stream } from "effect"
import { HttpClient } from "effect/http"
import { Persistence } from "effect/persistence"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { Agent, Approval, Llm, LlmAgent, Pipeline, Pool, Step, Tool } from "greenlang"
import * as Database from "greenlang/database/Database"
import * as Migrations from "greenlang/database/Migrations"
import * as Http from "greenlang/http/Http"
import * as Conversation from "greenlang/llm/Conversation"
import * as LlmRecorder from "greenlang/llm/layers/LlmRecorder"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import * as HtmlReport from "greenlang/report/HtmlReport"
import { Reply, ScriptedLlm } from "greenlang/testing"
import { setImmediate } from "node:timers/promises"
import * as BareServer from "../support/BareServer.ts"
import * as TimedLlm from "../support/TimedLlm.ts"
import { settled } from "./modules/settled.ts"

/** Not even interruption ends it. */
const never = Effect.uninterruptible(Effect.never)

const schemas = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
const Double = Agent.make("Double", { ...schemas, execute: (n) => Effect.succeed(n * 2) })

const ask = Effect.map(Llm.generate("hi"), ({ text }) => text)
const model = TimedLlm.make(() => Effect.succeed({ text: "x" })).layer

const Asks = LlmAgent.make("Asks", { version: "1.0.0", input: Schema.String, instructions: "Answer." })
const waits = Tool.make("waits", {
  description: "Waits",
  input: Schema.Struct({}),
  output: Schema.Finite,
  execute: () => Effect.never
})

const conversations = (store: Partial<Persistence.BackingPersistenceStore>) =>
  Layer.succeed(Persistence.BackingPersistence, {
    make: () =>
      Effect.succeed({
        get: () => Effect.succeed(undefined),
        getMany: () => Effect.succeed([undefined]),
        set: () => Effect.void,
        setMany: () => Effect.void,
        remove: () => Effect.void,
        clear: Effect.void,
        ...store
      } as unknown as Persistence.BackingPersistenceStore)
  })

const place = Pool.make("place", 1)

/** What must come of the run, and the run. */
const members: Readonly<Record<string, readonly [ending: string, run: Effect.Effect<unknown, unknown, Scope.Scope>]>> =
  {
    "a record of a call to a model": [
      "answered",
      Effect.provide(
        ask,
        LlmProvider.languageModel.pipe(Layer.provide(LlmRecorder.layer({ sink: () => never })), Layer.provide(model))
      )
    ],
    "a record of a call that was interrupted": [
      "TimedOut",
      Effect.provide(
        Agent.make("Calls", { ...schemas, execute: () => Effect.as(ask, 1) }).run(1, { timeout: "1 second" }),
        LlmProvider.languageModel.pipe(
          Layer.provide(LlmRecorder.layer({ sink: () => never })),
          Layer.provide(TimedLlm.make(() => Effect.never).layer)
        )
      )
    ],
    "the page of a run": ["answered", Double.run(1).pipe(HtmlReport.record(Double, () => never))],
    "a hook before the run": ["TimedOut", Agent.hook(Double, "beforeExecute", () => Effect.never).run(1)],
    "a hook after the run": ["TimedOut", Agent.hook(Double, "afterExecute", () => Effect.never).run(1)],
    "a hook that is a promise": ["TimedOut", Agent.hook(Double, "beforeExecute", () => new Promise(() => {})).run(1)],
    "a check of the input": [
      "TimedOut",
      Agent.make("Checks", { ...schemas, validate: () => Effect.never, execute: () => Effect.succeed(1) }).run(1)
    ],
    "a last look at the answer": [
      "TimedOut",
      Agent.make("Looks", { ...schemas, execute: () => Effect.succeed(1), finalize: () => Effect.never }).run(1)
    ],
    "a place in a pool": [
      "TimedOut",
      Pipeline.make("Pooled", schemas, (n) => {
        const first = Step.make("first", [n], () => Effect.never).pipe(Step.inPool(place))
        const second = Step.make("second", [n], (n) => Effect.succeed(n)).pipe(Step.inPool(place))
        return Step.make("sum", [first, second], (_, second) => Effect.succeed(second))
      }).run(1)
    ],
    "a person": [
      "TimedOut",
      Pipeline.make(
        "Approved",
        { ...schemas, output: Schema.Unknown },
        (n) => Step.approval("asks", [n], () => "May I?").pipe(Step.timeout("1 hour"))
      ).run(1).pipe(
        Effect.provideService(Approval, { ask: () => Effect.never })
      )
    ],
    "a model": [
      "TimedOut",
      Effect.provide(
        Agent.make("Calls", { ...schemas, execute: () => Effect.as(ask, 1) }).run(1),
        LlmProvider.languageModel.pipe(Layer.provide(TimedLlm.make(() => Effect.never).layer))
      )
    ],
    "a tool of a model": [
      "answered",
      Effect.provide(
        Llm.withTools({ prompt: "hi", tools: [Tool.timeout(waits, "1 minute")] }),
        ScriptedLlm.layer(Reply.call("waits", {}), "done")
      )
    ],
    "a tool that an agent of a model calls": [
      "TimedOut",
      Effect.provide(
        LlmAgent.make("Calls", { version: "1.0.0", input: Schema.String, instructions: "Answer.", tools: [waits] }).run(
          "hi"
        ),
        ScriptedLlm.layer(Reply.call("waits", {}))
      )
    ],
    "a conversation that is read": [
      "ConversationNotKept",
      Effect.provide(
        Asks.run("hi").pipe(Conversation.within("a")),
        Layer.merge(ScriptedLlm.layer(), conversations({ get: () => never, getMany: () => never }))
      )
    ],
    "a conversation that is kept": [
      "ConversationNotKept",
      Effect.provide(
        Asks.run("hi").pipe(Conversation.within("a")),
        Layer.merge(ScriptedLlm.layer("Hello"), conversations({ set: () => never, setMany: () => never }))
      )
    ],
    "a migration of a database": [
      "DatabaseError",
      Effect.provide(
        Migrations.run([{ name: "slow", migrate: never }], { timeout: "1 second" }),
        Layer.fresh(Database.layerMemory)
      )
    ],
    "a transaction of another fiber": [
      "TimedOut",
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        yield* Effect.forkChild(sql.withTransaction(Effect.never))
        yield* Effect.yieldNow
        yield* Agent.make("Reads", { ...schemas, execute: () => Effect.as(sql`SELECT 1`, 1) }).run(1)
      }).pipe(Effect.provide(Layer.fresh(Database.layerMemory)))
    ]
  }

/** Moves the clock until `self` has ended, seven hours at most. */
const within = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkDetach(self)
    for (let second = 0; fiber.pollUnsafe() === undefined; second += second < 60 ? 1 : 60) {
      assert.isBelow(second, 25_200, "it waits for ever")
      yield* TestClock.adjust(second < 60 ? "1 second" : "1 minute")
      yield* Effect.promise(() => setImmediate())
    }
    return yield* Fiber.join(fiber)
  })

// The driver is loaded in real time, in which the clock of a test does not stand still.
beforeAll(() => Effect.runPromise(Effect.scoped(Effect.asVoid(Layer.build(Database.layerMemory)))))

describe("a run ends where something beside it never answers", () => {
  for (const [place, [ending, run]] of Object.entries(members)) {
    it.effect(place, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* within(settled(Effect.scoped(run))), ending)
      }).pipe(Effect.provide(Logger.layer([]))))
  }

  const answers: Readonly<Record<string, Parameters<typeof BareServer.start>[0]>> = {
    "a server that sends no head": () => {},
    "a server whose body stops": (response) => {
      response.writeHead(200, { "content-length": "100" })
      response.write("half")
    },
    "a refusal whose body stops": (response) => {
      response.writeHead(503)
      response.write("half")
    },
    "a redirect whose body stops": (response) => {
      response.writeHead(302, { location: "/again" })
      response.write("half")
    },
    "a compressed body that stops": (response) => {
      response.writeHead(200, { "content-encoding": "gzip" })
      response.write(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0]))
    },
    "a chunk that is announced and does not come": (response) => {
      response.socket?.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffff\r\n")
    }
  }
  for (const [place, answer] of Object.entries(answers)) {
    it.live(place, () =>
      Effect.gen(function*() {
        const { origin } = yield* BareServer.start(answer)
        const read = Effect.flatMap(HttpClient.get(origin), ({ text }) => text)
        assert.strictEqual(yield* settled(read), "HttpClientError")
        const stream = Effect.flatMap(HttpClient.get(origin), ({ stream }) => Stream.runDrain(stream))
        assert.strictEqual(yield* settled(stream), "HttpClientError")
      }).pipe(Effect.provide(Http.layer({ timeout: "300 millis", retries: 0 })), Effect.scoped))
  }
})
