/**
 * Definitions that a program without types may have made: each is refused by the name of what is defined, before anything runs.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Schedule, Schema } from "effect"
import { Agent, InvalidDefinition, InvalidInput, Pipeline, PipelineSpec, Pool, Run, Step } from "greenlang"

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Unknown }
const one = Step.make("one", [], () => Effect.succeed(1))
const tagged = Step.make("tagged", [], () => Effect.succeed({ _tag: "Left" } as const))
const Whole = Pipeline.make(
  "Whole",
  { version: "1.0.0", input: Schema.Finite, output: Schema.Finite },
  (n) => Step.pure("same", [n], (n) => n)
)
const list = Step.make("list", [], () => Effect.succeed([1]))
const succeeds = () => Effect.succeed(1)
const pool = Pool.make("pool", 1)
const Echo = Agent.make("Echo", {
  version: "1.0.0",
  input: Schema.Finite,
  output: Schema.Finite,
  execute: Effect.succeed
})

const thrownBy = (define: () => unknown): unknown => {
  try {
    define()
  } catch (error) {
    return error
  }
  return undefined
}

/** `nothing` where it passes. */
const messageOf = (define: () => unknown): string => {
  const error = thrownBy(define)
  if (error === undefined) return "nothing"
  assert.instanceOf(error, InvalidDefinition, String(error))
  return error.message
}

