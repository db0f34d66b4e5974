/**
 * Pipelines that are drawn wrongly: each fault is named with its step, none hangs, and none passes in silence.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Option, Result, Schema } from "effect"
import { InvalidDefinition, InvalidOutput, Pipeline, Pool, Step, StepDied } from "greenlang"
import { rounds } from "../support/Rounds.ts"

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Unknown }

type Any = Step.Step<unknown, unknown, never, unknown>

/** A generator of numbers that a seed repeats (mulberry32). */
const chance = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

interface Sketch {
  readonly pick: (most: number) => number
  /** A step that waits for some of the steps before it, and is sound. */
  readonly sound: (name: string, steps: ReadonlyArray<Any>, run?: () => Effect.Effect<unknown, unknown>) => Any
}

/** Draws a fault of the step `faulty`, and returns the steps that the last step is to wait for. */
type Fault = (steps: Array<Any>, sketch: Sketch) => void

const never = (run: () => unknown) => run as () => Effect.Effect<unknown>

/** Leaked out of the drawing function of another pipeline. */
const foreign = () => {
  let leaked: Any | undefined
  Pipeline.make("Other", numbers, (n) => leaked = Step.make("leaked", [n], Effect.succeed))
  return leaked!
}

const faults: { readonly [kind: string]: Fault } = {
  unreached: (_, { sound }) => {
    sound("faulty", [])
  },
  foreign: (steps) => {
    steps.push(Step.make("faulty", [foreign()], Effect.succeed))
  },
  cycle: (steps) => {
    const first = Step.make("first", [], () => Effect.void)
    const faulty = Step.make("faulty", [first], () => Effect.void)
    ;(first.after as unknown as Array<Any>).push(faulty)
    steps.push(faulty)
  },
  notAStep: (steps) => {
    steps.push(Step.make("faulty", [undefined as never], () => Effect.void))
  },
  notAnEffect: (steps, { pick, sound }) => {
    const late = () => Promise.reject(new Error("late"))
    const returned = [() => 5, () => "text", () => undefined, () => null, () => ({}), () => [], late, () => () => 1]
    steps.push(sound("faulty", steps, never(returned[pick(8)]!)))
  },
  throwing: (steps, { pick, sound }) => {
    const thrown = [new Error("boom"), "boom", { boom: 1 }, null, undefined, Symbol("boom")][pick(6)]
    steps.push(sound("faulty", steps, () => {
      throw thrown
    }))
  },
  wrongOutput: (steps, { pick }) => {
    const answer = [1.5, "one", null, undefined, {}][pick(5)]
    steps.push(Step.make("faulty", [], () => Effect.succeed(answer as number), { output: Schema.Int }))
  },
  wideInPool: (steps, { pick }) => {
    const items = Step.make("items", [], () => Effect.succeed([1, 2, 3]))
    const concurrency = ([2, 3, 10, "unbounded"] as const)[pick(4)]!
    steps.push(Step.forEach("faulty", items, Effect.succeed, { concurrency }).pipe(Step.inPool(Pool.make("pool", 2))))
  },
  nested: (steps) => {
    let inner: Pipeline.Pipeline<number, unknown> = Pipeline.make("Inner", numbers, (n) => n)
    for (let depth = 0; depth < 3_000; depth++) {
      const one = inner
      inner = Pipeline.make(`Nested ${depth}`, numbers, (n) => Step.agent("faulty", one, [n], (n) => n))
    }
    steps.push(Step.agent("outer", inner, [], () => 1))
  }
}

const kinds = Object.keys(faults)

const drawn = (kind: string, seed: number): Pipeline.Pipeline<number, unknown, unknown> => {
  const random = chance(seed)
  const pick = (most: number) => Math.floor(random() * most)
  const sound: Sketch["sound"] = (
    name,
    steps,
    run = () => pick(2) === 0 ? Effect.succeed(name) : Effect.delay(Effect.succeed(name), 0)
  ) => Step.make(name, steps.filter(() => pick(3) === 0), run)
  return Pipeline.make("Misuse", { ...numbers, concurrency: pick(2) === 0 ? Infinity : 1 + pick(4) }, (n) => {
    const steps: Array<Any> = [n]
    const before = pick(5)
    for (let at = 0; at < before; at++) steps.push(sound(`before ${at}`, steps))
    faults[kind]!(steps, { pick, sound })
    const after = pick(5)
    for (let at = 0; at < after; at++) steps.push(sound(`after ${at}`, steps))
    return Step.make("last", steps, () => Effect.succeed("all")) as Step.Step<unknown>
  })
}

/** What names the fault: the error of the definition, or what the run failed with and the step that did. */
const outcome = Effect.fnUntraced(function*(kind: string, seed: number) {
  const pipeline = yield* Effect.result(
    Effect.try({ try: () => drawn(kind, seed), catch: (error) => error as InvalidDefinition })
  )
  if (Result.isFailure(pipeline)) {
    assert.instanceOf(pipeline.failure, InvalidDefinition, `${kind} ${seed}: ${String(pipeline.failure)}`)
    return pipeline.failure.message
  }
  const exit = yield* Effect.exit(pipeline.success.run(1, { timeout: "5 seconds" }))
  assert(Exit.isFailure(exit), `${kind} ${seed} passed in silence`)
  const error = Cause.squash(exit.cause)
  assert.isTrue(
    error instanceof StepDied.StepDied || error instanceof InvalidOutput,
    `${kind} ${seed}: ${String(error)}`
  )
  assert.deepStrictEqual(Option.getOrUndefined(StepDied.failedStep(exit.cause)), ["faulty"])
  return (error as Error).message
})

