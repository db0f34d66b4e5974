/** Doors that take what others give: schemas of manifests, facts of a run, limits, hooks, ids of conversations, addresses of models. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, ConfigProvider, Effect, Exit, Layer, Result, Schema } from "effect"
import { Agent, InvalidDefinition } from "greenlang"
import * as Database from "greenlang/database/Database"
import * as Conversation from "greenlang/llm/Conversation"
import * as LlmConfig from "greenlang/llm/LlmConfig"
import { read } from "../../src/agent/internal/StatedSchema.ts"
import { thrown } from "../support/Thrown.ts"

const throws = (): never => {
  throw new Error("no")
}
const revoked = (): never => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy as never
}
const deep = () => {
  let value: unknown = 1
  for (let level = 0; level < 20_000; level++) value = { a: value }
  return value
}
const circle = () => {
  const value: { self?: unknown } = {}
  value.self = value
  return value
}

const foreign: ReadonlyArray<readonly [what: string, made: () => unknown]> = [
  ["nothing", () => undefined],
  ["a bigint", () => 1n],
  ["a symbol", () => Symbol("s")],
  ["a date", () => new Date(Number.NaN)],
  ["a function", () => throws],
  ["a map", () => new Map()],
  ["a circle", circle],
  ["20,000 levels", deep],
  ["a getter that throws", () => Object.defineProperty({}, "kind", { enumerable: true, get: throws })],
  ["a proxy whose traps throw", () => new Proxy({}, { get: throws, has: throws, ownKeys: throws })],
  ["a revoked proxy", revoked]
]

const settings = { version: "1.0.0", input: Schema.Json, output: Schema.Json }

const failureOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.exit(effect), (exit): unknown => Exit.isFailure(exit) ? Cause.squash(exit.cause) : exit.value)

describe.each(foreign)("%s", (_, made) => {
  it.effect("is refused as the id of a conversation", () =>
    Effect.gen(function*() {
      assert.instanceOf(thrown(() => Conversation.within(made() as never)), InvalidDefinition)
      for (const use of [Conversation.history, Conversation.remove]) {
        const failure = yield* failureOf(use(made() as never))
        assert.instanceOf(failure, Conversation.ConversationNotKept)
        assert.include((failure as Error).message, "its id is")
      }
    }).pipe(Effect.provide(Layer.provide(Conversation.layer, Database.layerMemory))))

  it("is refused as the hooks of an agent, and as the name of one", () => {
    const given = { ...settings, execute: () => Effect.succeed(1) }
    assert.instanceOf(thrown(() => Agent.make("A", { ...given, hooks: made() } as never)), InvalidDefinition)
    const agent = Agent.make("A", given)
    const failure = thrown(() => Agent.hook(agent, made() as never, () => {}))
    assert.strictEqual((failure as { readonly _tag?: string })._tag, "UnknownHook")
    if (typeof made() !== "function") {
      assert.instanceOf(thrown(() => Agent.hook(agent, "beforeExecute", made() as never)), InvalidDefinition)
    }
  })
})

it.each([
  ["a revoked proxy", revoked],
  ["traps that throw", () => new Proxy({}, { get: throws, has: throws, ownKeys: throws })],
  ["a getter that throws", () => Object.defineProperty({}, "run", { enumerable: true, get: throws })]
])("a timeout of %s is InvalidDefinition", (_, made) => {
  const given = { ...settings, execute: () => Effect.succeed(1) }
  assert.instanceOf(thrown(() => Agent.make("A", { ...given, timeout: made() as never })), InvalidDefinition)
  assert.instanceOf(thrown(() => Agent.timeout(Agent.make("A", given), made() as never)), InvalidDefinition)
})

it.each([
  ["d/", "d~1"],
  ["d~", "d~0"],
  ["d ", "d%20"],
  ["d/ ", "d~1%20"]
])("definitions named %s that double are refused however they are referred to", (name, written) => {
  const schema: Record<string, Schema.Json> = { [`${name}29`]: { type: "string" } }
  for (let at = 0; at < 29; at++) {
    const $ref = `#/$defs/${written}${at + 1}`
    schema[`${name}${at}`] = { type: "object", properties: { a: { $ref }, b: { $ref } } }
  }
  const result = read({ $ref: `#/$defs/${written}0`, $defs: schema })
  assert.isTrue(Result.isFailure(result) && result.failure.includes("stands for more than"))
})

describe("a model that cannot be used", () => {
  const secret = "hunter2secret"
  it.effect.each([
    { GREENLANG_MODEL: `http://user:${secret}@127.0.0.1/v1` },
    { GREENLANG_MODEL: `user:${secret}@127.0.0.1` },
    { GREENLANG_MODEL: `openai/http://127.0.0.1/#${secret}` },
    { GREENLANG_MODEL: "sk-live-4f9Qz7Lm2Wd8Rv4Yb6Nc1Hs5/gpt" },
    { GREENLANG_MODEL: "\u001b]52;c;x\u0007\u202e/x" },
    { GREENLANG_MODEL: `${"x".repeat(300_000)}/y` },
    { GREENLANG_MODEL: "constructor/x" },
    { GREENLANG_MODEL: "openai/m", OPENAI_API_KEY: "k", OPENAI_BASE_URL: `user:${secret}@127.0.0.1:1` },
    { GREENLANG_MODEL: "ollama/m", OLLAMA_BASE_URL: `ftp://user:${secret}@127.0.0.1` }
  ])("is named without secrets, escapes and length: %#", (environment) =>
    Effect.gen(function*() {
      const failure = yield* failureOf(Effect.scoped(Layer.build(LlmConfig.layerHttp)))
      assert.instanceOf(failure, LlmConfig.UnusableModel)
      const text = `${failure.message}${JSON.stringify(failure)}`
      for (const part of ["hunter2", "4f9Qz7", "\u001b", "\u202e", "\\u001b"]) assert.notInclude(text, part)
      assert.isBelow(text.length, 2_000)
    }).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(environment)))))
})
