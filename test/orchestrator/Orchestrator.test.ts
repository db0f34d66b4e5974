import { assert, describe, expectTypeOf, it, layer } from "@effect/vitest"
import {
  Cause,
  Context,
  Deferred,
  Effect,
  Exit,
  Fiber,
  Layer,
  Logger,
  Option,
  Redacted,
  Schema,
  Scope,
  Stream
} from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { Agent, Pipeline, PipelineReport, PipelineSpec, Run, Step } from "greenlang"
import * as Database from "greenlang/database/Database"
import { History, Orchestrator, type OrchestratorEvent, Policy, RunFailed } from "greenlang/orchestrator"
import { NoLeaks } from "greenlang/testing"
import { inspect } from "node:util"
import { Postgres } from "../support/Postgres.ts"

class NoLuck extends Schema.TaggedError<NoLuck>()("NoLuck", { step: Schema.String }) {
  override get message() {
    return `${this.step} had no luck`
  }
}

/** What the agents of a test hold, and how many of them run. */
class Floor extends Context.Service<Floor, { running: number; peak: number; readonly lines: Array<string> }>()(
  "greenlang/test/orchestrator/Orchestrator.test/Floor"
) {
  static readonly layer = Layer.sync(Floor, () => ({ running: 0, peak: 0, lines: [] }))
}

const Wait = Agent.make("Wait", {
  version: "2.0.0",
  description: "Waits",
  input: Schema.Struct({ ms: Schema.Finite }),
  output: Schema.Struct({ waited: Schema.Finite }),
  execute: Effect.fnUntraced(function*({ ms }) {
    const floor = yield* Floor
    floor.peak = Math.max(floor.peak, ++floor.running)
    yield* Effect.ensuring(Effect.sleep(ms), Effect.sync(() => floor.running--)).pipe(
      Effect.onInterrupt(() =>
        Effect.andThen(Effect.sleep("1 second"), Effect.sync(() => floor.lines.push("released")))
      )
    )
    return { waited: ms }
  })
})

const Fails = Agent.make("Fails", {
  version: "1.0.0",
  input: Schema.String,
  output: Schema.String,
  error: NoLuck,
  execute: (step) => step === "bug" ? Effect.die(new Error("a bug")) : Effect.fail(new NoLuck({ step }))
})

const Login = Agent.make("Login", {
  version: "1.0.0",
  input: Schema.Struct({ user: Schema.String, password: Schema.RedactedFromValue(Schema.String) }),
  output: Schema.Struct({ token: Schema.Redacted(Schema.String), for: Schema.String }),
  execute: ({ password, user }) =>
    Effect.succeed({ token: Redacted.make(`token-of-${Redacted.value(password)}`), for: user })
})

const Two = Pipeline.make("Two", {
  version: "1.0.0",
  input: Schema.Struct({ n: Schema.Finite }),
  output: Schema.Finite,
  error: NoLuck
}, (input) => {
  const doubled = Step.make("doubled", [input], ({ n }) => Effect.as(Run.addUsage({ calls: 1 }), n * 2), {
    output: Schema.Finite
  })
  // both fail at the same time: neither can be interrupted before it has
  const half = (name: string) =>
    Step.make(name, [doubled], (n) =>
      n > 10
        ? Effect.uninterruptible(Effect.andThen(Effect.yieldNow, Effect.fail(new NoLuck({ step: name }))))
        : Effect.succeed(n))
  const [first, second] = [half("first"), half("second")]
  return Step.make("sum", [first, second], (a, b) => Effect.succeed(a + b))
})

const agents = [Wait, Fails, Login, Two] as const

const services = Layer.mergeAll(
  Floor.layer,
  Layer.provideMerge(History.layer({ keep: 100 }), Database.layerMemory)
)

const orchestrator = (options: Partial<Parameters<typeof Orchestrator.layer<typeof agents, never>>[0]> = {}) =>
  Layer.provideMerge(Orchestrator.layer({ agents, ...options }), services)

const kept = Effect.flatMap(History, (history) => history.list({ limit: 100 }))

const one = Effect.map(kept, ([newest]) => newest!)

