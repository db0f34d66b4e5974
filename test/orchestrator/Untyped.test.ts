/** Calls, definitions, policies and failures of programs without types: each answer is a typed failure that names the field. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Exit, Layer, Redacted, Schema } from "effect"
import { AcquireFailed, Agent, InvalidDefinition, Pipeline, PromiseAgent, Step } from "greenlang"
import * as Database from "greenlang/database/Database"
import * as Migrations from "greenlang/database/Migrations"
import { History, Orchestrator, Policy } from "greenlang/orchestrator"
import { thrown } from "../support/Thrown.ts"

const boom = (): never => {
  throw new Error("boom")
}

/** Throws at every access. */
const evil = () =>
  new Proxy({}, { get: boom, has: boom, getPrototypeOf: boom, ownKeys: boom, getOwnPropertyDescriptor: boom })

class Odd extends Schema.TaggedError<Odd>()("Odd", {}) {}

const failures: Readonly<Record<string, () => Effect.Effect<unknown, unknown>>> = {
  "a failure that throws": () => Effect.fail(evil()),
  "a function that throws": () => Effect.fail(new Proxy(boom, { get: boom, getPrototypeOf: boom })),
  "null": () => Effect.fail(null),
  "nothing": () => Effect.fail(undefined),
  "a symbol": () => Effect.fail(Symbol("no")),
  "an object without a prototype": () => Effect.fail(Object.create(null)),
  "a message that throws": () => Effect.fail(Object.defineProperty(new Odd(), "message", { get: boom })),
  "a message that is an object": () => Effect.fail({ message: { toString: boom } }),
  "a tag that throws": () => Effect.fail(Object.defineProperty({}, "_tag", { get: boom })),
  "a cause that throws": () => Effect.fail(Object.assign(new Odd(), { cause: evil() })),
  "a stack that throws": () => Effect.fail(Object.defineProperty(new Odd(), "stack", { get: boom }))
}

const Fails = Agent.make("Fails", {
  version: "1.0.0",
  input: Schema.String,
  output: Schema.Unknown,
  execute: (kind) =>
    kind.startsWith("die ")
      ? Effect.flip(failures[kind.slice(4)]!()).pipe(Effect.flatMap(Effect.die))
      : failures[kind]!()
})
const InStep = Pipeline.make(
  "InStep",
  { version: "1.0.0", input: Schema.String, output: Schema.Unknown },
  (kind) => Step.agent("fails", Fails, [kind], (kind) => kind)
)
const One = Agent.make("One", {
  version: "1.0.0",
  input: Schema.Unknown,
  output: Schema.Finite,
  execute: () => Effect.succeed(1)
})

const memory = History.layer().pipe(Layer.provideMerge(Database.layerMemory))

type Options = Parameters<typeof Orchestrator.layer>[0]

const layer = (options: Partial<Options> = {}) =>
  Orchestrator.layer({ agents: [Fails, InStep, One], ...options } as Options).pipe(
    Layer.provideMerge(memory)
  ) as Layer.Layer<
    Orchestrator | History
  >

const issuesOf = (exit: Exit.Exit<unknown, unknown>): ReadonlyArray<string> => {
  assert(Exit.isFailure(exit))
  const error = exit.cause.reasons.find(Cause.isFailReason)?.error as {
    _tag?: string
    issues?: ReadonlyArray<{ path: string }>
  }
  assert.strictEqual(error?._tag, "InvalidInput", Cause.pretty(exit.cause))
  return error.issues!.map(({ path }) => path)
}

const options: ReadonlyArray<readonly [what: string, path: string, options: unknown]> = [
  ["a word for a limit", "timeout", { timeout: "soon" }],
  ["no number", "timeout", { timeout: Number.NaN }],
  ["an empty text", "timeout", { timeout: "" }],
  ["a unit that there is not", "timeout", { timeout: "5 lightyears" }],
  ["a list", "timeout", { timeout: ["a"] }],
  ["a symbol", "timeout", { timeout: Symbol("x") }],
  ["a function", "timeout", { timeout: boom }],
  ["null", "timeout", { timeout: null }],
  ["a proxy that throws", "timeout", { timeout: evil() }],
  ["a word for the limit of a phase", "timeout.run", { timeout: { run: "soon" } }],
  ["null for the limit of a phase", "timeout.execute", { timeout: { execute: null } }],
  ["a getter that throws", "timeout", Object.defineProperty({}, "timeout", { get: boom })],
  ["options that throw", "options", evil()]
]

const attributes: ReadonlyArray<readonly [what: string, path: string, attributes: unknown]> = [
  ["a text", "attributes", "region"],
  ["a number", "attributes", 5],
  ["a proxy that throws", "attributes", evil()],
  ["a number for a text", "attributes.region", { region: 5 }],
  ["null for a text", "attributes.region", { region: null }],
  ["a list for a text", "attributes.region", { region: ["EU"] }],
  ["an object for a text", "attributes.region", { region: { a: 1 } }],
  ["a bigint for a text", "attributes.region", { region: 1n }],
  ["a getter that throws", "attributes.region", Object.defineProperty({}, "region", { enumerable: true, get: boom })]
]