const refusals: Readonly<Record<string, ReadonlyArray<readonly [define: () => unknown, message: string]>>> = {
  "a name": [
    [() => Step.make(5 as never, [], succeeds), "step: its name is not a text"],
    [() => Step.make(Symbol("a") as never, [], succeeds), "step: its name is not a text"],
    [() => Step.pure("", [], () => 1), "step \"\": its name is empty"],
    [() => Step.promise(5n as never, [], async () => 1, { output: Schema.Finite }), "step: its name is not a text"],
    [() => Step.sleep("\u001b]52;c;aGk=\u0007", [], 1), "its name has control characters"],
    [() => Agent.make(5n as never, { ...numbers, execute: succeeds }), "agent: its name is not a text"],
    [() => Pool.make(Symbol("a") as never, 1), "pool: its name is not a text"]
  ],
  "the steps that a step waits for": [
    [() => Step.make("a", 5 as never, succeeds), "step `a`: it waits for a number; expected a list of steps"],
    [() => Step.promise("a", undefined as never, async () => 1), "it waits for nothing; expected a list of steps"],
    [() => Step.last("a", one, 5 as never), "step `a`: it waits for a number; expected a list of steps"],
    [() => Step.last("a", undefined as never, []), "step `a`: it answers with nothing; expected a step"],
    [
      () => Step.iterate("a", undefined as never, { max: 1, while: () => false, body: succeeds }),
      "it begins with nothing"
    ]
  ],
  "a function": [
    [() => Step.make("a", [], 5 as never), "step `a`: its work is a number; expected a function"],
    [() => Step.pure("a", [], undefined as never), "step `a`: its work is nothing; expected a function"],
    [() => Step.promise("a", [], 5 as never), "step `a`: its work is a number; expected a function"],
    [() => Step.forEach("a", list, 5 as never), "step `a`: its work is a number; expected a function"],
    [() => Step.ifPresent("a", [one], 5 as never), "step `a`: its work is a number; expected a function"],
    [() => Step.approval("a", [], "Pay?" as never), "step `a`: its text is a string; expected a function"],
    [() => Step.agent("a", Echo, [], 5 as never), "step `a`: its input is a number; expected a function"],
    [() => Step.agent("a", 5 as never, [], () => 1 as never), "step `a`: it runs a number; expected an agent"],
    [() => Step.match("a", tagged, { Left: 5 } as never), "step `a`: its case `Left` is a number"],
    [
      () => Step.forEach("each", list, Whole as never),
      "step `each`: its work is the pipeline `Whole`; expected `{ apart: true }` beside a pipeline, or a function"
    ],
    [() => Step.orElse(one, 5 as never), "step `one`: its `orElse` is a number"],
    [
      () => Step.orElse(one, () => Effect.void, { output: 5 as never }),
      "step `one`: its `output` is a number"
    ],
    [() => one.pipe(Step.result({ output: 5 as never }) as never), "step `one`: its `output` is a number"],
    [
      () => Pipeline.make("P", numbers, 5 as never),
      "pipeline `P`: its drawing function is a number; expected a function"
    ],
    [() => Agent.make("A", numbers as never), "agent `A`: its `execute` is nothing; expected a function"]
  ],
  "a schema": [
    [
      () => Step.make("a", [], succeeds, { output: 5 as never }),
      "step `a`: its `output` is a number; expected a schema"
    ],
    [
      () => Step.make("a", [], succeeds, { error: 5 as unknown as typeof Schema.Never }),
      "step `a`: its `error` is a number; expected a schema"
    ],
    [() => Step.forEach("a", list, succeeds, { output: 5 as never }), "step `a`: its `output` is a number"],
    [
      () => Pipeline.make("P", { ...numbers, output: 5 as never }, () => one as never),
      "pipeline `P`: its `output` is a number"
    ],
    [() => Agent.make("A", { ...numbers, input: 5 as never, execute: succeeds }), "agent `A`: its `input` is a number"]
  ],
  "a pool": [
    [() => Step.inPool(4 as never)(one), "step `one`: its pool is a number; expected what `Pool.make` makes"],
    [() => Step.inPool(undefined as never)(one), "step `one`: its pool is nothing"],
    [() => Step.forEach("a", list, succeeds, { pool: 4 as never }), "step `a`: its pool is a number"],
    [() => Step.inPool(5 as never, pool), "`Step.inPool`: it was applied to a number; expected a step"]
  ],
  "a duration": [
    [() => Step.timeout(one, NaN), "step `one`: NaN is not a duration"],
    [() => Step.timeout(one, -1), "step `one`: -1 is not a duration"],
    [() => Step.sleep("a", [], NaN), "step `a`: NaN is not a duration"],
    [() => Step.sleep("a", [], -1), "step `a`: -1 is not a duration"],
    [() => Step.expectedDuration(one, "soon" as never), "step `one`: \"soon\" is not a duration"]
  ],
  "a retry": [
    [() => Step.retry({})(one), "step `one`: it is retried without a bound"],
    [() => Step.retry(3 as never)(one), "step `one`: it is retried by a number"],
    [() => Step.retry(undefined as never)(one), "step `one`: it is retried by nothing"],
    [() => Step.retry({ time: 3 } as never)(one), "step `one`: it is retried by an unknown `time`"],
    [() => Step.retry({ schedule: 5 } as never)(one), "step `one`: its schedule is a number; expected a Schedule"],
    [() => Step.retry({ while: 5 } as never)(one), "step `one`: its `while` is a number; expected a function"],
    [() => Step.retry({ times: "3" } as never)(one), "step `one`: it is retried \"3\" times"],
    [() => Step.retry({ times: 1e308 })(one), "step `one`: it is retried 1e+308 times"],
    [() => Step.retry(5 as never, { times: 1 }), "`Step.retry`: it was applied to a number"],
    [() => Agent.retry(Echo, { times: 3 } as never), "agent `Echo`: its schedule is an object; expected a Schedule"]
  ],
  "a concurrency": ["4", 1.5, 0, NaN, "many"].flatMap((concurrency) =>
    [
      [
        () => Pipeline.make("P", { ...numbers, concurrency: concurrency as never }, () => one),
        "pipeline `P`: concurrency is"
      ],
      [
        () => Step.forEach("a", list, succeeds, { concurrency: concurrency as never }),
        "step `a`: concurrency is"
      ]
    ] as const
  ),
  "a race": [
    [() => Step.race("r", [] as never), "step `r`: it has no alternatives; expected at least one step"],
    [() => Step.race("r", [5] as never), "step `r`: one of its alternatives is a number; expected a step"],
    [() => Step.race("r", 5 as never), "step `r`: its alternatives are a number; expected a list of steps"],
    [() => {
      let leaked: Step.Step<number> = one
      Pipeline.make("Other", numbers, (n) => leaked = Step.make("leaked", [n], succeeds))
      Pipeline.make("P", numbers, (n) => {
        const mine = Step.make("mine", [n], succeeds)
        return Step.race("outer", [mine, Step.race("inner", [Step.optional(leaked)])])
      })
    }, "step `inner`: one of its alternatives is `leaked`, a step of pipeline `Other`"]
  ]
}

/** `count` times. */
const around = (wrap: (step: Step.Step<unknown>) => Step.Step<unknown>, count: number): Step.Step<unknown> => {
  let step: Step.Step<unknown> = Step.make("many", [], succeeds)
  for (let at = 0; at < count; at++) step = wrap(step)
  return step
}

const never = <S>(step: unknown) => step as S
const wrappers: Readonly<Record<string, (step: Step.Step<unknown>) => Step.Step<unknown>>> = {
  timeout: (step) => never(Step.timeout(step, "1 minute")),
  retry: (step) => never(Step.retry(step, Schedule.recurs(1))),
  optional: Step.optional,
  result: Step.result,
  inPool: Step.inPool(pool),
  when: (step) => never(Step.when(step, Step.pure("holds", [], () => true))),
  race: (step) => Step.race("many", [step]),
  "timeout and race in turn": (step) => Step.race("many", [never<Step.Step<unknown>>(Step.timeout(step, "1 minute"))])
}