describe("Orchestrator", () => {
  it.effect("runs agents and pipelines by name, and keeps what became of each", () =>
    Effect.gen(function*() {
      const { run, agents } = yield* Orchestrator
      assert.deepStrictEqual(agents.map(({ kind, name, version }) => `${kind} ${name} ${version}`), [
        "agent Wait 2.0.0",
        "agent Fails 1.0.0",
        "agent Login 1.0.0",
        "pipeline Two 1.0.0"
      ])
      const result = yield* run("Two", { n: 2 }, { attributes: { team: "blue" } })
      assert.deepInclude(result, { agent: "Two", success: true, value: 8, json: 8, failures: [] })
      const entry = yield* one
      assert.deepInclude(entry, {
        id: result.id,
        agent: "Two",
        kind: "pipeline",
        outcome: "completed",
        input: { n: 2 },
        output: 8,
        attributes: { team: "blue" },
        failures: []
      })
      assert.strictEqual(result.metadata.runId, result.id)
      assert.strictEqual(entry.usage.calls, 1)
      assert.deepStrictEqual(entry.steps.map(({ path, state }) => [path.join(), state]), [
        ["doubled", "finished"],
        ["first", "finished"],
        ["second", "finished"],
        ["sum", "finished"]
      ])
    }).pipe(Effect.provide(orchestrator())))

  it("asks for the services of its agents and policies, and no others", () => {
    class Budget extends Context.Service<Budget, number>()("greenlang/test/orchestrator/Orchestrator.test/Budget") {}
    const policy = Policy.make("budget", () => Effect.as(Budget, Policy.allow))
    const made = Orchestrator.layer({ agents, policies: [policy] })
    expectTypeOf<Layer.Services<typeof made>>().toEqualTypeOf<Floor | Budget | History>()
    expectTypeOf<Layer.Error<typeof made>>().toEqualTypeOf<never>()
  })

  it("throws where two agents share a name, or nothing may run", () => {
    assert.throws(() => Orchestrator.layer({ agents: [Wait, Wait] }), "agent `Wait`: another agent has the same name")
    assert.throws(() => Orchestrator.layer({ agents, concurrency: 0 }), "at least 1")
  })

  it.effect("names what there is when it knows no such agent or pipeline [B102]", () =>
    Effect.gen(function*() {
      const { run, runAgent } = yield* Orchestrator
      for (const error of [yield* Effect.flip(run("Tow", {})), yield* Effect.flip(runAgent("Tow", {}))]) {
        assert.deepInclude(error, {
          _tag: "AgentNotFound",
          agent: "Tow",
          available: ["Wait", "Fails", "Login", "Two"]
        })
        assert.include(error.message, "Did you mean Two?")
      }
      assert.lengthOf(yield* kept, 0)
    }).pipe(Effect.provide(orchestrator())))

  it.effect("reports the answer of a step of any name", () =>
    Effect.gen(function*() {
      const Odd = Pipeline.make("Odd", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) => {
        const odd = Step.make("__proto__", [n], (n) => Effect.succeed({ n }))
        return Step.make("last", [odd], () => Effect.fail("no luck"))
      })
      const orchestrator = Layer.provide(Orchestrator.layer({ agents: [Odd] }), services)
      const error = yield* Effect.flip(Effect.provide(Orchestrator.use(({ run }) => run("Odd", 1)), orchestrator))
      assert(error._tag === "RunFailed")
      assert.deepStrictEqual(Object.entries(error.partial), [["__proto__", { n: 1 }]])
    }))

  it.effect("takes a pipeline that keeps what had succeeded as any other", () =>
    Effect.gen(function*() {
      const Kept = Pipeline.keepPartial(
        Pipeline.make("Kept", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) => {
          const doubled = Step.make("doubled", [n], (n) => Effect.succeed(n * 2), { output: Schema.Finite })
          return Step.make("last", [doubled], () => Effect.fail("no luck"))
        })
      )
      const orchestrator = Layer.provide(Orchestrator.layer({ agents: [Kept] }), services)
      const error = yield* Effect.flip(Effect.provide(Orchestrator.use(({ run }) => run("Kept", 1)), orchestrator))
      assert(error._tag === "RunFailed")
      assert.deepStrictEqual(error.partial, { doubled: 2 })
    }))

  it.effect("fails with every failure and its step, and with what the other steps had answered [B111] [B116] [B117] [B123]", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const error = yield* Effect.flip(run("Two", { n: 20 }))
      assert.strictEqual(error._tag, "RunFailed")
      if (error._tag !== "RunFailed") return
      assert.deepStrictEqual(error.failures, [
        { step: "first", _tag: "NoLuck", message: "first had no luck" },
        { step: "second", _tag: "NoLuck", message: "second had no luck" }
      ])
      assert.deepStrictEqual(error.partial, { doubled: 40 })
      assert.instanceOf(error.cause, NoLuck)
      const entry = yield* one
      assert.deepInclude(entry, { id: error.runId, outcome: "failed", failures: error.failures })
      assert.deepStrictEqual(entry.steps.map(({ attempts, path, state }) => `${path} ${state} ${attempts}`), [
        "doubled finished 1",
        "first failed 1",
        "second failed 1",
        "sum pending 0"
      ])
      assert.isFalse("output" in entry)
      const codec = Schema.toCodecJson(RunFailed)
      assert.strictEqual(
        (yield* Effect.flatMap(Schema.encodeEffect(codec)(error), Schema.decodeEffect(codec))).message,
        error.message
      )
    }).pipe(Effect.provide(orchestrator())))

  it.effect("keeps inputs that cannot be read as refusals, without the input [B123]", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const missing = yield* Effect.flip(run("Wait", { ms: "long", more: 1 }))
      assert.deepStrictEqual(missing._tag === "InvalidInput" && missing.issues.map(({ path }) => path), ["more", "ms"])
      const entry = yield* one
      assert.strictEqual(entry.outcome, "rejected")
      assert.isFalse("input" in entry)
    }).pipe(Effect.provide(orchestrator())))

  it.effect("lets bugs be bugs, and keeps them", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const exit = yield* Effect.exit(run("Fails", "bug"))
      assert.isTrue(Exit.isFailure(exit) && Exit.hasDies(exit))
      assert.deepInclude(yield* one, { outcome: "failed", failures: [{ _tag: "Defect", message: "a bug" }] })
    }).pipe(Effect.provide(orchestrator())))

  it.effect("keeps a run that its caller interrupts, once it has released what it held [B123]", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const fiber = yield* Effect.forkChild(run("Wait", { ms: 60_000 }))
      yield* TestClock.adjust("1 second")
      const interrupting = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* TestClock.adjust("500 millis")
      assert.lengthOf(yield* kept, 0)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(interrupting)
      assert.deepStrictEqual((yield* Floor).lines, ["released"])
      assert.deepInclude(yield* one, { outcome: "interrupted", durationMs: 2000, failures: [] })
    }).pipe(Effect.provide(orchestrator())))

  it.effect("times a run out, where the call says so", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const fiber = yield* Effect.forkChild(Effect.flip(run("Wait", { ms: 60_000 }, { timeout: "2 seconds" })))
      yield* TestClock.adjust("5 seconds")
      const error = yield* Fiber.join(fiber)
      assert.deepStrictEqual(error._tag === "RunFailed" && error.failures.map(({ _tag }) => _tag), ["TimedOut"])
      assert.strictEqual((yield* one).outcome, "failed")
    }).pipe(Effect.provide(orchestrator())))

  it.effect("gives a thousand runs at once a thousand ids, in the order of time [B124]", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const results = yield* Effect.forEach(Array.from({ length: 1000 }), (_, n) => run("Two", { n: n % 5 }), {
        concurrency: "unbounded"
      })
      assert.strictEqual(new Set(results.map(({ id }) => id)).size, 1000)
      assert.deepStrictEqual(results.map(({ value }) => value), Array.from({ length: 1000 }, (_, n) => 4 * (n % 5)))
      assert.lengthOf(yield* Effect.flatMap(History, (history) => history.list({ limit: 2000 })), 100)
      yield* TestClock.adjust("1 second")
      const later = yield* run("Two", { n: 1 })
      assert.isTrue(results.every(({ id }) => id < later.id))
    }).pipe(Effect.provide(orchestrator())))

  it.effect("runs no more at a time than it may, and no run inside of another waits [B101]", () =>
    Effect.gen(function*() {
      const Nested = Agent.make("Nested", {
        version: "1",
        input: Schema.Finite,
        output: Schema.Finite,
        execute: (ms) =>
          Effect.flatMap(Deferred.await(self), ({ run }) => Effect.as(Effect.orDie(run("Wait", { ms })), ms))
      })
      const self = yield* Deferred.make<Orchestrator["Service"]>()
      const floor = yield* Effect.gen(function*() {
        const orchestrator = yield* Orchestrator
        yield* Deferred.succeed(self, orchestrator)
        const waiting: Array<OrchestratorEvent["_tag"]> = []
        yield* Effect.forkChild(
          Stream.runForEach(orchestrator.events, ({ _tag }) => Effect.sync(() => waiting.push(_tag)))
        )
        yield* Effect.yieldNow
        const all = yield* Effect.forkChild(
          Effect.forEach(
            [..."abcdefgh"],
            (_, at) => orchestrator.run(at < 4 ? "Nested" : "Wait", at < 4 ? 100 : { ms: 100 }),
            {
              concurrency: "unbounded"
            }
          )
        )
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(all)
        assert.strictEqual(waiting.filter((tag) => tag === "Waiting").length, 5)
        return yield* Floor
      }).pipe(
        Effect.provide(Layer.provideMerge(Orchestrator.layer({ agents: [Nested, Wait], concurrency: 3 }), services))
      )
      assert.strictEqual(floor.peak, 3)
      assert.strictEqual(floor.running, 0)
    }))

  it.effect("bounds the runs that those of another orchestrator start [B101]", () =>
    Effect.gen(function*() {
      const inner = yield* Layer.build(Orchestrator.layer({ agents: [Wait], concurrency: 2 }))
      const Outer = Agent.make("Outer", {
        version: "1",
        input: Schema.Finite,
        output: Schema.Finite,
        execute: (ms) => Effect.as(Effect.orDie(Context.get(inner, Orchestrator).run("Wait", { ms })), ms)
      })
      yield* Effect.gen(function*() {
        const { run } = yield* Orchestrator
        const all = yield* Effect.forkChild(
          Effect.forEach([..."abcdef"], () => run("Outer", 100), { concurrency: "unbounded" })
        )
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(all)
      }).pipe(Effect.provide(Orchestrator.layer({ agents: [Outer] })))
      assert.strictEqual((yield* Floor).peak, 2)
    }).pipe(Effect.provide(services)))

  it.effect("gives a plain object for an agent, whatever became of the run [B128]", () =>
    Effect.gen(function*() {
      const { runAgent } = yield* Orchestrator
      const done = yield* runAgent("Two", { n: 1 })
      assert.deepInclude(done, { success: true, data: 4 })
      assert.isTrue(done.success && done.metadata.agent === "Two")
      const failed = yield* runAgent("Fails", "x")
      assert.isTrue(!failed.success && failed.error._tag === "RunFailed")
    }).pipe(Effect.provide(orchestrator())))

  it.effect("keeps no secret, wherever it stands", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const seen: Array<unknown> = []
      yield* Effect.forkChild(
        Stream.runForEach((yield* Orchestrator).events, (event) => Effect.sync(() => seen.push(event)))
      )
      yield* Effect.yieldNow
      const result = yield* run("Login", { user: "ada", password: "hunter2" })
      const sql = yield* SqlClient.SqlClient
      const rows = yield* sql`SELECT * FROM run_history`
      yield* TestClock.adjust(1)
      yield* Effect.flip(run("Login", { user: 3, password: "hunter2" }))
      const all = inspect([rows, seen, result, yield* kept], { depth: Infinity })
      assert.notInclude(all, "hunter2")
      assert.deepInclude((yield* kept)[1], {
        input: { user: "ada", password: "<redacted>" },
        output: { token: "<redacted>", for: "ada" }
      })
    }).pipe(Effect.provide(orchestrator())))

  it.effect("keeps no secret of the steps of a spec, which reach each other all the same", () =>
    Effect.gen(function*() {
      const Use = Agent.make("Use", {
        version: "1",
        input: Schema.Struct({ token: Schema.RedactedFromValue(Schema.String), n: Schema.Finite }),
        output: Schema.Finite,
        execute: ({ n, token }) =>
          n > 1 ? Effect.fail(new NoLuck({ step: "use" })) : Effect.succeed(Redacted.value(token).length)
      })
      const spec = yield* PipelineSpec.fromYaml(
        `
name: Spec
version: "1"
steps:
  - { name: login, agent: Login, input: { user: ada, password: hunter2 } }
  - { name: use, agent: Use, input: { token: results.login.token, n: input.n } }`,
        { agents: [Login, Use] }
      )
      yield* Effect.gen(function*() {
        const { run } = yield* Orchestrator
        const { value } = yield* run("Spec", { n: 1 })
        assert.deepStrictEqual(value, { login: { token: "<redacted>", for: "ada" }, use: "token-of-hunter2".length })
        const error = yield* Effect.flip(run("Spec", { n: 2 }))
        assert.deepInclude(error, { partial: { login: { token: "<redacted>", for: "ada" } } })
        assert.notInclude(inspect(yield* kept, { depth: Infinity }), "hunter2")
      }).pipe(Effect.provide(Layer.provideMerge(Orchestrator.layer({ agents: [spec] }), services)))
    }))

  it.effect("reports the steps that failed behind an answer, in its history too [B115]", () =>
    Effect.gen(function*() {
      const spec = yield* PipelineSpec.fromYaml(
        `
name: Spec
version: "1"
steps:
  - { name: bad, agent: Fails, input: { literal: bad }, onFailure: continue }
  - { name: two, agent: Two, input: { n: 1 } }
output: { two: results.two, bad: results.bad }`,
        { agents: [Fails, Two] }
      )
      yield* Effect.gen(function*() {
        const result = yield* (yield* Orchestrator).run("Spec", {})
        const failures = [{ step: "bad", _tag: "NoLuck", message: "bad had no luck" }]
        assert.deepInclude(result, { success: false, value: { two: 4 }, failures })
        assert.deepInclude(yield* one, { outcome: "incomplete", failures, output: { two: 4 } })
      }).pipe(Effect.provide(Layer.provideMerge(Orchestrator.layer({ agents: [spec] }), services)))
    }))

  it.effect("emits the events of its runs, from which the report of each folds", () =>
    Effect.gen(function*() {
      const { events, run } = yield* Orchestrator
      const seen: Array<OrchestratorEvent> = []
      yield* Effect.forkChild(Stream.runForEach(events, (event) => Effect.sync(() => seen.push(event))))
      yield* Effect.yieldNow
      const { id } = yield* run("Two", { n: 1 })
      yield* TestClock.adjust(1)
      yield* Effect.flip(run("Two", { n: 20 }))
      yield* Effect.yieldNow
      const own = seen.filter((event) => event.id === id)
      assert.deepStrictEqual([own[0]?._tag, own.at(-1)?._tag], ["Started", "Ended"])
      const steps = own.flatMap((event) => event._tag === "Step" ? [event.event] : [])
      assert.deepStrictEqual(steps.filter(({ _tag }) => _tag === "RunStarted").length, 1)
      assert.deepStrictEqual(steps.filter(({ _tag }) => _tag === "RunEnded").length, 1)
      assert.deepStrictEqual(PipelineReport.fold(steps).steps, (yield* kept)[1]?.steps)
      assert.deepStrictEqual(seen.flatMap((event) => event._tag === "Ended" ? [event.outcome] : []), [
        "completed",
        "failed"
      ])
    }).pipe(Effect.provide(orchestrator())))

  it.effect("interrupts what runs when it is closed, waits for it, keeps it, and refuses what comes later [B129]", () =>
    Effect.gen(function*() {
      const context = yield* Layer.build(services)
      const scope = yield* Scope.make()
      const { events, run } = yield* Layer.buildWithScope(Orchestrator.layer({ agents }), scope).pipe(
        Effect.map(Context.get(Orchestrator)),
        Effect.provideContext(context)
      )
      const ended = yield* Effect.forkChild(Stream.runCollect(events))
      yield* Effect.yieldNow
      const [waiting, interrupted] = [
        yield* Effect.forkChild(Effect.flip(run("Wait", { ms: 60_000 }))),
        yield* Effect.forkChild(run("Wait", { ms: 60_000 }))
      ]
      yield* TestClock.adjust("100 millis")
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("100 millis")
      assert.isUndefined(closing.pollUnsafe())
      const late = yield* Effect.flip(run("Wait", { ms: 1 }))
      assert.deepInclude(late, { _tag: "OrchestratorClosed", agent: "Wait" })
      interrupted.interruptUnsafe()
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
      assert.deepInclude(yield* Fiber.join(waiting), { _tag: "OrchestratorClosed", agent: "Wait" })
      const exit = yield* Fiber.await(interrupted)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
      const history = Context.get(context, History)
      assert.deepStrictEqual((yield* history.list()).map(({ outcome }) => outcome), ["interrupted", "interrupted"])
      assert.deepStrictEqual(Context.get(context, Floor).lines, ["released", "released"])
      assert.strictEqual((yield* Fiber.join(ended)).at(-1)?._tag, "Ended")
    }))

  it.effect("fails the callers of its runs when it is closed, and interrupts the runs that wait [B129]", () =>
    Effect.gen(function*() {
      const self = yield* Deferred.make<Orchestrator["Service"]>()
      const Nested = Agent.make("Nested", {
        version: "1",
        input: Schema.Finite,
        output: Schema.Unknown,
        execute: (ms) => Effect.flatMap(Deferred.await(self), ({ run }) => Effect.orDie(run("Wait", { ms })))
      })
      const context = yield* Layer.build(services)
      const scope = yield* Scope.make()
      const orchestrator = yield* Layer.buildWithScope(Orchestrator.layer({ agents: [Wait, Nested] }), scope).pipe(
        Effect.map(Context.get(Orchestrator)),
        Effect.provideContext(context)
      )
      yield* Deferred.succeed(self, orchestrator)
      const waiting = yield* Effect.forkChild(orchestrator.runAgent("Nested", 60_000))
      yield* TestClock.adjust("100 millis")
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(closing)
      const ended = yield* Fiber.join(waiting)
      assert.deepInclude(ended.success ? {} : ended.error, { _tag: "OrchestratorClosed", agent: "Nested" })
      const outcomes = (yield* Context.get(context, History).list()).map(({ outcome, agent }) => [agent, outcome])
      assert.sameDeepMembers(outcomes, [["Wait", "interrupted"], ["Nested", "interrupted"]])
    }))

  it.effect("waits for a run that closes it [B129]", () =>
    Effect.gen(function*() {
      const end = yield* Deferred.make<void>()
      const Doomed = Agent.make("Doomed", {
        version: "1",
        input: Schema.Finite,
        output: Schema.Never,
        execute: () => Effect.andThen(Deferred.succeed(end, undefined), Effect.never)
      })
      const scope = yield* Scope.make()
      const { run } = yield* Effect.map(
        Layer.buildWithScope(Orchestrator.layer({ agents: [Doomed] }), scope),
        Context.get(Orchestrator)
      )
      const keptByThen = yield* Deferred.await(end).pipe(
        Effect.andThen(Scope.close(scope, Exit.void)),
        Effect.andThen(kept),
        Effect.forkChild({ startImmediately: true })
      )
      assert.strictEqual((yield* Effect.flip(run("Doomed", 1)))._tag, "OrchestratorClosed")
      assert.deepStrictEqual((yield* Fiber.join(keptByThen)).map(({ outcome }) => outcome), ["interrupted"])
    }).pipe(Effect.provide(services)))

  it.effect("leaves nothing behind, however its runs end", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const fibers = yield* Effect.forEach(Array.from({ length: 20 }), (_, at) =>
        Effect.forkChild(at % 2 === 0 ? run("Wait", { ms: 60_000 }) : run("Fails", "x")))
      yield* TestClock.adjust("1 second")
      const all = yield* Effect.forkChild(Fiber.interruptAll(fibers))
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(all)
      assert.lengthOf(yield* kept, 20)
      assert.strictEqual((yield* Floor).running, 0)
    }).pipe(Effect.provide(orchestrator()), NoLeaks.check))

  it.effect("answers though the history cannot be written, and says that it could not", () =>
    Effect.gen(function*() {
      const { events, run } = yield* Orchestrator
      const sql = yield* SqlClient.SqlClient
      yield* sql`DROP TABLE run_history`
      const logged: Array<unknown> = []
      const seen: Array<OrchestratorEvent["_tag"]> = []
      yield* Effect.forkChild(Stream.runForEach(events, ({ _tag }) => Effect.sync(() => seen.push(_tag))))
      yield* Effect.yieldNow
      const { value } = yield* Effect.provide(
        run("Two", { n: 1 }),
        Logger.layer([Logger.make(({ message }) => void logged.push(message))])
      )
      yield* Effect.yieldNow
      assert.strictEqual(value, 4)
      assert.include(inspect(logged), "could not be kept in the history")
      assert.deepStrictEqual(seen.slice(-2), ["NotRecorded", "Ended"])
    }).pipe(Effect.provide(orchestrator())))
})

