import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import {
  Cause,
  Context,
  Effect,
  Exit,
  Fiber,
  Layer,
  Logger,
  Schedule,
  Schema,
  type Scope,
  Stream,
  SubscriptionRef
} from "effect"
import { TestClock } from "effect/testing"
import { type AcquireFailed, Agent, type AgentDisposed, AgentRuntime, Run, type RunError } from "greenlang"

class Stuck extends Schema.TaggedError<Stuck>()("Stuck", { at: Schema.String }) {}
class Unreachable extends Schema.TaggedError<Unreachable>()("Unreachable", { host: Schema.String }) {}
class Db extends Context.Service<Db, { readonly name: string; readonly open: () => boolean }>()(
  "greenlang/test/agent/AgentRuntime.test/Db"
) {}
class Cache extends Context.Service<Cache, string>()("greenlang/test/agent/AgentRuntime.test/Cache") {}
class Host extends Context.Service<Host, string>()("greenlang/test/agent/AgentRuntime.test/Host") {}

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }

/** Answers after as many milliseconds as its input says, if the database is open by then. */
const Query = Agent.make("Query", {
  ...numbers,
  error: Stuck,
  execute: (n) =>
    Effect.gen(function*() {
      const db = yield* Db
      if (n > 0) yield* Effect.sleep(n)
      return db.open() ? n : yield* new Stuck({ at: "closed" })
    })
})

/** Writes down when it opens and closes. The builds that `fails` names fail. */
const database = (
  events: Array<string>,
  options?: { readonly delay?: number; readonly fails?: ReadonlyArray<number> }
) => {
  let builds = 0
  return Layer.effect(
    Db,
    Effect.gen(function*() {
      const build = ++builds
      events.push(`open ${build}`)
      yield* Effect.sleep(options?.delay ?? 0)
      if (options?.fails?.includes(build)) return yield* new Unreachable({ host: "db" })
      let open = true
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          open = false
          events.push(`close ${build}`)
        })
      )
      return { name: `db ${build}`, open: () => open }
    })
  )
}

const stateOf = <In, Out, E>(agent: AgentRuntime.AgentRuntime<In, Out, E>) => SubscriptionRef.get(agent.state)