describe("a pipeline with one fault", () => {
  it.live("is refused or fails by the name of its step, 2,000 times", () =>
    Effect.gen(function*() {
      const seen = new Map<string, number>()
      for (let seed = 0; seed < rounds(2_000); seed++) {
        // Very many pipelines inside each other take a while to draw.
        const kind = kinds[seed % (seed < 180 ? kinds.length : kinds.length - 1)]!
        const message = yield* outcome(kind, seed)
        assert.include(message, "`faulty`".slice(1, -1), `${kind} ${seed}`)
        seen.set(kind, (seen.get(kind) ?? 0) + 1)
      }
      assert.deepStrictEqual([...seen.keys()].toSorted(), kinds.toSorted())
    }))

  const messages: ReadonlyArray<readonly [kind: string, seed: number, message: string]> = [
    ["unreached", 1, "step `faulty` of pipeline `Misuse`: it was made, but the last step does not wait for it"],
    ["foreign", 1, "step `faulty`: it waits for `leaked`, a step of pipeline `Other`"],
    ["cycle", 1, "pipeline `Misuse`: its steps wait for each other: faulty → first → faulty"],
    ["notAStep", 1, "step `faulty`: it waits for nothing; expected a step"],
    ["wideInPool", 1, "step `faulty`: it runs"]
  ]
  it.effect.each(messages)("says what is wrong with it: %s", ([kind, seed, message]) =>
    Effect.gen(function*() {
      assert.include(yield* outcome(kind, seed), message)
    }))
})

describe("a function of a step that returns a promise where none is awaited", () => {
  const late = () => Promise.reject(new Error("late")) as never
  const throws = (): never => {
    throw new Error("a trap")
  }
  const members: Readonly<Record<string, readonly [draw: (n: Step.Step<number>) => Any, message: string]>> = {
    "the condition of when": [
      (n) => Step.make("faulty", [n], Effect.succeed).pipe(Step.when(n, late)),
      "has a condition that returned a Promise, not true or false"
    ],
    "the condition of iterate": [
      (n) => Step.iterate("faulty", n, { max: 3, while: late, body: Effect.succeed }),
      "has a `while` that returned a Promise, not true or false"
    ],
    "the condition of retry": [
      (n) => Step.make("faulty", [n], () => Effect.fail("once")).pipe(Step.retry({ while: late })),
      "has a `while` that returned a Promise, not true or false"
    ],
    "the work of pure": [
      (n) => Step.pure("faulty", [n], late),
      "returned a Promise, not a plain answer: `Step.promise` awaits one"
    ],
    "the work of make, a promise whose `then` throws": [
      // oxlint-disable-next-line no-thenable
      (n) => Step.make("faulty", [n], () => Object.assign(Promise.resolve(), { then: throws }) as never),
      "returned a Promise, not an Effect"
    ],
    "the work of make, an object that throws when it is asked": [
      (n) => Step.make("faulty", [n], () => new Proxy({}, { has: throws, get: throws }) as never),
      "returned an object, not an Effect"
    ]
  }
  for (const [what, [draw, message]] of Object.entries(members)) {
    it.live(`dies by the name of its step: ${what}`, () =>
      Effect.gen(function*() {
        const Faulty = Pipeline.make("Faulty", numbers, (n) => draw(n) as Step.Step<unknown, unknown>)
        const exit = yield* Effect.exit(Faulty.run(1))
        assert(Exit.isFailure(exit))
        const died = Cause.squash(exit.cause)
        assert.instanceOf(died, StepDied.StepDied)
        assert.strictEqual(died.message, `step \`faulty\` of pipeline \`Faulty\` ${message}`)
        // A rejection that nothing handles would be reported by now.
        yield* Effect.promise(() => new Promise(setImmediate))
      }))
  }
})

describe("a step for its effect alone", () => {
  const schemas = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
  const drawn = (draw: (twice: Step.Step<number>, audit: Step.Step<number>) => Step.Step<number>) => {
    const audited: Array<number> = []
    const make = () =>
      Pipeline.make("Audited", schemas, (n) => {
        const twice = Step.make("twice", [n], (n) => Effect.succeed(n * 2))
        const audit = Step.make("audit", [twice], (twice) => Effect.sync(() => audited.push(twice)))
        return draw(twice, audit)
      })
    return { audited, make }
  }

  it.effect("runs behind `Step.last`, and leaves the answer as it is", () =>
    Effect.gen(function*() {
      const { audited, make } = drawn((twice, audit) => Step.last("answer", twice, [audit]))
      assert.strictEqual((yield* make().run(4)).value, 8)
      assert.deepStrictEqual(audited, [8])
    }))

  it("is refused by its name without it", () => {
    const { audited, make } = drawn((twice) => twice)
    assert.throws(
      make,
      "step `audit` of pipeline `Audited`: it was made, but the last step does not wait for it, so it would not run"
    )
    assert.deepStrictEqual(audited, [])
  })
})