describe("the history of an orchestrator", () => {
  it.effect("is written for an answer that no JSON can hold, without the answer", () =>
    Effect.gen(function*() {
      const circle: Record<string, unknown> = {}
      circle["itself"] = circle
      const answers = [() => 1, circle, Symbol("odd"), 10n]
      const Odd = Agent.make("Odd", {
        version: "1",
        input: Schema.Finite,
        output: Schema.Any,
        execute: (at) => Effect.succeed(answers[at])
      })
      yield* Effect.gen(function*() {
        const { run } = yield* Orchestrator
        for (const [at, answer] of answers.entries()) {
          const { json, value } = yield* run("Odd", at)
          assert.strictEqual(value, answer)
          assert.isUndefined(json)
        }
        const entries = yield* kept
        assert.deepStrictEqual(entries.map(({ outcome }) => outcome), answers.map(() => "completed"))
        assert.isTrue(entries.every((entry) => !("output" in entry)))
      }).pipe(Effect.provide(Layer.provideMerge(Orchestrator.layer({ agents: [Odd] }), services)))
    }))

  it.effect.each([
    { ends: "dies", add: () => Effect.die(new Error("a bug in the history")) },
    {
      ends: "throws",
      add: (): never => {
        throw new Error("a bug in the history")
      }
    }
  ])("leaves the run its answer when it $ends", ({ add }) =>
    Effect.gen(function*() {
      const seen: Array<OrchestratorEvent> = []
      const { events, run } = yield* Orchestrator
      yield* Effect.forkChild(Stream.runForEach(events, (event) => Effect.sync(() => seen.push(event))))
      yield* Effect.yieldNow
      assert.strictEqual((yield* Effect.provide(run("Two", { n: 1 }), Logger.layer([]))).value, 4)
      yield* Effect.yieldNow
      const notRecorded = seen.find((event) => event._tag === "NotRecorded")
      assert.deepInclude(notRecorded, { agent: "Two", message: "a bug in the history" })
    }).pipe(
      Effect.provide(
        Orchestrator.layer({ agents }).pipe(
          Layer.provide(
            Layer.succeed(History, { add, find: () => Effect.succeedNone, list: () => Effect.succeed([]) })
          ),
          Layer.provideMerge(Floor.layer)
        )
      )
    ))
})

