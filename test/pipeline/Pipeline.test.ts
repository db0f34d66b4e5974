import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Cause, Context, Data, Effect, Fiber, Metric, Option, Random, Ref, Schema } from "effect"
import { TestClock } from "effect/testing"
import { type Agent, Mermaid, Pipeline, Step } from "greenlang"
import { rounds } from "../support/Rounds.ts"

class Stuck extends Data.TaggedError("Stuck")<{ readonly at: string }> {}
class Lost extends Data.TaggedError("Lost")<{ readonly at: string }> {}

const to = <O extends Agent.AnySchema>(output: O) => ({ version: "1.0.0", input: Schema.Finite, output })
const numbers = to(Schema.Finite)
const slow = <A>(value: A) => Effect.delay(Effect.succeed(value), "1 second")

const Diamond = Pipeline.make("Diamond", numbers, (top) => {
  const left = Step.make("left", [top], (n) => slow(n + 1))
  const right = Step.make("right", [top], (n) => slow(n * 2))
  return Step.make("bottom", [left, right], (l, r) => Effect.succeed(l + r))
})

describe("Pipeline", () => {
  it.effect("runs steps that do not wait for each other at the same time", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Diamond.run(10))
      yield* TestClock.adjust("1 minute")
      const { metadata, value } = yield* Fiber.join(fiber)
      assert.strictEqual(value, 31)
      assert.strictEqual(metadata.durationMs, 1_000)
    }))

  it("draws one arrow for each thing a step waits for", () => {
    assert.deepStrictEqual(Mermaid.render(Diamond).split("\n"), [
      "flowchart LR",
      "  s0([input])",
      "  s1[left]",
      "  s2[right]",
      "  s3[bottom]",
      "  s0 --> s1",
      "  s0 --> s2",
      "  s1 --> s3",
      "  s2 --> s3"
    ])
  })

  it("draws names of any letters as one line of text", () => {
    const boxOf = (name: string) =>
      Mermaid.render(Pipeline.make("One", numbers, (n) => Step.make(name, [n], Effect.succeed))).split("\n")[2]
    const boxes = ["end", `say "hi"`, "<b>&amp;", "no. #35;", "`x`", "x]; click s0"].map(boxOf)
    assert.deepStrictEqual(boxes, [
      `  s1["end"]`,
      `  s1["say #34;hi#34;"]`,
      `  s1["#60;b#62;#38;amp;"]`,
      `  s1["no. #35;35;"]`,
      `  s1["#96;x#96;"]`,
      `  s1["x]; click s0"]`
    ])
  })

  it("refuses two steps of one name", () => {
    assert.throws(() =>
      Pipeline.make("Twins", numbers, (top) => {
        const one = Step.make("twin", [top], Effect.succeed)
        return Step.make("twin", [one], Effect.succeed)
      }), /step `twin`: another step has the same name/)
  })

  it("is an agent whose type has the errors and services of every step", () => {
    class Gauge extends Context.Service<Gauge, { readonly read: Effect.Effect<number, Lost> }>()(
      "greenlang/test/pipeline/Pipeline.test/Gauge"
    ) {}
    const pipeline = Pipeline.make("One", to(Schema.String), (top) => {
      const gauge = Step.make("gauge", [top], () => Effect.flatMap(Gauge, (gauge) => gauge.read))
      const stuck = Step.make("stuck", [gauge], () => Effect.fail(new Stuck({ at: "stuck" })))
      return Step.make("last", [stuck], () => Effect.succeed("never"))
    })
    expectTypeOf(pipeline.run).toEqualTypeOf<Pipeline.Pipeline<number, string, Stuck | Lost, Gauge>["run"]>()
    expectTypeOf(pipeline).toExtend<Agent.Agent<number, string, Stuck | Lost, Gauge>>()
  })

  it.effect("equals a plain loop on 2,000 steps drawn at random", () =>
    Effect.gen(function*() {
      for (const seed of ["a", "b", "c"]) {
        yield* Effect.gen(function*() {
          const parents = yield* randomParents(2_000)
          const wait = yield* Effect.forEach(parents, () => Random.nextIntBetween(0, 3))
          const { value } = yield* graphOf(parents, (at, inputs) =>
            [
              Effect.succeed(sum(inputs)),
              Effect.sync(() => sum(inputs)),
              Effect.as(Effect.yieldNow, sum(inputs)),
              Effect.promise(async () => sum(inputs))
            ][wait[at]!]!).run(1)
          assert.strictEqual(value, interpret(parents, 1))
        }).pipe(Random.withSeed(seed))
      }
    }))
})

