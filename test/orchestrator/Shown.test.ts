/** What a run leaves behind and shows: its failures name the step, and hold no secret. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Fiber, Layer, Redacted, Schema, Stream } from "effect"
import { Approval, Pipeline, PromiseAgent, PureSyncAgent, Step } from "greenlang"
import * as Failure from "greenlang/cli/Failure"
import * as Database from "greenlang/database/Database"
import { History, Orchestrator, Policy } from "greenlang/orchestrator"
import { type OrchestratorEvent } from "greenlang/orchestrator/OrchestratorEvent"
import * as HtmlReport from "greenlang/report/HtmlReport"
import { thrown } from "../support/Thrown.ts"

class Refused extends Schema.TaggedError<Refused>()("Refused", { why: Schema.String }) {
  override get message() {
    return `the server refused: ${this.why}`
  }
}

// In pieces, so that no scanner takes this file for a leak.
const stated = ["Zk9-", "fA3xQ7tLm2Wd8Rv4Yb6Nc1Hs5"].join("")
const named = ["hunter", "-4711-correct"].join("")
const known = ["sk-proj-", "a1B2c3D4e5F6g7H8i9J0"].join("")
const secrets = [stated, named, known]

const Input = Schema.Struct({
  key: Schema.RedactedFromValue(Schema.String),
  login: Schema.Struct({ password: Schema.String }),
  fails: Schema.Boolean
})
const input = { key: stated, login: { password: named }, fails: false }

/** Writes its secrets wherever a run can write something. */
const Talks = Pipeline.make("Talks", { version: "1.0.0", input: Input, output: Schema.Json }, (input) => {
  const asks = Step.approval("asks", [input], ({ key, login }) => `send ${Redacted.value(key)} and ${login.password}?`)
  const retries = Step.make(
    "retries",
    [input],
    ({ key }) => Effect.fail(new Refused({ why: `${Redacted.value(key)} is bad` }))
  )
    .pipe(Step.retry({ times: 1 }), Step.orElse(() => Effect.succeed("gone without")))
  const inner = Step.make("sends", [input, asks, retries], ({ fails, key, login }) =>
    fails
      ? Effect.fail(new Refused({ why: `${Redacted.value(key)}, ${login.password}, ${known}` }))
      : Effect.succeed({ said: [Redacted.value(key), known], password: login.password }))
  return inner
})

const approves = Layer.succeed(Approval, {
  ask: () => Effect.succeed({ approved: true, by: "Ada", comment: `with ${stated}` })
})

const orchestrator = Orchestrator.layer({ agents: [Talks] }).pipe(
  Layer.provideMerge(History.layer()),
  Layer.provide(Database.layerMemory),
  Layer.provide(approves)
)

const run = (fails: boolean) =>
  Effect.gen(function*() {
    const { events, run } = yield* Orchestrator
    const seen: Array<OrchestratorEvent> = []
    const listener = yield* Effect.forkChild(
      Stream.runForEach(Stream.takeUntil(events, ({ _tag }) => _tag === "Ended"), (event) =>
        Effect.sync(() => seen.push(event)))
    )
    yield* Effect.yieldNow
    const exit = yield* Effect.exit(run("Talks", { ...input, fails }, { attributes: { "x-api-key": named } }))
    yield* Fiber.join(listener)
    const [entry] = yield* Effect.flatMap(History, (history) =>
      history.list())
    return { entry: entry!, exit, seen }
  })

/** A pipeline in a step of another one. */
const Divides = Pipeline.make(
  "Divides",
  { version: "1.0.0", input: Schema.Finite, output: Schema.Finite },
  (n) => Step.make("divide", [n], (n) => n === 0 ? Effect.fail(new Refused({ why: "zero" })) : Effect.succeed(1 / n))
)
const Outer = Pipeline.make(
  "Outer",
  { version: "1.0.0", input: Schema.Finite, output: Schema.Finite },
  (n) => Step.agent("half", Divides, [n], (n) => n)
)