describe("Policy", () => {
  const denied = (policy: Policy.Policy, attributes?: Readonly<Record<string, string>>) =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const exit = yield* Effect.exit(run("Wait", { ms: 0 }, attributes && { attributes }))
      return { error: Option.getOrUndefined(Exit.findErrorOption(exit)), entry: yield* one, floor: yield* Floor }
    }).pipe(
      Effect.provide(orchestrator({ policies: [Policy.make("first", () => Effect.succeed(Policy.allow)), policy] }))
    )

  it.effect("that denies lets nothing run, says which it was, and stands in the history [B125] [B123]", () =>
    Effect.gen(function*() {
      const { entry, error, floor } = yield* denied(
        Policy.make("night", () => Effect.succeed(Policy.deny("not at night")))
      )
      assert.deepInclude(error, { _tag: "PolicyDenied", policy: "night", agent: "Wait", reason: "not at night" })
      assert.strictEqual(floor.peak, 0)
      assert.deepInclude(entry, { outcome: "denied", input: { ms: 0 } })
      assert.strictEqual(entry.failures[0]?._tag, "PolicyDenied")
      assert.strictEqual(error?._tag === "PolicyDenied" && error.runId, entry.id)
    }))

  it.effect.each([
    { ends: "fails", check: Effect.fail(new NoLuck({ step: "policy" })) },
    { ends: "dies", check: Effect.die(new Error("a bug in the policy")) }
  ])("whose check $ends denies [B126]", ({ check }) =>
    Effect.gen(function*() {
      const { entry, error, floor } = yield* denied(
        Policy.make("broken", () => check)
      )
      assert.deepInclude(error, { _tag: "PolicyDenied", policy: "broken" })
      assert.include(error?.message, "its check failed")
      assert.strictEqual(floor.peak, 0)
      assert.strictEqual(entry.outcome, "denied")
    }))

  it.effect("that throws denies, and lets the run go on only where it says so, which the history reports [B126]", () =>
    Effect.gen(function*() {
      const check = (): never => {
        throw new Error("thrown")
      }
      assert.deepInclude((yield* denied(Policy.make("broken", check))).error, { _tag: "PolicyDenied" })
      const { entry, error } = yield* denied(Policy.make("broken", check, { onPolicyError: "allow" })).pipe(
        Effect.provide(Logger.layer([]))
      )
      assert.isUndefined(error)
      assert.deepInclude(entry, {
        outcome: "completed",
        failures: [{ _tag: "PolicyBroken", message: "broken could not be asked: thrown" }]
      })
    }))

  it.effect("is interrupted with the run", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const fiber = yield* Effect.forkChild(run("Wait", { ms: 0 }))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual((yield* one).outcome, "interrupted")
    }).pipe(Effect.provide(orchestrator({ policies: [Policy.make("slow", () => Effect.never)] }))))

  it.effect("sees the region that was stated, and no other [B127]", () =>
    Effect.gen(function*() {
      const asked: Array<Policy.Request> = []
      const policy = Policy.make("region", (request) =>
        Effect.sync(() => {
          asked.push(request)
          return request.attributes["region"] === "EU" ? Policy.allow : Policy.deny("only in the EU")
        }))
      assert.strictEqual((yield* denied(policy)).error?._tag, "PolicyDenied")
      assert.isUndefined((yield* denied(policy, { region: "EU" })).error)
      assert.deepStrictEqual(asked.map(({ attributes }) => attributes), [{}, { region: "EU" }])
      const everywhere = orchestrator({ policies: [policy], attributes: { region: "EU", team: "blue" } })
      yield* Effect.gen(function*() {
        const { run } = yield* Orchestrator
        yield* run("Wait", { ms: 0 }, { attributes: { team: "red" } })
        assert.strictEqual(
          (yield* Effect.flip(run("Wait", { ms: 0 }, { attributes: { region: "US" } })))._tag,
          "PolicyDenied"
        )
      }).pipe(Effect.provide(everywhere))
      assert.deepStrictEqual(asked[2]?.attributes, { region: "EU", team: "red" })
    }))

  it.effect("runs agents of its own, which are not part of the run", () =>
    Effect.gen(function*() {
      const Judge = Pipeline.make(
        "Judge",
        { version: "1", input: Schema.Finite, output: Schema.Finite },
        (n) => Step.make("judged", [n], (n) => Effect.as(Run.addUsage({ calls: 7 }), n))
      )
      const judged = Policy.make("judge", () => Effect.as(Judge.run(1), Policy.allow))
      yield* Effect.gen(function*() {
        const { run } = yield* Orchestrator
        const { id, metadata } = yield* run("Two", { n: 1 })
        const entry = yield* one
        assert.deepStrictEqual([entry.id, entry.usage.calls, metadata.runId], [id, 1, id])
        assert.deepStrictEqual(entry.steps.map(({ path }) => path[0]), ["doubled", "first", "second", "sum"])
      }).pipe(Effect.provide(orchestrator({ policies: [judged] })))
    }))

  it.effect("sees secrets hidden", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const policy = Policy.make("look", ({ input }) =>
        Effect.sync(() => {
          seen.push(inspect(input), JSON.stringify(input))
          return Policy.allow
        }))
      yield* Effect.flatMap(Orchestrator, ({ run }) => run("Login", { user: "ada", password: "hunter2" })).pipe(
        Effect.provide(orchestrator({ policies: [policy] }))
      )
      assert.notInclude(seen.join(), "hunter2")
      assert.include(seen.join(), "ada")
    }))
})

layer(Postgres.layer, { excludeTestServices: true })("Orchestrator on PostgreSQL", (it) => {
  it.effect("keeps every end of a run there too", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      yield* Effect.forEach([{ n: 1 }, { n: 20 }, { n: "x" }], (input) => Effect.exit(run("Two", input)))
      const fiber = yield* Effect.forkChild(run("Wait", { ms: 60_000 }))
      const floor = yield* Floor
      while (floor.running === 0) yield* Effect.sleep("5 millis")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual((yield* kept).map(({ outcome }) => outcome), [
        "interrupted",
        "rejected",
        "failed",
        "completed"
      ])
    }).pipe(Effect.provide(
      Layer.provideMerge(
        Orchestrator.layer({ agents }),
        Layer.mergeAll(Floor.layer, Layer.provideMerge(History.layer(), Layer.fresh(Postgres.layerDatabase)))
      )
    )))
})
