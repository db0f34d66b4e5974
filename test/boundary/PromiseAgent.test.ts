import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Effect, Layer, Schema } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import {
  type AcquireFailed,
  Agent,
  AgentDisposed,
  InvalidInput,
  Pipeline,
  type PipelineEvent,
  PromiseAgent,
  Run,
  type RunError,
  Step,
  TimedOut
} from "greenlang"
import { NoLeaks } from "greenlang/testing"
import { getEventListeners } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { setImmediate } from "node:timers/promises"

class Stuck extends Schema.TaggedError<Stuck>()("Stuck", { at: Schema.String }) {}
class Db extends Context.Service<Db, { readonly open: () => boolean }>()(
  "greenlang/test/boundary/PromiseAgent.test/Db"
) {}

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
const stuck = new Stuck({ at: "x" })

/** As many turns of the event loop as a run without timers needs to go on as far as it can. */
const turns = async () => {
  for (let turn = 0; turn < 50; turn++) await setImmediate()
}

/** Waits for as many milliseconds as its input says; fails with `stuck` below zero. */
const Query = Agent.make("Query", {
  ...numbers,
  error: Stuck,
  execute: (n) =>
    Effect.gen(function*() {
      const db = yield* Db
      if (n < 0) return yield* stuck
      if (n > 0) yield* Effect.sleep(n)
      return db.open() ? n : Number.NaN
    })
})

const database = (events: Array<string>) =>
  Layer.effect(
    Db,
    Effect.gen(function*() {
      let open = true
      events.push("open")
      yield* Effect.addFinalizer(() =>
        Effect.andThen(
          Effect.sleep(5),
          Effect.sync(() => {
            open = false
            events.push("close")
          })
        )
      )
      return { open: () => open }
    })
  )

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(() => assert.fail("it was fulfilled"), (error: unknown) => error)