describe("a run", () => {
  it.effect("never has more steps running than its concurrency", () =>
    Effect.gen(function*() {
      let running = 0
      let peak = 0
      const pipeline = Pipeline.make("Bounded", { ...numbers, concurrency: 3 }, (top) => {
        const steps = Array.from({ length: 20 }, (_, i) =>
          Step.make(`${i}`, [top], () =>
            Effect.sync(() =>
              peak = Math.max(peak, ++running)
            ).pipe(
              Effect.andThen(Effect.sleep("1 second")),
              Effect.ensuring(Effect.sync(() => running--))
            )))
        return Step.make("last", steps, (...all) => Effect.succeed(all.length))
      })
      const fiber = yield* Effect.forkChild(pipeline.run(1))
      yield* TestClock.adjust("7 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).metadata.durationMs, 7_000)
      assert.strictEqual(peak, 3)
    }))

  it("refuses a concurrency below one", () => {
    assert.throws(() => Pipeline.make("None", { ...numbers, concurrency: 0 }, (top) => top), /at least 1/)
  })

  it.live("lets the event loop have its turn during a long chain of steps that never wait", () =>
    Effect.gen(function*() {
      const chain = Pipeline.make("Chain", numbers, (top) => {
        let step: Step.Step<number> = top
        for (let i = 0; i < 10_000; i++) step = Step.make(`${i}`, [step], (n) => Effect.succeed(n + 1))
        return step
      })
      let turns = 0
      const ticking = setInterval(() => turns++, 0)
      const before = yield* Effect.forkChild(chain.run(0))
      const { value } = yield* Fiber.join(before).pipe(Effect.ensuring(Effect.sync(() => clearInterval(ticking))))
      assert.strictEqual(value, 10_000)
      assert.isAbove(turns, 0)
    }))

  it.effect("can be a step of another run", () =>
    Effect.gen(function*() {
      const Outer = Pipeline.make("Outer", numbers, (top) => Step.agent("diamond", Diamond, [top], (n) => n + 1))
      const fiber = yield* Effect.forkChild(Outer.run(9))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).value, 31)
      assert.include(Mermaid.render(Outer), "subgraph s1 [diamond]")
    }))
})

describe("a failing step", () => {
  it.effect("interrupts its siblings, waits for them, and fails the run with the first cause", () =>
    Effect.gen(function*() {
      const log = yield* Ref.make<ReadonlyArray<string>>([])
      const note = (line: string) => Ref.update(log, (lines) => [...lines, line])
      const pipeline = Pipeline.make("Fails", to(Schema.Void), (top) => {
        const sibling = Step.make("sibling", [top], () =>
          Effect.never.pipe(
            Effect.onInterrupt(() => Effect.delay(note("sibling released"), "1 second"))
          ))
        const rude = Step.make("rude", [top], () => Effect.ensuring(Effect.never, Effect.die("while closing")))
        const first = Step.make("first", [top], () => Effect.delay(Effect.fail(new Stuck({ at: "first" })), "1 second"))
        const second = Step.make(
          "second",
          [top],
          () => Effect.delay(Effect.fail(new Lost({ at: "second" })), "2 seconds")
        )
        return Step.make("last", [sibling, rude, first, second], () => note("last ran"))
      })
      const fiber = yield* Effect.forkChild(Effect.exit(Effect.ensuring(pipeline.run(1), note("run ended"))))
      yield* TestClock.adjust("1 minute")
      const exit = yield* Fiber.join(fiber)
      assert(exit._tag === "Failure")
      assert.deepStrictEqual(exit.cause.reasons.map((reason) => reason._tag), ["Fail", "Die"])
      assert.deepStrictEqual(Cause.findErrorOption(exit.cause), Option.some(new Stuck({ at: "first" })))
      assert.deepStrictEqual(yield* Ref.get(log), ["sibling released", "run ended"])
    }))

  it.effect("that throws is a bug of that step, not a run that hangs", () =>
    Effect.gen(function*() {
      const pipeline = Pipeline.make("Throws", to(Schema.Void), (top) => {
        const slowly = Step.make("slowly", [top], () => Effect.never)
        return Step.make("throws", [
          top,
          slowly,
          Step.make("bad", [top], (): Effect.Effect<void> => {
            throw new RangeError("oops")
          })
        ], () => Effect.void)
      })
      const exit = yield* Effect.exit(pipeline.run(1))
      assert(exit._tag === "Failure")
      assert.isTrue(Cause.hasDies(exit.cause))
    }))
})