describe("an open agent", () => {
  it.effect("opens nothing before its first run [B3]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const agent = yield* AgentRuntime.make(Query, database(events))
      assert.strictEqual(yield* stateOf(agent), "uninitialized")
      assert.deepStrictEqual(events, [])
      assert.strictEqual((yield* agent.run(0)).value, 0)
      assert.strictEqual(yield* stateOf(agent), "open")
      assert.deepStrictEqual(events, ["open 1"])
    }))

  it.effect("acquires once for all its runs [B10]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const agent = yield* AgentRuntime.make(Query, database(events))
      for (let i = 0; i < 10; i++) yield* agent.run(0)
      assert.deepStrictEqual(events, ["open 1"])
    }))

  it.effect("acquires when asked, once however often, and anew on reload [B11]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const agent = yield* AgentRuntime.make(Query, database(events))
      yield* agent.acquire
      yield* agent.acquire
      yield* agent.run(0)
      assert.deepStrictEqual(events, ["open 1"])
      yield* agent.reload
      assert.deepStrictEqual(events, ["open 1", "close 1", "open 2"])
      assert.strictEqual((yield* agent.run(0)).value, 0)
    }))

  it.effect("reloads under its runs, which keep what they have [B11]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const agent = yield* AgentRuntime.make(Query, database(events))
      const long = yield* Effect.forkChild(agent.run(1_000), { startImmediately: true })
      const longer = yield* Effect.forkChild(agent.run(2_000), { startImmediately: true })
      yield* agent.reload
      yield* agent.run(0)
      assert.deepStrictEqual(events, ["open 1", "open 2"])
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(long)).value, 1_000)
      assert.deepStrictEqual(events, ["open 1", "open 2"])
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(longer)).value, 2_000)
      assert.deepStrictEqual(events, ["open 1", "open 2", "close 1"])
    }))

  it.effect("a reload that fails leaves it to the next run to try again [B11]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const agent = yield* AgentRuntime.make(Query, database(events, { fails: [2] }))
      yield* agent.acquire
      assert.strictEqual((yield* Effect.flip(agent.reload))._tag, "AcquireFailed")
      assert.strictEqual(yield* stateOf(agent), "failed")
      assert.deepStrictEqual(events, ["open 1", "close 1", "open 2"])
      assert.strictEqual((yield* agent.run(0)).value, 0)
      assert.deepStrictEqual(events, ["open 1", "close 1", "open 2", "open 3"])
    }))

  it.effect("acquires once for 100 first runs [B12]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const agent = yield* AgentRuntime.make(Query, database(events, { delay: 50 }))
      const fiber = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 100 }), () => agent.run(0), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust(50)
      assert.strictEqual((yield* Fiber.join(fiber)).length, 100)
      assert.deepStrictEqual(events, ["open 1"])
    }))

  it.effect("the interruption of one that waits leaves the others, and the build [B12]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const agent = yield* AgentRuntime.make(Query, database(events, { delay: 50 }))
      const [first, second] = yield* Effect.all([
        Effect.forkChild(agent.run(0), { startImmediately: true }),
        Effect.forkChild(agent.run(0), { startImmediately: true })
      ])
      yield* Fiber.interrupt(first)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(first)))
      yield* TestClock.adjust(50)
      assert.strictEqual((yield* Fiber.join(second)).value, 0)

      const alone = yield* AgentRuntime.make(Query, database(events, { delay: 50 }))
      const only = yield* Effect.forkChild(alone.run(0), { startImmediately: true })
      yield* Fiber.interrupt(only)
      assert.strictEqual(yield* stateOf(alone), "acquiring")
      yield* TestClock.adjust(50)
      assert.strictEqual(yield* stateOf(alone), "open")
    }))

  it.effect("a build that fails names the agent and keeps the cause, as metadata does [B13] [B14]", () =>
    Effect.gen(function*() {
      const agent = yield* AgentRuntime.make(Query, database([], { fails: [1, 2] }))
      const error = yield* Effect.flip(agent.run(0))
      assert(error._tag === "AcquireFailed")
      assert.strictEqual(error.agent, "Query")
      assert.instanceOf(error.cause, Unreachable)
      assert.match(error.message, /^Query could not acquire what it needs/)
      assert.strictEqual(yield* stateOf(agent), "failed")
      const outcome = yield* Agent.outcome(agent, 0)
      assert(!outcome.success && outcome.error._tag === "AcquireFailed")
      assert.strictEqual(outcome.metadata.agent, "Query")
      assert.strictEqual(outcome.metadata.state, "failed")
    }))

  it.effect("tries again with the next run, for all that wait then [B15]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const agent = yield* AgentRuntime.make(Query, database(events, { fails: [1], delay: 10 }))
      const runs = Effect.forEach([1, 2, 3], () => Effect.result(agent.run(0)), { concurrency: "unbounded" })
      const failing = yield* Effect.forkChild(runs)
      yield* TestClock.adjust(10)
      assert.deepStrictEqual((yield* Fiber.join(failing)).map(({ _tag }) => _tag), ["Failure", "Failure", "Failure"])
      const succeeding = yield* Effect.forkChild(runs)
      yield* TestClock.adjust(10)
      assert.deepStrictEqual((yield* Fiber.join(succeeding)).map(({ _tag }) => _tag), ["Success", "Success", "Success"])
      assert.deepStrictEqual(events, ["open 1", "open 2"])
    }))

  it.effect("can be retried like any agent [B15]", () =>
    Effect.gen(function*() {
      const open = yield* AgentRuntime.make(Query, database([], { fails: [1, 2] }))
      assert.strictEqual((yield* open.pipe(Agent.retry(Schedule.recurs(2))).run(0)).value, 0)
    }))

  it.effect("a defect in the layer stays one, and what it had opened by then is closed [B13]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const layer = Layer.effect(
        Cache,
        Effect.andThen(Effect.flatMap(Db, () => Effect.void), Effect.die(new TypeError("a bug")))
      ).pipe(Layer.provideMerge(database(events)))
      const agent = yield* AgentRuntime.make(Query, layer)
      const exit = yield* Effect.exit(agent.run(0))
      assert(Exit.isFailure(exit))
      assert.instanceOf(Cause.squash(exit.cause), TypeError)
      assert.deepStrictEqual(events, ["open 1", "close 1"])
    }))

  it.effect("calls its hooks before and after acquiring, the latter only on success [B16] [B59]", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const watched = Query.pipe(
        Agent.hook("beforeAcquire", ({ agent, phase, run }) => void seen.push(`before ${phase} of ${agent} ${run}`)),
        Agent.hook(
          "afterAcquire",
          ({ exit }) => Effect.map(Db, ({ name }) => void seen.push(`after ${name} ${exit?._tag}`))
        )
      )
      const agent = yield* AgentRuntime.make(watched, database([], { fails: [1] }))
      yield* Effect.flip(agent.run(0))
      assert.deepStrictEqual(seen, ["before acquire of Query undefined"])
      yield* agent.run(0)
      yield* agent.run(0)
      assert.deepStrictEqual(seen.slice(1), ["before acquire of Query undefined", "after db 2 Success"])
    }))

  it.effect("has a limit of its own for acquiring, after which the next run tries again [B45]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      let delay = 10_000
      const layer = Layer.unwrap(Effect.sync(() => database(events, { delay })))
      const agent = yield* AgentRuntime.make(Query, layer, { timeout: "2 seconds" })
      const fiber = yield* Effect.forkChild(Effect.flip(agent.run(0)))
      yield* TestClock.adjust("2 seconds")
      const error = yield* Fiber.join(fiber)
      assert(error._tag === "TimedOut")
      assert.strictEqual(error.phase, "acquire")
      assert.strictEqual(error.agent, "Query")
      delay = 0
      assert.strictEqual((yield* agent.run(0)).value, 0)
    }))

  it.effect("a run's own limit holds while it waits, and leaves the build [B45]", () =>
    Effect.gen(function*() {
      const agent = yield* AgentRuntime.make(Query, database([], { delay: 3_000 }))
      const fiber = yield* Effect.forkChild(Effect.flip(agent.run(0, { timeout: "1 second" })))
      yield* TestClock.adjust("1 second")
      const error = yield* Fiber.join(fiber)
      assert(error._tag === "TimedOut")
      assert.strictEqual(error.phase, "run")
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* agent.run(0)).value, 0)
    }))

  it.effect("reports each state that it goes through [B3]", () =>
    Effect.gen(function*() {
      const seen: Array<AgentRuntime.State> = []
      const agent = yield* AgentRuntime.make(Query, database([], { fails: [1], delay: 1 }))
      const listening = yield* SubscriptionRef.changes(agent.state).pipe(
        Stream.runForEach((state) => Effect.sync(() => seen.push(state))),
        Effect.forkChild({ startImmediately: true })
      )
      const first = yield* Effect.forkChild(Effect.exit(agent.acquire))
      yield* TestClock.adjust(1)
      yield* Fiber.join(first)
      const second = yield* Effect.forkChild(agent.acquire)
      yield* TestClock.adjust(1)
      yield* Fiber.join(second)
      yield* agent.close
      yield* TestClock.adjust(1)
      yield* Fiber.interrupt(listening)
      assert.deepStrictEqual(seen, ["uninitialized", "acquiring", "failed", "acquiring", "open", "closing", "closed"])
    }))

  it.effect("is an agent like any other: in a chain, in a batch, inside another", () =>
    Effect.gen(function*() {
      const open = yield* AgentRuntime.make(Query, database([]))
      const Outer = Agent.make("Outer", {
        ...numbers,
        execute: (n) => Effect.map(open.run(n), ({ value }) => value + 1)
      })
      assert.strictEqual((yield* Outer.run(0)).value, 1)
      assert.isTrue(Agent.isAgent(open))
      const outcomes = yield* Agent.batch(open, [0, 0], { concurrency: 2 })
      assert.isTrue(outcomes.every(({ success }) => success))
      assert.strictEqual((yield* open.stats).runs, 3)
    }))

  it.effect("gives a run what its layer brings besides, such as a logger", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
      const agent = Agent.make("Logs", { ...numbers, execute: (n) => Effect.as(Effect.logInfo("inside"), n) })
      const open = yield* AgentRuntime.make(agent, logger)
      yield* open.run(1)
      assert.deepStrictEqual(lines, ["inside"])
    }))

  it.effect("leaves the run of its caller as it is", () =>
    Effect.gen(function*() {
      const open = yield* AgentRuntime.make(
        Agent.make("Spends", { ...numbers, execute: (n) => Effect.as(Run.addUsage({ calls: 1 }), n) }),
        Layer.empty
      )
      const Outer = Agent.make("Outer", { ...numbers, execute: (n) => Effect.as(open.run(n), n) })
      yield* open.acquire
      assert.strictEqual((yield* Outer.run(1)).metadata.usage.calls, 1)
    }))
})