describe("a program without types", () => {
  it.live("gets InvalidInput for options that cannot be read, from an agent and from the orchestrator", () =>
    Effect.gen(function*() {
      const orchestrator = yield* Orchestrator
      for (const [what, path, given] of options) {
        assert.deepStrictEqual(issuesOf(yield* Effect.exit(One.run(1, given as Agent.RunOptions))), [path], what)
        assert.deepStrictEqual(issuesOf(yield* Effect.exit(orchestrator.run("One", 1, given as object))), [path], what)
        const outcome = yield* Agent.outcome(One, 1, given as Agent.RunOptions)
        assert.isFalse(outcome.success, what)
      }
      for (const [what, path, attributes_] of attributes) {
        const exit = yield* Effect.exit(orchestrator.run("One", 1, { attributes: attributes_ as never }))
        assert.deepStrictEqual(issuesOf(exit), [path], what)
      }
      const exit = yield* Effect.exit(
        orchestrator.run("One", 1, Object.defineProperty({}, "attributes", { get: boom }))
      )
      assert.deepStrictEqual(issuesOf(exit), ["attributes"])
      const { list } = yield* History
      const entries = yield* list({ limit: 100 })
      assert.strictEqual(entries.length, options.length + attributes.length + 1)
      assert.isTrue(entries.every(({ outcome }) => outcome === "rejected"))
    }).pipe(Effect.provide(layer())))

  it.live("gets InvalidInput for options of a run that are not known, from the orchestrator", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      for (
        const [path, given] of [
          ["timout", { timout: 1 }],
          ["retry", { timeout: 5, retry: 3 }],
          ["options", 5],
          ["options", "fast"],
          ["options", [1]],
          ["options", new Proxy({}, { ownKeys: boom })]
        ] as const
      ) {
        assert.deepStrictEqual(issuesOf(yield* Effect.exit(run("One", 1, given as object))), [path])
      }
    }).pipe(Effect.provide(layer())))

  it.live("gets TimedOut for a limit below zero, from an agent and from the orchestrator", () =>
    Effect.gen(function*() {
      const orchestrator = yield* Orchestrator
      for (const timeout of [-5, -Infinity, { run: -5 }, Duration.millis(-5)]) {
        assert.strictEqual((yield* Effect.flip(One.run(1, { timeout })))._tag, "TimedOut")
        const error = yield* Effect.flip(orchestrator.run("One", 1, { timeout }))
        assert.deepStrictEqual(error._tag === "RunFailed" && error.failures.map(({ _tag }) => _tag), ["TimedOut"])
      }
    }).pipe(Effect.provide(layer())))

  it.live("gets AgentNotFound for a name that is not a text", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      for (const name of [null, undefined, 5, 5n, {}, [], Symbol("x"), boom, evil(), "", "__proto__", "constructor"]) {
        const error = yield* Effect.flip(run(name as string, 1))
        assert.strictEqual(error._tag, "AgentNotFound")
      }
    }).pipe(Effect.provide(layer())))

  it("gets InvalidDefinition for a layer that cannot be", () => {
    const wrong: ReadonlyArray<object> = [
      { queueTimeout: "soon" },
      { queueTimeout: -1 },
      { queueTimeout: null, recordTimeout: Number.NaN },
      { recordTimeout: "soon" },
      { recordTimeout: evil() },
      { concurrency: 0 },
      { concurrency: "many" },
      { concurrency: "4" },
      { concurrency: 1.5 },
      { concurency: 4 },
      { retries: 3 },
      { concurrency: Number.NaN },
      { attributes: 5 },
      { attributes: evil() },
      { attributes: { region: 5 } },
      { agents: null },
      { agents: "One" },
      { agents: [null] },
      { agents: [{}] },
      { agents: [{ name: "One" }] },
      { agents: [One, One] },
      { policies: 5 },
      { policies: [null] },
      { policies: [{}] },
      { policies: [{ name: "p" }] },
      { policies: [Policy.make("p", () => Effect.succeed(Policy.allow), { onPolicyError: "alow" as "allow" })] },
      { policies: [Policy.make("p", () => Effect.succeed(Policy.allow), { onPolicyError: true as never })] },
      { policies: [{ ...Policy.make("p", () => Effect.succeed(Policy.allow)), timeout: "soon" }] },
      { policies: [{ ...Policy.make("p", () => Effect.succeed(Policy.allow)), timeout: -1 }] }
    ]
    for (const options of wrong) {
      assert.instanceOf(thrown(() => layer(options)), InvalidDefinition, Object.keys(options).join())
    }
    const histories = [
      { timeout: "soon" },
      { timeout: Number.NaN },
      { timeout: -1 },
      { timeout: evil() },
      {
        keep: 0
      },
      { keep: "all" },
      { keep: Number.NaN },
      { keep: 1.5 }
    ]
    for (const options of histories) {
      assert.instanceOf(thrown(() => History.layer(options as { keep?: number })), InvalidDefinition)
    }
  })

  it.live("gets DatabaseError for settings of a database that cannot be", () =>
    Effect.gen(function*() {
      const wrong: ReadonlyArray<readonly [Layer.Layer<never, unknown>, RegExp]> = [
        [Database.layerSqlite(null as never) as never, /options .* null/],
        [Database.layerSqlite({} as never) as never, /filename .* nothing/],
        [Database.layerSqlite({ filename: 5 as never }) as never, /filename .* 5/],
        [
          Database.layerSqlite({ filename: ":memory:", busyTimeout: "soon" as never }) as never,
          /busyTimeout .* "soon"/
        ],
        [Database.layerSqlite({ filename: ":memory:", busyTimeout: -1 }) as never, /busyTimeout .* -1/],
        [Database.layerPostgres(null as never) as never, /options .* null/],
        [Database.layerPostgres({ url: 5 as never }) as never, /URL does not look like/],
        [
          Database.layerPostgres({ url: Redacted.make("postgres://h/d"), connectTimeout: "soon" as never }) as never,
          /connectTimeout .* "soon"/
        ],
        [
          Database.layerPostgres({ url: Redacted.make("postgres://h/d"), closeTimeout: Number.NaN }) as never,
          /closeTimeout .* NaN/
        ]
      ]
      for (const [layer, message] of wrong) {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(layer)))
        assert.propertyVal(error, "_tag", "DatabaseError")
        assert.match((error as Error).message, message)
      }
      const error = yield* Effect.flip(
        Effect.provide(Migrations.run([], { timeout: "soon" as never }), Database.layerMemory)
      )
      assert.match(error.message, /timeout of the migrations .* "soon"/)
    }))

  it.live("may fail and die with anything: the run is recorded, and fails with what it failed with", () =>
    Effect.gen(function*() {
      const orchestrator = yield* Orchestrator
      for (const kind of Object.keys(failures)) {
        for (const name of ["Fails", "InStep"]) {
          const error = yield* Effect.flip(orchestrator.run(name, kind))
          assert(error._tag === "RunFailed", kind)
          assert.strictEqual(error.failures.length, 1)
          assert.strictEqual(error.failures[0]!.step, name === "InStep" ? "fails" : undefined)
        }
        assert.isTrue(Exit.hasFails(yield* Effect.exit(Fails.run(kind))), kind)
        assert.isTrue(Exit.hasFails(yield* Effect.exit(InStep.run(kind))), kind)
        assert.isFalse((yield* Agent.outcome(InStep, kind)).success, kind)
        assert.isTrue(Exit.hasDies(yield* Effect.exit(orchestrator.run("InStep", `die ${kind}`))), kind)
      }
      const { list } = yield* History
      const entries = yield* list({ limit: 100 })
      assert.strictEqual(entries.length, Object.keys(failures).length * 3)
      assert.isTrue(entries.every(({ failures, outcome }) => outcome === "failed" && failures.length === 1))
    }).pipe(Effect.provide(layer())))

  it("gets AcquireFailed with a message, whatever a layer failed with", async () => {
    for (const [kind, fails] of Object.entries(failures)) {
      const error = await PromiseAgent.open(One, Layer.effectDiscard(fails())).catch((error: unknown) => error)
      assert.instanceOf(error, AcquireFailed, kind)
      assert.match(error.message, /^One could not acquire what it needs: /, kind)
    }
  })

  it("gets InvalidInput for a signal that is not one", async () => {
    await using one = await PromiseAgent.open(One)
    for (const signal of [5, "now", {}, null, boom, { aborted: true }]) {
      const error = await one.execute(1, { signal: signal as never }).catch((error: unknown) => error)
      assert.propertyVal(error, "_tag", "InvalidInput")
    }
  })
})

describe("a policy", () => {
  const recursive = (name: string) =>
    Policy.make(name, () =>
      // The type of the policy would ask for the orchestrator that it is a part of.
      Effect.flatMap(Orchestrator, ({ run }) => Effect.as(run("One", 1), Policy.allow)) as Effect.Effect<
        Policy.Decision
      >)

  for (
    const options of [{ policies: [recursive("a")] }, { concurrency: 1, policies: [recursive("a"), recursive("b")] }]
  ) {
    it.live(`that runs its own agent again and again denies the run: ${options.policies.length}`, () =>
      Effect.gen(function*() {
        const { run } = yield* Orchestrator
        const error = yield* Effect.flip(run("One", 1))
        assert(error._tag === "PolicyDenied")
        assert.match(error.reason, /runs agents that ask it again, more than 10 times/)
        const { list } = yield* History
        assert.strictEqual((yield* list({ outcome: "denied", limit: 100 })).length, 11)
      }).pipe(Effect.provide(layer(options))))
  }
})