describe("an agent as promises", () => {
  it("opens eagerly, executes, and closes at the end of the block [B66]", async () => {
    const events: Array<string> = []
    {
      await using agent = await PromiseAgent.open(Query, database(events))
      assert.deepStrictEqual(events, ["open"])
      assert.strictEqual(agent.name, "Query")
      assert.strictEqual(agent.version, "1.0.0")
      const { metadata, value } = await agent.execute(0)
      assert.strictEqual(value, 0)
      assert.strictEqual(metadata.state, "completed")
      await agent.execute(1)
    }
    assert.deepStrictEqual(events, ["open", "close"])
  })

  it("closes after an error of the block, which surfaces [B67]", async () => {
    const events: Array<string> = []
    const error = await rejection((async () => {
      await using agent = await PromiseAgent.open(Query, database(events))
      await agent.execute(0)
      throw new RangeError("the body")
    })())
    assert.instanceOf(error, RangeError)
    assert.deepStrictEqual(events, ["open", "close"])
  })

  it("needs no layer for an agent that needs nothing", async () => {
    const Echo = Agent.make("Echo", { ...numbers, execute: Effect.succeed })
    await using agent = await PromiseAgent.open(Echo)
    assert.strictEqual((await agent.execute(3)).value, 3)
    // @ts-expect-error Query needs a database
    const wrong = () => PromiseAgent.open(Query)
    assert.isFunction(wrong)
    // @ts-expect-error "the layer does not provide what the agent needs"
    const lacking = () => PromiseAgent.open(Query, Layer.empty)
    assert.isFunction(lacking)
  })

  it("rejects when what it needs cannot be acquired, with the cause, and holds nothing [B13]", async () => {
    const events: Array<string> = []
    const failing = Layer.effect(Db, Effect.andThen(Db, stuck)).pipe(Layer.provide(database(events)))
    const error = await rejection(PromiseAgent.open(Query, failing))
    assert(error instanceof Error && "_tag" in error && "cause" in error)
    assert.strictEqual(error._tag, "AcquireFailed")
    assert.strictEqual(error.cause, stuck)
    assert.deepStrictEqual(events, ["open", "close"])
    const late = await rejection(PromiseAgent.open(Query, Layer.effect(Db, Effect.never), { timeout: 10 }))
    assert(late instanceof TimedOut)
    assert.strictEqual(late.phase, "acquire")
  })

  it("rejects with the agent's own error, the same instance, with the frames of its caller [B37] [B38]", async () => {
    await using agent = await PromiseAgent.open(Query, database([]))
    const asksForIt = async () => {
      await agent.execute(-1)
    }
    const error = await rejection(asksForIt())
    assert.strictEqual(error, stuck)
    assert.match(stuck.stack ?? "", /asksForIt/)
    const { stack } = stuck
    await rejection(asksForIt())
    assert.isAtMost((stuck.stack ?? "").length, (stack ?? "").length * 2)
    assert.instanceOf(await rejection(agent.execute("x" as never)), InvalidInput)
  })

  it("rejects with the unchanged error when its stack cannot be changed or is missing", async () => {
    for (const odd of [Object.freeze(new Stuck({ at: "y" })), Object.assign(new Stuck({ at: "z" }), { stack: 5 })]) {
      await using agent = await PromiseAgent.open(Agent.make("Odd", { ...numbers, execute: () => Effect.fail(odd) }))
      assert.strictEqual(await rejection(agent.execute(1)), odd)
    }
  })

  it("rejects with a defect as it is", async () => {
    const bug = new TypeError("a bug")
    await using agent = await PromiseAgent.open(Agent.make("Dies", { ...numbers, execute: () => Effect.die(bug) }))
    assert.strictEqual(await rejection(agent.execute(1)), bug)
    assert.strictEqual(await rejection(agent.executeResult(1)), bug)
  })

  it("folds typed failures into a result with metadata [B14] [B37]", async () => {
    await using agent = await PromiseAgent.open(Query, database([]))
    const well = await agent.executeResult(0)
    assert(well.success)
    assert.strictEqual(well.value, 0)
    const badly = await agent.executeResult(-1)
    assert(!badly.success && badly.error._tag === "Stuck")
    assert.strictEqual(badly.metadata.state, "failed")
    expectTypeOf(badly.error).toEqualTypeOf<Stuck>()
    expectTypeOf(agent).toEqualTypeOf<PromiseAgent.PromiseAgent<number, number, Stuck>>()
    expectTypeOf(agent.executeResult).returns.resolves.toEqualTypeOf<
      Agent.Outcome<number, Stuck | RunError | AcquireFailed | AgentDisposed>
    >()
  })

  it("takes a limit for one run [B39]", async () => {
    await using agent = await PromiseAgent.open(Query, database([]))
    const error = await rejection(agent.execute(60_000, { timeout: "10 millis" }))
    assert(error instanceof TimedOut)
    assert.strictEqual(error.phase, "run")
  })

  it("an aborted signal interrupts the run, and is the reason of the rejection [B46]", async () => {
    const events: Array<string> = []
    const Holds = Agent.make("Holds", {
      ...numbers,
      execute: () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => events.push("released")))
    })
    await using agent = await PromiseAgent.open(Holds)
    for (const method of ["execute", "executeResult"] as const) {
      const controller = new AbortController()
      const running = rejection(agent[method](1, { signal: controller.signal }))
      controller.abort(new RangeError("enough"))
      const error = await running
      assert.instanceOf(error, RangeError)
    }
    assert.deepStrictEqual(events, ["released", "released"])
    const byTime = await rejection(agent.execute(1, { signal: AbortSignal.timeout(5) }))
    assert(byTime instanceof DOMException)
    assert.strictEqual(byTime.name, "TimeoutError")
  })

  it("a signal that was aborted before starts nothing [B46]", async () => {
    let started = 0
    await using agent = await PromiseAgent.open(
      Agent.make("Starts", { ...numbers, execute: (n) => Effect.sync(() => (started++, n)) })
    )
    const error = await rejection(agent.execute(1, { signal: AbortSignal.abort() }))
    assert(error instanceof DOMException)
    assert.strictEqual(error.name, "AbortError")
    assert.strictEqual(started, 0)
  })

  it("an aborted signal reaches the socket [B41] [B46]", async () => {
    const closed = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const server = createServer((request) => {
      request.socket.once("close", () => closed.resolve())
      asked.resolve()
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    const Asks = Agent.make("Asks", {
      ...numbers,
      execute: () => Effect.map(Effect.orDie(HttpClient.get(`http://127.0.0.1:${port}/`)), ({ status }) => status)
    })
    await using agent = await PromiseAgent.open(Asks, FetchHttpClient.layer)
    const controller = new AbortController()
    const running = rejection(agent.execute(1, { signal: controller.signal }))
    await asked.promise
    controller.abort()
    assert.instanceOf(await running, DOMException)
    await closed.promise
    await new Promise((resolve) => server.close(resolve))
  })

  it("rejects with AgentDisposed once it was closed, which happens once [B71]", async () => {
    const events: Array<string> = []
    const agent = await PromiseAgent.open(Query, database(events))
    await Promise.all([agent.close(), agent.close(), agent[Symbol.asyncDispose]()])
    await agent.close()
    assert.deepStrictEqual(events, ["open", "close"])
    const error = await rejection(agent.execute(0))
    assert(error instanceof AgentDisposed)
    assert.strictEqual(error.agent, "Query")
    const outcome = await agent.executeResult(0)
    assert(!outcome.success && outcome.error._tag === "AgentDisposed")
  })

  it("closing interrupts live runs, awaits their finalizers, and rejects their promises [B72]", async () => {
    const events: Array<string> = []
    const Holds = Agent.make("Holds", {
      ...numbers,
      execute: () =>
        Effect.flatMap(
          Db,
          (db) =>
            Effect.onInterrupt(Effect.never, () =>
              Effect.andThen(Effect.sleep(5), Effect.sync(() => events.push(`released, open: ${db.open()}`))))
        )
    })
    const agent = await PromiseAgent.open(Holds, database(events))
    const running = rejection(agent.execute(1))
    await agent.close()
    assert.deepStrictEqual(events, ["open", "released, open: true", "close"])
    assert.instanceOf(await running, AgentDisposed)
  })

  it("an interruption from inside is not mistaken for closing", async () => {
    await using agent = await PromiseAgent.open(Agent.make("Ends", { ...numbers, execute: () => Effect.interrupt }))
    assert.notInstanceOf(await rejection(agent.execute(1)), AgentDisposed)
  })

  it("runs a thousand at once, each with its own result [B74] [B79]", async () => {
    await using agent = await PromiseAgent.open(Query, database([]))
    const results = await Promise.all(Array.from({ length: 1_000 }, (_, i) => agent.execute(i % 20)))
    assert.isTrue(results.every(({ value }, i) => value === i % 20))
    assert.strictEqual(new Set(results.map(({ metadata }) => metadata.runId)).size, 1_000)
  })

  it("leaves no timer behind", () =>
    NoLeaks.checkPromise(async () => {
      await using agent = await PromiseAgent.open(Query, database([]))
      void rejection(agent.execute(60_000))
      await rejection(agent.execute(60_000, { timeout: 5 }))
    }))
})