describe("closing", () => {
  it.effect("happens with the scope that it was made in [B66]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      yield* Effect.scoped(Effect.flatMap(AgentRuntime.make(Query, database(events)), (agent) => agent.run(0)))
      assert.deepStrictEqual(events, ["open 1", "close 1"])
    }))

  it.effect("happens after a failure of the body, which surfaces [B67]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const error = yield* Effect.flip(Effect.scoped(Effect.gen(function*() {
        const agent = yield* AgentRuntime.make(Query, database(events))
        yield* agent.run(0)
        return yield* new Stuck({ at: "the body" })
      })))
      assert(error._tag === "Stuck")
      assert.strictEqual(error.at, "the body")
      assert.deepStrictEqual(events, ["open 1", "close 1"])
    }))

  it.effect("logs what a release fails with, releases the others, and keeps the result [B68] [B69]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const lines: Array<string> = []
      const clumsy = Layer.effect(
        Cache,
        Effect.as(Effect.addFinalizer(() => Effect.die(new Error("stuck valve"))), "cache")
      )
      const program = Effect.scoped(
        Effect.flatMap(AgentRuntime.make(Query, Layer.provideMerge(clumsy, database(events))), (agent) => agent.run(0))
      )
      const { value } = yield* Effect.provide(
        program,
        Logger.layer([Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${String(message)}`))])
      )
      assert.strictEqual(value, 0)
      assert.deepStrictEqual(events, ["open 1", "close 1"])
      assert.strictEqual(lines.length, 1)
      assert.match(lines[0]!, /^Error Query could not release everything it held/)
    }))

  it.effect("releases in the reverse order of opening [B70]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const cache = Layer.effect(
        Cache,
        Effect.flatMap(Db, () => {
          events.push("open cache")
          return Effect.as(Effect.addFinalizer(() => Effect.sync(() => events.push("close cache"))), "cache")
        })
      )
      const agent = yield* AgentRuntime.make(Query, Layer.provideMerge(cache, database(events)))
      yield* agent.run(0)
      yield* agent.close
      assert.deepStrictEqual(events, ["open 1", "open cache", "close cache", "close 1"])
    }))

  it.effect("happens once, and leaves an agent that says it was closed [B71]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const agent = yield* AgentRuntime.make(Query, database(events))
      yield* agent.run(0)
      yield* Effect.all([agent.close, agent.close, agent.close], { concurrency: "unbounded" })
      yield* agent.close
      assert.deepStrictEqual(events, ["open 1", "close 1"])
      assert.strictEqual(yield* stateOf(agent), "closed")
      for (const use of [agent.run(0), agent.acquire, agent.reload]) {
        const error = yield* Effect.flip(Effect.asVoid(use))
        assert(error._tag === "AgentDisposed")
        assert.strictEqual(error.agent, "Query")
        assert.strictEqual(error.message, "Query was closed: open it again to run it")
      }
    }))

  it.effect("before any run opens nothing [B71]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const agent = yield* AgentRuntime.make(Query, database(events))
      yield* agent.close
      assert.strictEqual((yield* Effect.flip(agent.run(0)))._tag, "AgentDisposed")
      assert.deepStrictEqual(events, [])
    }))

  it.effect("interrupts live runs, awaits their finalizers, and then closes the layer [B72]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const Holds = Agent.make("Holds", {
        ...numbers,
        execute: (n) =>
          Effect.gen(function*() {
            const db = yield* Db
            return yield* Effect.onInterrupt(Effect.never, () =>
              Effect.andThen(
                Effect.sleep(n),
                Effect.sync(() => events.push(`run ${n} ended, db open: ${db.open()}`))
              ))
          })
      })
      const agent = yield* AgentRuntime.make(Holds, database(events))
      const runs = yield* Effect.forEach([100, 200], (n) => Effect.forkChild(agent.run(n), { startImmediately: true }))
      const closing = yield* Effect.forkChild(agent.close, { startImmediately: true })
      assert.strictEqual(yield* stateOf(agent), "closing")
      assert.strictEqual((yield* Effect.flip(agent.run(1)))._tag, "AgentDisposed")
      yield* TestClock.adjust(199)
      assert.isUndefined(closing.pollUnsafe())
      yield* TestClock.adjust(1)
      yield* Fiber.join(closing)
      assert.deepStrictEqual(events, [
        "open 1",
        "run 100 ended, db open: true",
        "run 200 ended, db open: true",
        "close 1"
      ])
      for (const run of runs) assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(run)))
      assert.strictEqual((yield* agent.stats).interrupted.runs, 2)
    }))

  it.effect("interrupts the runs, not those who called them [B72]", () =>
    Effect.gen(function*() {
      const agent = yield* AgentRuntime.make(Query, database([]))
      const caller = yield* Effect.forkChild(
        Effect.flatMap(Effect.exit(agent.run(60_000, { timeout: "Infinity" })), (exit) =>
          Effect.as(Effect.sleep(10), Exit.hasInterrupts(exit))),
        { startImmediately: true }
      )
      yield* agent.close
      yield* TestClock.adjust(10)
      assert.isTrue(yield* Fiber.join(caller))
    }))

  it.effect("interrupts a build, closes what it had opened, and fails the runs that waited [B72]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const slow = Layer.effect(Cache, Effect.flatMap(Db, () => Effect.never)).pipe(
        Layer.provideMerge(database(events))
      )
      const agent = yield* AgentRuntime.make(Query, slow)
      const run = yield* Effect.forkChild(agent.run(0), { startImmediately: true })
      const acquire = yield* Effect.forkChild(Effect.flip(agent.acquire), { startImmediately: true })
      yield* agent.close
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(run)))
      assert.strictEqual((yield* Fiber.join(acquire))._tag, "AgentDisposed")
      assert.deepStrictEqual(events, ["open 1", "close 1"])
      assert.strictEqual(yield* stateOf(agent), "closed")
    }))

  it.effect("closes what a reload has replaced, too [B72]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const agent = yield* AgentRuntime.make(Query, database(events))
      const run = yield* Effect.forkChild(agent.run(60_000), { startImmediately: true })
      yield* agent.reload
      yield* agent.close
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(run)))
      assert.deepStrictEqual(events, ["open 1", "open 2", "close 1", "close 2"])
    }))

  it.effect("goes on when its caller is interrupted, and a run may close its own agent [B72]", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const box: { agent?: AgentRuntime.AgentRuntime<number, number> } = {}
      const Ends = Agent.make("Ends", {
        ...numbers,
        execute: (n) => Effect.as(Effect.andThen(Db, Effect.suspend(() => box.agent!.close)), n)
      })
      box.agent = yield* AgentRuntime.make(Ends, database(events))
      const exit = yield* Effect.exit(box.agent.run(1))
      assert.isTrue(Exit.hasInterrupts(exit))
      yield* box.agent.close
      assert.deepStrictEqual(events, ["open 1", "close 1"])
    }))

  it.effect("a resource that is not open is the agent's own failure [B73]", () =>
    Effect.gen(function*() {
      const closed = Layer.succeed(Db, { name: "closed", open: () => false })
      const agent = yield* AgentRuntime.make(Query, closed)
      const error = yield* Effect.flip(agent.run(0))
      assert(error._tag === "Stuck")
      assert.strictEqual(error.at, "closed")
    }))
})

describe("the type of an open agent", () => {
  it("needs nothing, but for what its layer needs to be built", () => {
    const layer = Layer.effect(Db, Effect.flatMap(Host, (host) => new Unreachable({ host })))
    const open = AgentRuntime.make(Query, layer)
    expectTypeOf(open).toEqualTypeOf<
      Effect.Effect<AgentRuntime.AgentRuntime<number, number, Stuck>, never, Host | Scope.Scope>
    >()
    type Open = AgentRuntime.AgentRuntime<number, number, Stuck>
    expectTypeOf<Open["run"]>().returns.toEqualTypeOf<
      Effect.Effect<Agent.AgentResult<number>, Stuck | AcquireFailed | AgentDisposed | RunError>
    >()
    expectTypeOf<Open>().toExtend<Agent.Agent<number, number, Stuck | AcquireFailed | AgentDisposed>>()
    // @ts-expect-error the layer brings no database
    const wrong = () => AgentRuntime.make(Query, Layer.succeed(Cache, ""))
    assert.isFunction(wrong)
  })
})
