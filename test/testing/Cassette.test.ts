import { assert, describe, it } from "@effect/vitest"
import { Cause, ConfigProvider, Effect, Exit, Fiber, Layer, Logger, Redacted, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Agent, Llm, LlmProvider, Tool } from "greenlang"
import { Footprint } from "greenlang/climate/Footprint"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import * as Http from "greenlang/http/Http"
import { LlmSettings } from "greenlang/llm/LlmSettings"
import * as Offline from "greenlang/llm/offline/Offline"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { Cassette, FakeProvider, Fault, Reply, Script, ScriptedLlm } from "greenlang/testing"
import type { Line } from "greenlang/testing/FakeProvider"
import { mkdtemp, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import facility from "../../examples/facility.json" with { type: "json" }
import * as CassetteFile from "../../src/testing/CassetteFile.ts"
import { atHome } from "../support/AtHome.ts"

const key = "planted-key-4711"

const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "cassette-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true }))
)

const read = (path: string) => Effect.promise(() => readFile(path, "utf8"))

const wired = (...lines: ReadonlyArray<Line>) =>
  Layer.unwrap(
    Effect.map(FakeProvider, ({ baseUrl }) =>
      OpenAiCompatible.layerProvider({ baseUrl, model: "m", apiKey: Redacted.make(key) }))
  ).pipe(
    Layer.provide(Http.layer({ retries: 0 })),
    Layer.provide(FakeProvider.layer(...lines))
  )

const recording = (path: string, provider: Layer.Layer<LlmProvider>) =>
<A, E>(
  program: Effect.Effect<A, E, Cassette.Provided>
) =>
  program.pipe(
    Effect.provide(
      Layer.provide(Cassette.layerRecord({ path, secrets: [Redacted.make(key)] }), provider)
    ),
    atHome
  )

const replaying = (path: string) => Effect.provide(Cassette.layerReplay({ path, secrets: [Redacted.make(key)] }))

const area = Tool.make("area", {
  description: "Area of a rectangle",
  input: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
  output: Schema.Finite,
  execute: ({ depth, width }) => Effect.succeed(width * depth)
})

const City = Schema.Struct({ city: Schema.String, people: Schema.optionalKey(Schema.Int) })

const everything = Effect.gen(function*() {
  const said = yield* Llm.generate("hi")
  const looped = yield* Llm.withTools({ prompt: "how large?", tools: [area] })
  const object = yield* Llm.generateObject(City, { prompt: "where?" })
  const streamed = yield* Stream.runCollect(Llm.stream("stream"))
  const error = yield* Effect.flip(Llm.generate("fail"))
  const broken = yield* Effect.flip(Stream.runDrain(Llm.stream("break")))
  return { said, looped, object, streamed, errors: [error, broken] }
})

const lines: ReadonlyArray<Line> = [
  { text: "Hello", usage: { inputTokens: 7, outputTokens: 3 } },
  Reply.call("area", { width: 2, depth: 3 }),
  "six",
  Reply.object({ city: "Oslo", people: null }),
  { reasoning: "hm", text: "one two three" },
  Fault.rateLimited("3 seconds"),
  Fault.truncated("one two three")
]