describe("interruption", () => {
  it.live("at any moment leaves no fiber of the run alive", () =>
    Effect.gen(function*() {
      let interrupted = 0
      for (let round = 0; round < rounds(60); round++) {
        const fibers = countFibers()
        let open = 0
        const parents = yield* randomParents(300)
        const pipeline = graphOf(parents, (at, inputs) =>
          Effect.acquireUseRelease(
            Effect.sync(() => open++),
            () =>
              at % 3 === 0
                ? Effect.sync(() => sum(inputs))
                : Effect.as(at % 3 === 1 ? Effect.yieldNow : Effect.sleep(1), sum(inputs)),
            () => Effect.andThen(at % 5 === 0 ? Effect.sleep(1) : Effect.void, Effect.sync(() => open--))
          ))
        const run = yield* pipeline.run(1).pipe(
          Effect.provideService(Metric.FiberRuntimeMetrics, fibers),
          Effect.forkChild({ startImmediately: true })
        )
        yield* round % 4 === 0 ? Effect.void : Effect.sleep(yield* Random.nextIntBetween(0, 25))
        yield* Fiber.interrupt(run)
        if (run.pollUnsafe()!._tag === "Failure") interrupted++
        assert.deepStrictEqual([open, fibers.live()], [0, 0])
      }
      assert.isAtLeast(interrupted, rounds(30))
    }))

  it.live("by one of its own synchronous steps stops it as well", () =>
    Effect.gen(function*() {
      const fibers = countFibers()
      let self: Fiber.Fiber<unknown, unknown> | undefined
      const pipeline = Pipeline.make("Suicide", to(Schema.Void), (top) => {
        const waits = Step.make("waits", [top], () => Effect.never)
        const kills = Step.make("kills", [top], () => Effect.sync(() => self?.interruptUnsafe()))
        return Step.make("last", [waits, kills], () => Effect.void)
      })
      self = yield* Effect.withFiber((fiber) => {
        self = fiber
        return pipeline.run(1)
      }).pipe(
        Effect.provideService(Metric.FiberRuntimeMetrics, fibers),
        Effect.forkChild
      )
      const exit = yield* Fiber.await(self)
      assert.strictEqual(exit._tag, "Failure")
      assert.strictEqual(fibers.live(), 0)
    }))

  it.effect("waits where the run was made uninterruptible", () =>
    Effect.gen(function*() {
      const answer = yield* Ref.make(0)
      const whole = Effect.flatMap(Diamond.run(10), ({ value }) => Ref.set(answer, value))
      const run = yield* Effect.forkChild(Effect.uninterruptible(whole), { startImmediately: true })
      const stop = yield* Effect.forkChild(Fiber.interrupt(run))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(stop)
      assert.strictEqual(yield* Ref.get(answer), 31)
    }))
})

/** `parents[i]` are numbers below `i`; step 0 is the input. The last step waits for all that no other step waits for. */
const randomParents = Effect.fnUntraced(function*(size: number) {
  const parents: Array<ReadonlyArray<number>> = [[]]
  const open = new Set([0])
  for (let at = 1; at < size; at++) {
    const mine = new Set<number>()
    const count = at === size - 1 ? 0 : yield* Random.nextIntBetween(0, 3)
    for (let k = 0; k < count; k++) mine.add(Math.max(0, at - 1 - (yield* Random.nextIntBetween(0, 60))))
    if (at === size - 1) open.forEach((one) => mine.add(one))
    mine.forEach((one) => open.delete(one))
    open.add(at)
    parents.push([...mine])
  }
  return parents
})

const sum = (inputs: ReadonlyArray<number>) => inputs.reduce((total, n) => (total + n) % 1_000_003, 1)

const interpret = (parents: ReadonlyArray<ReadonlyArray<number>>, input: number) => {
  const values = [input]
  for (let at = 1; at < parents.length; at++) values[at] = sum(parents[at]!.map((one) => values[one]!))
  return values.at(-1)!
}

const graphOf = (
  parents: ReadonlyArray<ReadonlyArray<number>>,
  work: (at: number, inputs: ReadonlyArray<number>) => Effect.Effect<number>
) =>
  Pipeline.make("Graph", numbers, (input) => {
    const steps: Array<Step.Step<number>> = [input]
    for (let at = 1; at < parents.length; at++) {
      steps.push(Step.make(`${at}`, parents[at]!.map((one) => steps[one]!), (...inputs) => work(at, inputs)))
    }
    return steps.at(-1)!
  })

const countFibers = () => {
  let live = 0
  return { live: () => live, recordFiberStart: () => void live++, recordFiberEnd: () => void live-- }
}