/** A pipeline of `steps` steps, one after the other. Each emits a token, and notes that it ran. */
const chain = (ran: Array<string>, steps: number) =>
  Pipeline.make("Chain", numbers, (n) => {
    let last: Step.Step<number> = n
    for (let at = 1; at <= steps; at++) {
      last = Step.make(`s${at}`, [last], (n) =>
        Effect.andThen(
          Effect.sync(() => ran.push(`s${at}`)),
          Effect.as(Run.emitToken(`t${at} `), n + 1)
        ))
    }
    return last
  })

/** Waits without end in its second step, after a call of `waiting`, and notes when it was released, which takes a while. */
const hanging = (events: Array<string>, waiting = () => {}) =>
  Pipeline.make("Hangs", { ...numbers, error: Stuck }, (n) => {
    const first = Step.make("first", [n], (n) => Effect.succeed(n))
    const waits = Effect.andThen(Effect.sync(waiting), Effect.never)
    return Step.make(
      "second",
      [first],
      (n) =>
        Effect.onInterrupt(n < 0 ? Effect.fail(stuck) : waits, () =>
          Effect.andThen(
            Effect.sleep(5),
            Effect.sync(() => events.push("released"))
          ))
    )
  })

describe("the events of an agent, as an async iterable", () => {
  it("show what a pipeline does while it does it, and return its result", async () => {
    const ran: Array<string> = []
    await using agent = await PromiseAgent.open(chain(ran, 2))
    const seen: Array<string> = []
    for await (const event of agent.events(1)) seen.push(`${event._tag} ${event.path}`.trim())
    assert.deepStrictEqual(seen, [
      "RunStarted",
      "PipelineStarted",
      "StepStarted s1",
      "TextDelta s1",
      "StepFinished s1",
      "StepStarted s2",
      "TextDelta s2",
      "StepFinished s2",
      "RunEnded"
    ])
    const all = async function*() {
      const { metadata, value } = yield* agent.tokens(1)
      yield `${value} ${metadata.state}`
    }
    assert.deepStrictEqual(await Array.fromAsync(all()), ["t1 ", "t2 ", "3 completed"])
  })

  it("have the tokens of an agent that is not a pipeline, and those of the pipelines inside of it", async () => {
    const Inside = chain([], 1)
    const Outside = Agent.make("Outside", {
      ...numbers,
      execute: (n) => Effect.andThen(Run.emitToken("before "), Effect.orDie(Agent.call(Inside, n)))
    })
    await using agent = await PromiseAgent.open(Outside)
    assert.deepStrictEqual(await Array.fromAsync(agent.tokens(1)), ["before ", "t1 "])
    const events = await Array.fromAsync(agent.events(1))
    assert.includeMembers(events.map(({ _tag }) => _tag), ["TextDelta", "StepStarted", "StepFinished"])
  })

  it("start nothing before they are read, and then no more than the reader can follow", async () => {
    const ran: Array<string> = []
    await using agent = await PromiseAgent.open(chain(ran, 50))
    const events = agent.events(1, { capacity: 2 })
    await turns()
    assert.deepStrictEqual(ran, [])
    await events.next()
    await turns()
    assert.isBelow(ran.length, 4)
    const rest = await Array.fromAsync(events)
    assert.strictEqual(rest.length, 50 * 3 + 2)
    assert.strictEqual(ran.length, 50)
  })

  it("interrupt the run of a reader that leaves, and let it go on when that has released what it held", async () => {
    const events: Array<string> = []
    await using agent = await PromiseAgent.open(hanging(events))
    for await (const event of agent.events(1)) {
      if (event._tag === "StepStarted" && event.path[0] === "second") break
    }
    assert.deepStrictEqual(events, ["released"])
    const error = await rejection((async () => {
      for await (const event of agent.events(1)) if (event._tag === "StepFinished") throw new RangeError("the body")
    })())
    assert.instanceOf(error, RangeError)
    assert.deepStrictEqual(events, ["released", "released"])
  })

  it("end at once for a reader that returns while it waits for the next", async () => {
    const events: Array<string> = []
    const waits = Promise.withResolvers<void>()
    await using agent = await PromiseAgent.open(hanging(events, waits.resolve))
    const reading = agent.tokens(1)
    const next = reading.next()
    await waits.promise
    assert.isTrue((await reading.return(undefined as never)).done)
    assert.deepStrictEqual(events, ["released"])
    assert.isTrue((await next).done)
    assert.isTrue((await reading.next()).done)
    {
      await using other = agent.events(1)
      await other.next()
    }
    assert.deepStrictEqual(events, ["released", "released"])
  })

  it("end with a stream that is made of them", async () => {
    const events: Array<string> = []
    await using agent = await PromiseAgent.open(hanging(events))
    const reader = ReadableStream.from(agent.events(1)).getReader()
    assert.strictEqual((await reader.read()).value?._tag, "RunStarted")
    await reader.cancel()
    assert.deepStrictEqual(events, ["released"])
  })

  it("throw the reason of a signal, once all is released", async () => {
    const events: Array<string> = []
    const waits = Promise.withResolvers<void>()
    await using agent = await PromiseAgent.open(hanging(events, waits.resolve))
    const controller = new AbortController()
    const reading = rejection(Array.fromAsync(agent.events(1, { signal: controller.signal })))
    await waits.promise
    controller.abort(new RangeError("enough"))
    assert.instanceOf(await reading, RangeError)
    assert.deepStrictEqual(events, ["released"])

    const later = new AbortController()
    const late = agent.events(1, { signal: later.signal })
    await late.next()
    later.abort(new DOMException("the time is up", "TimeoutError"))
    await turns()
    assert.propertyVal(await rejection(late.next()), "name", "TimeoutError")
    assert.propertyVal(await rejection(agent.events(1, { signal: controller.signal }).next()), "message", "enough")
    assert.deepStrictEqual(events, ["released", "released"])
  })

  it("leave nothing at the signal, which may outlive many runs", async () => {
    await using agent = await PromiseAgent.open(hanging([]))
    const { signal } = new AbortController()
    for (let reads = 0; reads < 3; reads++) {
      for await (const _ of agent.events(1, { signal })) {
        assert.lengthOf(getEventListeners(signal, "abort"), 1)
        break
      }
    }
    assert.lengthOf(getEventListeners(signal, "abort"), 0)
  })

  it("throw AgentDisposed when the agent is closed, which waits for the run, wherever its reader is", async () => {
    const events: Array<string> = []
    const waits = Promise.withResolvers<void>()
    const agent = await PromiseAgent.open(hanging(events, waits.resolve))
    const waiting = rejection(Array.fromAsync(agent.events(1)))
    const elsewhere = agent.events(1, { capacity: 1 })
    await elsewhere.next()
    await waits.promise
    await agent.close()
    assert.deepStrictEqual(events, ["released"])
    assert.instanceOf(await waiting, AgentDisposed)
    assert.instanceOf(await rejection(elsewhere.next()), AgentDisposed)
    assert.instanceOf(await rejection(agent.events(1).next()), AgentDisposed)
  })

  it("do not keep an uninterruptible run without a reader from closing", async () => {
    const Insists = Agent.make("Insists", {
      ...numbers,
      execute: (n) => Effect.uninterruptible(Effect.as(Effect.forEach([1, 2, 3], () => Run.emitToken("x")), n))
    })
    const agent = await PromiseAgent.open(Insists)
    const reading = agent.tokens(1, { capacity: 1 })
    assert.deepStrictEqual(await reading.next(), { done: false, value: "x" })
    await agent.close()
  })

  it("throw the agent's own error, with the frames of the reader", async () => {
    await using agent = await PromiseAgent.open(hanging([]))
    const readsThem = async () => {
      for await (const _ of agent.events(-1));
    }
    const error = await rejection(readsThem())
    assert.strictEqual(error, stuck)
    assert.match(stuck.stack ?? "", /readsThem/)
    assert.instanceOf(await rejection(Array.fromAsync(agent.events("x" as never))), InvalidInput)
    const late = await rejection(Array.fromAsync(agent.tokens(1, { timeout: 5 })))
    assert.instanceOf(late, TimedOut)
  })

  it("leave nothing behind", () =>
    NoLeaks.checkPromise(async () => {
      await using agent = await PromiseAgent.open(hanging([]))
      for await (const _ of agent.events(1)) break
      await rejection(Array.fromAsync(agent.events(-1)))
      await agent.events(1).next()
      void agent.events(1)
    }))

  it("have exact types", () => {
    const types = async () => {
      const agent = await PromiseAgent.open(hanging([]))
      expectTypeOf(agent.events(1)).toEqualTypeOf<PromiseAgent.Reading<PipelineEvent, number>>()
      for await (const token of agent.tokens(1)) expectTypeOf(token).toBeString()
      for await (const event of agent.events(1)) expectTypeOf(event).toEqualTypeOf<PipelineEvent>()
      // @ts-expect-error the pipeline reads a number
      agent.events("x")
    }
    assert.isFunction(types)
  })
})