describe("Cassette", () => {
  it.live("replays what it recorded: texts, tools, objects, streams and failures", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "deep", "all.json")
      const recorded = yield* everything.pipe(recording(path, wired(...lines)))
      const replayed = yield* everything.pipe(replaying(path))
      assert.deepStrictEqual(replayed, recorded)
      assert.strictEqual(inspect(replayed, { depth: 20 }), inspect(recorded, { depth: 20 }))
      assert.deepStrictEqual(recorded.object.value, { city: "Oslo" })
      assert.deepStrictEqual(recorded.errors.map(({ reason }) => reason._tag), [
        "RateLimitError",
        "InvalidResponseError"
      ])
      assert.strictEqual(String(replayed.errors[0]?.retryAfter), "3000 millis")
    }).pipe(Effect.scoped))

  it.live("writes the same bytes for the same recording, in whatever order its calls came", () =>
    Effect.gen(function*() {
      const dir = yield* folder
      const record = (name: string, prompts: ReadonlyArray<string>) =>
        Effect.forEach(prompts, (prompt) => Llm.generate(prompt), { concurrency: "unbounded" }).pipe(
          recording(
            join(dir, name),
            ScriptedLlm.layer(
              Script.whenever(({ prompt }) => JSON.stringify(prompt).includes("sun"), "warm"),
              Script.always("cold")
            )
          ),
          Effect.andThen(read(join(dir, name)))
        )
      const text = yield* record("a", ["sun", "wind", "rain"])
      assert.strictEqual(yield* record("b", ["rain", "sun", "wind"]), text)
      assert.isTrue(text.endsWith("}\n"))
      assert.notMatch(text, /timestamp|created|\d{4}-\d\d-\d\dT/)
      const keys = [...text.matchAll(/^ {2}"(\w+)"/gm)].map(([, name]) => name)
      assert.deepStrictEqual(keys, [...keys].toSorted())
    }).pipe(Effect.scoped))

  it.live("holds no secret, nor do its errors, logs and answers", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "secret.json")
      const logged: Array<string> = []
      const logger = Logger.make(({ cause, message }) => {
        logged.push(inspect(message, { depth: 9 }), Cause.pretty(cause))
      })
      const openAiKey = "sk-proj-abcdefghijklmnop123456"
      const ask = Effect.gen(function*() {
        const { text } = yield* Llm.generate(`my key is ${key} or ${openAiKey}`)
        const looped = yield* Llm.withTools({ prompt: "hi", tools: [area] })
        const error = yield* Effect.flip(Llm.generate("bad key"))
        yield* Effect.logError("it failed", error)
        return [text, looped, error]
      })
      const recorded = yield* ask.pipe(
        recording(
          path,
          wired(`you said ${key}, ${openAiKey}`, Reply.call("area", { width: key, depth: 1 }), "six", Fault.status(401))
        ),
        Effect.provide(Logger.layer([logger]))
      )
      const replayed = yield* ask.pipe(replaying(path), Effect.provide(Logger.layer([logger])))
      const unlike = yield* Effect.flip(Llm.generate(`another with ${key}`).pipe(replaying(path)))
      const text = yield* read(path)
      for (const shown of [text, inspect([recorded, replayed, unlike], { depth: 20 }), unlike.message, ...logged]) {
        assert.notInclude(shown, key)
        assert.notInclude(shown, openAiKey)
      }
      assert.include(text, "my key is <redacted> or <redacted>")
      assert.strictEqual(inspect(replayed, { depth: 20 }), inspect(recorded, { depth: 20 }))
    }).pipe(Effect.scoped))

  it.live("writes no secret that a stream brings in pieces", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "pieces.json")
      const secret = Redacted.make("open sesame now")
      const ask = Stream.mkString(Llm.streamText("hi"))
      yield* ask.pipe(
        Effect.provide(Layer.provide(
          Cassette.layerRecord({ path, secrets: [secret] }),
          ScriptedLlm.layer("say open sesame now please")
        )),
        atHome
      )
      assert.notInclude(yield* read(path), "sesame")
      assert.strictEqual(yield* ask.pipe(replaying(path)), "say <redacted> please")
    }).pipe(Effect.scoped))

  it.live("fails with what differs from the nearest recorded request", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "two.json")
      yield* Effect.all([Llm.generate("What is coal?"), Llm.withTools({ prompt: "hi", tools: [area] })]).pipe(
        recording(path, wired("dirty", "hello"))
      )
      const exit = yield* Effect.exit(
        Effect.gen(function*() {
          const cold = Llm.generate("What is coal?").pipe(Effect.provideService(LlmSettings, { temperature: 0 }))
          const error = yield* Effect.flip(cold)
          assert.strictEqual(error.reason._tag, "InvalidRequestError")
          assert.isFalse(error.isRetryable)
          assert.include(error.message, "settings.temperature: expected nothing, got 0")
          yield* Llm.generate("What is coal?")
          const again = yield* Effect.flip(Llm.generate("What is coal?"))
          assert.include(again.message, "all that are equal to it have been replayed")
          const { mismatches, unused } = yield* Cassette.Playback
          assert.deepStrictEqual(
            (yield* mismatches).map(({ differences }) => differences.map(({ path }) => path)),
            [["settings.temperature"], []]
          )
          assert.lengthOf(yield* unused, 1)
        }).pipe(replaying(path))
      )
      assert(Exit.isFailure(exit))
      assert.instanceOf(Cause.squash(exit.cause), Cassette.CassetteMismatch)
    }).pipe(Effect.scoped))

  it.live("warns of what was not asked for", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "two.json")
      yield* Effect.all([Llm.generate("one"), Llm.generate("two")]).pipe(recording(path, wired("1", "2")))
      const logged: Array<string> = []
      yield* Llm.generate("one").pipe(
        replaying(path),
        Effect.provide(Logger.layer([Logger.make(({ logLevel, message }) => {
          logged.push(`${logLevel} ${inspect(message, { depth: 9 })}`)
        })]))
      )
      assert.lengthOf(logged, 1)
      assert.match(logged[0]!, /^Warn/)
      assert.include(logged[0], "two")
      assert.notInclude(logged[0], "one")
    }).pipe(Effect.scoped))

  it.live("records where there is no file yet, and opens no provider where there is one", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "once.json")
      let built = 0
      const layer = Cassette.layer({
        path,
        provider: Layer.unwrap(Effect.sync(() => {
          built++
          return wired("Hello")
        }))
      })
      const ask = Effect.map(Llm.generate("hi"), ({ text }) => text).pipe(Effect.provide(layer), atHome)
      assert.deepStrictEqual([yield* ask, yield* ask, built], ["Hello", "Hello", 1])
    }).pipe(Effect.scoped))

  it.live("records nothing in CI, nor of a run that failed", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "ci.json")
      const layer = Cassette.layer({ path, provider: ScriptedLlm.layer(Script.always("Hello")) })
      const refused = yield* Effect.flip(
        Llm.generate("hi").pipe(
          Effect.provide(layer),
          Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown({ CI: "true" }))
        )
      )
      assert(refused._tag === "RecordingRefused")
      assert.include(refused.message, path)
      yield* Llm.generate("hi").pipe(Effect.andThen(Effect.fail("later")), Effect.provide(layer), atHome, Effect.flip)
      assert.strictEqual((yield* Effect.flip(Llm.generate("hi").pipe(replaying(path))))._tag, "CassetteUnusable")
    }).pipe(Effect.scoped))

  it.effect("leaves unanswered what was interrupted, and ends streams where they were left", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "left.json")
      const program = Effect.gen(function*() {
        const first = yield* Llm.streamText("hi").pipe(Stream.take(1), Stream.mkString)
        const late = yield* Effect.forkChild(Effect.timeoutOption(Llm.generate("slow"), "1 minute"))
        yield* TestClock.adjust("1 minute")
        return [first, yield* Fiber.join(late)]
      })
      const never = LlmProvider.around((inner) => Effect.succeed({ ...inner, generate: () => Effect.never }))
      const recorded = yield* program.pipe(
        recording(path, Layer.provide(never, ScriptedLlm.layer("one two three")))
      )
      const replayed = yield* program.pipe(replaying(path))
      assert.deepStrictEqual(replayed, recorded)
    }).pipe(Effect.scoped))

  it.live("says why a file is of no use", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "broken.json")
      yield* Effect.promise(() => writeFile(path, "{\"version\": 2}"))
      const error = yield* Effect.flip(Llm.generate("hi").pipe(replaying(path)))
      assert(error._tag === "CassetteUnusable")
      assert.include(error.message, path)
      assert.include(error.message, "version")

      const own = LlmProvider.around((inner) =>
        Effect.succeed({ ...inner, codecTransformer: (schema) => ({ codec: schema as never, jsonSchema: {} }) })
      )
      const foreign = yield* Effect.flip(
        Llm.generate("hi").pipe(recording(path, Layer.provide(own, ScriptedLlm.layer())))
      )
      assert.strictEqual(foreign._tag, "CassetteUnusable")
    }).pipe(Effect.scoped))

  it.live("replaces no device by a file", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "device.json")
      yield* Effect.promise(() => symlink("/dev/null", path))
      const error = yield* Effect.flip(CassetteFile.write(path, { entries: [] }))
      assert.include(error.message, "it is not a regular file")
      assert.strictEqual(yield* Effect.promise(() => readlink(path)), "/dev/null")
    }).pipe(Effect.scoped))
})

