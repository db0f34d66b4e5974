/** Values that are large, deep or in many places, by every way into an agent. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Schema } from "effect"
import { Agent, Pipeline, Step, SyncAgent } from "greenlang"
import * as Database from "greenlang/database/Database"
import { History } from "greenlang/orchestrator/History"
import { Orchestrator } from "greenlang/orchestrator/Orchestrator"
import { doors } from "./modules/doors.ts"
import { agents } from "./modules/hostileAgents.ts"
import { hostileValues } from "./modules/hostileValues.ts"

type AnyAgent = Agent.Agent<unknown, unknown>

/** Whether each value was answered, by the agents that read them. */
const answered = async (door: (typeof doors)[number], values: ReadonlyArray<{ agent: AnyAgent; input: unknown }>) => {
  const open = new Map<AnyAgent, Awaited<ReturnType<typeof door.open>>>()
  const answers: Array<boolean> = []
  for (const { agent, input } of values) {
    const opened = open.get(agent) ?? await door.open(agent)
    open.set(agent, opened)
    answers.push(await opened.run(input))
  }
  for (const { close } of open.values()) await close()
  return answers
}

describe("a large value", () => {
  // A command line refuses keys that are not known, and so does an orchestrator.
  const values = hostileValues.filter(({ what }) => !/unknown key|levels/.test(what))
    .map(({ agent, made, what }) => ({ agent, input: made(10_000), what }))

  it("is answered or refused alike by every way into an agent", async () => {
    const [first, ...rest] = doors
    const expected = await answered(first!, values)
    assert.isAbove(expected.filter((answers) => answers).length, 20)
    assert.isAbove(expected.filter((answers) => !answers).length, 3)
    for (const door of rest) {
      const inputs = values.map((value) =>
        door.door === "command line" ? { ...value, input: JSON.stringify(value.input) } : value
      )
      const answers = await answered(door, inputs)
      for (const [at, { what }] of values.entries()) {
        assert.strictEqual(answers[at], expected[at], `${what}, ${door.door}`)
      }
    }
  })

  it("that holds one list in a billion places is refused by every way into an agent", async () => {
    let input: unknown = 1
    for (let level = 0; level < 30; level++) input = [input, input]
    for (const door of doors.filter(({ door }) => door !== "command line")) {
      const [isAnswered] = await answered(door, [{ agent: agents.Anything as unknown as AnyAgent, input }])
      assert.isFalse(isAnswered, door.door)
    }
    const exit = await Effect.runPromiseExit(agents.Anything.run(input as Schema.Json))
    assert.include(String(exit), "holds more than 400000 lists and objects, or contains itself")
  })

  it("is refused above a count of values, and of lists and objects", async () => {
    const answers = async (input: Schema.Json) => {
      const exit = await Effect.runPromiseExit(agents.Anything.run(input))
      return Exit.isSuccess(exit) ? "answered" : String(exit)
    }
    assert.strictEqual(await answers(Array.from({ length: 400_000 }, () => [])), "answered")
    assert.include(await answers(Array.from({ length: 400_001 }, () => ({}))), "more than 400000 lists and objects")
    assert.strictEqual(await answers(Array<number>(1_000_000).fill(1)), "answered")
    assert.include(await answers(Array<number>(1_000_001).fill(1)), "more than 1000000 values")
  })
})

describe("a blocking call", () => {
  it("sends nothing of what its agent refuses for its many lists, and all of what its agent takes", () => {
    const module = new URL("./modules/hostileAgents.ts", import.meta.url)
    const many = Array.from({ length: 400_001 }, () => [])
    using anything = SyncAgent.fromModule<typeof agents.Anything>(module, { export: "Anything" })
    const refused = anything.executeResult(many)
    assert.isFalse(refused.success)
    if (!refused.success) {
      assert.include(String(refused.error), "holds more than 400000 lists and objects, or contains itself")
      assert.strictEqual(refused.metadata.version, "unknown")
    }
    using unseen = SyncAgent.fromModule<typeof agents.Unseen>(module, { export: "Unseen" })
    assert.isTrue(unseen.executeResult(many).success)
  })
})

/** An object that counts how often its keys are listed: once by each walk over it. */
const counted = () => {
  const count = { walks: 0 }
  const value: Schema.Json = new Proxy({ "key 1": 1, "key 2": "some text" }, {
    ownKeys: (target) => {
      count.walks++
      return Reflect.ownKeys(target)
    }
  })
  return { count, value }
}