describe("a definition", () => {
  for (const [what, members] of Object.entries(refusals)) {
    it(`is refused by its name where ${what} is something else`, () => {
      for (const [define, message] of members) assert.include(messageOf(define), message)
    })
  }

  for (const [name, wrap] of Object.entries(wrappers)) {
    it(`has at most 100 combinators and races around one step: ${name}`, () => {
      assert.include(
        messageOf(() => around(wrap, 5_000)),
        "step `many`: more than 100 combinators and races are around it; expected at most 100"
      )
    })
  }

  it.effect("of a step with 100 limits runs", () =>
    Effect.gen(function*() {
      const Deep = Pipeline.make("Deep", numbers, () => around(wrappers["timeout"]!, 100))
      assert.strictEqual((yield* Deep.run(1)).value, 1)
    }))

  it.effect("of a pipeline takes `unbounded`, as a list does", () =>
    Effect.gen(function*() {
      const Wide = Pipeline.make("Wide", { ...numbers, concurrency: "unbounded" }, () => one)
      assert.strictEqual((yield* Wide.run(1)).value, 1)
    }))

  it.effect("of a pause that is over already goes on at once", () =>
    Effect.gen(function*() {
      const Late = Pipeline.make("Late", numbers, (n) => Step.sleep("late", [n], (n) => n))
      assert.isUndefined((yield* Late.run(-5)).value)
    }))

  it.effect("in a file that is not a text is PipelineSpecInvalid", () =>
    Effect.gen(function*() {
      for (const file of [5, null, undefined, {}]) {
        const error = yield* Effect.flip(PipelineSpec.fromYaml(file as never, { agents: [] }))
        assert.strictEqual(error._tag, "PipelineSpecInvalid")
        assert.include(error.message, "not a text")
      }
    }))

  it.effect("in a file with more attempts than can be counted is PipelineSpecInvalid", () =>
    Effect.gen(function*() {
      const file = "name: Again\nversion: 1.0.0\nsteps:\n  - { name: a, agent: Echo, retry: 1e308 }\n"
      const error = yield* Effect.flip(PipelineSpec.fromYaml(file, { agents: [Echo] }))
      assert.include(error.message, "should be how many more times to try")
    }))
})

describe("a run", () => {
  const trap = () => {
    throw new Error("a trap")
  }
  const options: ReadonlyArray<readonly [options: unknown, path: string, message: string]> = [
    [5, "options", "they are a number"],
    ["1 second", "options", "they are a string"],
    [[1], "options", "they are a list"],
    [{ timout: 1 }, "timout", "is not an option of a run. Did you mean timeout?"],
    [{ timeout: NaN }, "timeout", "NaN is not a duration"],
    [{ onExcessProperty: "preserve" }, "onExcessProperty", "\"preserve\" says nothing of keys that are not known"],
    [new Proxy({}, { ownKeys: trap, get: trap }), "options", "cannot be read: a trap"]
  ]
  for (const [given, path, message] of options) {
    it.effect(`fails with InvalidInput for options that say nothing: ${message}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Echo.run(1, given as never))
        assert.instanceOf(error, InvalidInput)
        assert.strictEqual(error.issues[0]!.path, path)
        assert.include(error.issues[0]!.message, message)
      }))
  }

  it.effect("of many refuses a concurrency that lets none of them start", () =>
    Effect.gen(function*() {
      for (const concurrency of [NaN, "4" as never, 0, 1.5]) {
        const all: ReadonlyArray<Effect.Effect<unknown>> = [
          Agent.batch(Echo, [1], { concurrency }),
          Agent.runAll([[Echo, 1]], { concurrency })
        ]
        for (const runs of all) {
          const exit = yield* Effect.exit(runs)
          assert(Exit.isFailure(exit))
          const defect = Cause.squash(exit.cause)
          assert.instanceOf(defect, InvalidDefinition)
          assert.include(defect.message, "concurrency is")
        }
      }
    }))

  it.effect("in a pool that is not one dies by the name of its step", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Pool.run(4 as never, Effect.void))
      assert(Exit.isFailure(exit))
      assert.instanceOf(Cause.squash(exit.cause), InvalidDefinition)
    }))

  const usages: ReadonlyArray<readonly [usage: unknown, message: string]> = [
    [{ calls: -5 }, "`calls` of -5; expected a whole number, at least 0"],
    [{ inputTokens: NaN }, "`inputTokens` of NaN"],
    [{ outputTokens: "3" }, "`outputTokens` of a string"],
    [{ costUsd: Infinity }, "`costUsd` of Infinity; expected a number of dollars"],
    [{ tokens: 3 }, "an unknown `tokens`"],
    [null, "it was given null"]
  ]
  for (const [usage, message] of usages) {
    it.effect(`counts no usage that cannot be: ${message}`, () =>
      Effect.gen(function*() {
        const Uses = Agent.make("Uses", { ...numbers, execute: () => Run.addUsage(usage as never) })
        const exit = yield* Effect.exit(Uses.run(1))
        assert(Exit.isFailure(exit))
        const defect = Cause.squash(exit.cause)
        assert.instanceOf(defect, InvalidDefinition)
        assert.include(defect.message, message)
      }))
  }
})