describe("Footprint", () => {
  const Tables = ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory), Layer.orDie)

  /** What came of a run, but for its id and its times. */
  const run = Effect.map(Agent.outcome(Footprint, facility), (outcome) => {
    assert(outcome.success, outcome.success ? "" : String(outcome.error))
    const { annotations, citations, usage } = outcome.metadata
    return JSON.stringify({ value: outcome.value, annotations, citations, usage })
  }).pipe(Effect.provide(Tables))

  for (
    const [name, provider] of [
      ["the offline model", Offline.layer],
      [
        "a model over HTTP",
        wired(
          Reply.call("calculate_intensity", { total_kg: 59_191.58, building_area: 50_000 }),
          Script.always({
            text: "Electricity is most of it.",
            usage: { inputTokens: 900, outputTokens: 40, cachedInputTokens: 100 }
          })
        )
      ]
    ] as const
  ) {
    it.live(`is the same to the byte when ${name} is replayed`, () =>
      Effect.gen(function*() {
        const path = join(yield* folder, "footprint.json")
        const recorded = yield* run.pipe(recording(path, provider))
        const replayed = yield* run.pipe(replaying(path))
        assert.strictEqual(replayed, recorded)
        assert.include(recorded, "59191.58")
        const text = yield* read(path)
        yield* Effect.promise(() => rm(path))
        yield* run.pipe(recording(path, provider))
        assert.strictEqual(yield* read(path), text)
        assert.notInclude(text, key)
      }).pipe(Effect.scoped))
  }
})