describe("an orchestrator", () => {
  const made = { version: "1.0.0", input: Schema.Json, output: Schema.Json }
  const walked = (agent: AnyAgent, input: unknown) =>
    Effect.flatMap(Orchestrator, ({ run }) => run(agent.name, input)).pipe(
      Effect.provide(
        Orchestrator.layer({ agents: [agent] }).pipe(
          Layer.provide(History.layer()),
          Layer.provide(Database.layerMemory)
        )
      )
    )

  it.effect("walks three times over an input: to read it and look for secrets, to hide them, to write it", () =>
    Effect.gen(function*() {
      const { count, value } = counted()
      yield* walked(Agent.make("One", { ...made, execute: () => Effect.succeed(1) }) as unknown as AnyAgent, value)
      assert.strictEqual(count.walks, 3)
    }))

  it.effect("walks three times over an answer: to check it, to hide its secrets, to write it", () =>
    Effect.gen(function*() {
      const { count, value } = counted()
      const Answers = Agent.make("Answers", { ...made, execute: () => Effect.succeed(value) })
      yield* walked(Answers as unknown as AnyAgent, 1)
      assert.strictEqual(count.walks, 3)
    }))

  it.effect("walks no more over the answer of a pipeline whose last step has checked it", () =>
    Effect.gen(function*() {
      const { count, value } = counted()
      const Answers = Agent.make("Answers", { ...made, execute: () => Effect.succeed(value) })
      const Piped = Pipeline.make("Piped", made, (input) => Step.agent("only", Answers, [input], (value) => value))
      yield* walked(Piped as unknown as AnyAgent, 1)
      assert.strictEqual(count.walks, 3)
    }))

  it.effect("reads the input of a pipeline once, although its agent reads it by the same schema", () =>
    Effect.gen(function*() {
      const { count, value } = counted()
      const One = Agent.make("One", { ...made, execute: () => Effect.succeed(1) })
      const Piped = Pipeline.make("Piped", made, (input) => Step.agent("only", One, [input], (value) => value))
      yield* walked(Piped as unknown as AnyAgent, value)
      assert.strictEqual(count.walks, 3)
    }))

  it.effect("finds a secret in the one walk that reads, and hides it in the answer", () =>
    Effect.gen(function*() {
      const secret = "hx7-Qm2-Lp9Zt"
      const Repeats = Agent.make("Repeats", {
        version: "1.0.0",
        input: Schema.Record(Schema.String, Schema.String),
        output: Schema.Json,
        execute: ({ password }) => Effect.succeed(`it is ${password}`)
      })
      const entry = yield* Effect.gen(function*() {
        const { id } = yield* (yield* Orchestrator).run("Repeats", { password: secret })
        return yield* (yield* History).find(id)
      }).pipe(Effect.provide(
        Orchestrator.layer({ agents: [Repeats] }).pipe(
          Layer.provideMerge(History.layer()),
          Layer.provide(Database.layerMemory)
        )
      ))
      assert.include(JSON.stringify(entry), `"it is <redacted>"`)
      assert.notInclude(JSON.stringify(entry), secret)
    }))

  it.effect("hides the secrets of an answer that is the input, and writes it, once", () =>
    Effect.gen(function*() {
      const { count, value } = counted()
      yield* walked(agents.Echo as unknown as AnyAgent, value)
      assert.strictEqual(count.walks, 4)
    }))

  it.effect("reads an input once", () =>
    Effect.gen(function*() {
      let reads = 0
      const Counted = Agent.make("Counted", {
        version: "1.0.0",
        input: Schema.Finite.check(Schema.makeFilter(() => {
          reads++
          return true
        })),
        output: Schema.Finite,
        execute: (n) => Effect.succeed(n)
      })
      const exit = yield* Effect.flatMap(Orchestrator, ({ run }) => Effect.exit(run("Counted", 2))).pipe(
        Effect.provide(
          Orchestrator.layer({ agents: [Counted] }).pipe(
            Layer.provide(History.layer()),
            Layer.provide(Database.layerMemory)
          )
        )
      )
      assert.isTrue(Exit.isSuccess(exit))
      assert.strictEqual(reads, 1)
    }))
})