describe("what a run shows", () => {
  for (const fails of [false, true]) {
    it.live(`holds no secret of its input, where it ${fails ? "fails" : "answers"}: history, events, failures`, () =>
      Effect.gen(function*() {
        const { entry, exit, seen } = yield* run(fails)
        assert.strictEqual(exit._tag, fails ? "Failure" : "Success")
        assert.strictEqual(entry.outcome, fails ? "failed" : "completed")
        const texts = {
          entry: JSON.stringify(entry),
          events: JSON.stringify(seen),
          failures: exit._tag === "Failure" ?
            JSON.stringify(
              exit.cause.reasons.filter(Cause.isFailReason).map(({ error }) =>
                "failures" in error ? error.failures : error
              )
            ) :
            ""
        }
        for (const [what, text] of Object.entries(texts)) {
          for (const secret of secrets) assert.notInclude(text, secret, what)
        }
        assert.include(texts.events, "send <redacted> and <redacted>?")
        assert.include(texts.events, "with <redacted>")
        assert.include(texts.events, "<redacted> is bad")
        assert.deepStrictEqual(entry.attributes, { "x-api-key": "<redacted>" })
        assert.deepStrictEqual(entry.input, { key: "<redacted>", login: { password: "<redacted>" }, fails })
      }).pipe(Effect.provide(orchestrator)))
  }

  it.live("holds no secret on its page", () =>
    Effect.gen(function*() {
      let page = ""
      const write = (text: string) => Effect.sync(() => page = text)
      yield* Talks.run(input).pipe(HtmlReport.record(Talks, write), Effect.provide(approves))
      assert.include(page, "sends")
      for (const secret of secrets) assert.notInclude(page, secret)
    }))

  it.live("names the step in the history and in the failure of the orchestrator", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const error = yield* Effect.flip(run("Outer", 0))
      assert(error._tag === "RunFailed")
      const failure = { step: "half / divide", _tag: "Refused", message: "the server refused: zero" }
      assert.deepStrictEqual(error.failures, [failure])
      assert.include(error.message, "half / divide: the server refused: zero")
      const [entry] = yield* Effect.flatMap(History, (history) => history.list())
      assert.deepStrictEqual(entry!.failures, [failure])
    }).pipe(Effect.provide(
      Orchestrator.layer({ agents: [Outer] }).pipe(
        Layer.provideMerge(History.layer()),
        Layer.provide(Database.layerMemory)
      )
    )))

  it("names the step where a promise rejects, as a value, as events end, and where a pure call throws", async () => {
    await using outer = await PromiseAgent.open(Outer)
    const rejected = await outer.execute(0).catch((error: unknown) => error)
    const stack = (error: unknown) => error instanceof Error ? error.stack : ""
    assert.include(stack(rejected), "at step `half / divide`")
    const outcome = await outer.executeResult(0)
    assert.deepStrictEqual(!outcome.success && outcome.step, ["half", "divide"])
    const read = async () => {
      for await (const _ of outer.events(0));
    }
    assert.include(stack(await read().catch((error: unknown) => error)), "at step `half / divide`")
    assert.include(stack(thrown(() => PureSyncAgent.open(Outer).execute(0))), "at step `half / divide`")
  })

  it.live("names the step on the command line, and hides secrets there", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Outer.run(0))
      assert(exit._tag === "Failure")
      const failure: object = Failure.toJson(exit.cause, undefined)
      assert.include(failure, { step: "half / divide", _tag: "Refused", why: "zero" })
      const shown = Failure.toJson(Cause.fail(new Refused({ why: known })), undefined)
      assert.notInclude(JSON.stringify(shown), known)
    }))

  it.live("keeps what a policy says free of secrets", () =>
    Effect.gen(function*() {
      const { events, run } = yield* Orchestrator
      const seen: Array<OrchestratorEvent> = []
      const listener = yield* Effect.forkChild(
        Stream.runForEach(Stream.takeUntil(events, ({ _tag }) => _tag === "Ended"), (event) =>
          Effect.sync(() => seen.push(event)))
      )
      yield* Effect.yieldNow
      yield* run("Talks", input)
      yield* Fiber.join(listener)
      const broken = seen.find(({ _tag }) =>
        _tag === "PolicyBroken"
      )
      assert.include(broken, { message: "careless could not be asked: cannot check <redacted>" })
    }).pipe(Effect.provide(
      Orchestrator.layer({
        agents: [Talks],
        policies: [Policy.make(
          "careless",
          ({ input }) => Effect.die(new Error(`cannot check ${Redacted.value((input as typeof Input.Type).key)}`)),
          { onPolicyError: "allow" }
        )]
      }).pipe(Layer.provideMerge(History.layer()), Layer.provide(Database.layerMemory), Layer.provide(approves))
    )))
})
