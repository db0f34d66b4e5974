import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema, Stream } from "effect"
import { LanguageModel } from "effect/ai"
import { Agent, Llm, LlmAgent, LlmProvider, Offline, Tool } from "greenlang"

const ask = (prompt: string, tools: ReadonlyArray<Tool.Any>) =>
  Llm.withTools({ prompt, tools }).pipe(Effect.provide(Offline.layer)) as Effect.Effect<
    Llm.ToolAnswer<Tool.Any>,
    Effect.Error<ReturnType<typeof Llm.withTools>>
  >

const callsOf = (answer: Llm.ToolAnswer<Tool.Any>) => answer.calls.map(({ input, tool }) => [tool.name, input])

/** Answers with what it was given. */
const echo = <I extends Schema.Codec<unknown, unknown>>(name: string, input: I) =>
  Tool.make(name, { description: name, input, output: input, execute: (given) => Effect.succeed(given) })

const Fuel = Schema.Literals(["natural_gas", "diesel", "fuel_oil"])
const lookup = Tool.make("lookup_factor", {
  description: "Emission factor of a fuel",
  input: Schema.Struct({ fuel_type: Fuel, unit: Schema.String, country: Schema.optionalKey(Schema.String) }),
  output: Schema.Struct({ factor: Schema.Finite, source: Schema.String }),
  execute: ({ fuel_type }) => Effect.succeed({ factor: fuel_type === "diesel" ? 10 : 5, source: "the test" })
})
const emissions = Tool.make("emissions", {
  description: "Amount times factor",
  input: Schema.Struct({ amount: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)), factor: Schema.Finite }),
  output: Schema.Struct({ co2e_kg: Schema.Finite }),
  execute: ({ amount, factor }) => Effect.succeed({ co2e_kg: amount * factor })
})
const advice = Tool.make("advice", {
  description: "What to do about it",
  input: Schema.Struct({ co2e_kg: Schema.Finite }),
  output: Schema.Array(Schema.String),
  execute: ({ co2e_kg }) => Effect.succeed([`save ${co2e_kg / 2} kg`])
})
const weather = echo("weather", Schema.Struct({ station: Schema.String }))

const Word = Schema.String.check(Schema.isPattern(/^[a-z]{1,12}$/))
const Amount = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000_000 }))

describe("Offline", () => {
  it.effect("feeds tools from the prompt, and later tools from earlier ones", () =>
    Effect.gen(function*() {
      const prompts = [
        "What do 1,000 therms of natural gas emit?",
        "fuel: natural gas, amount: 1000 therms",
        "Compute this: {\"fuel_type\": \"natural_gas\", \"amount\": 1000, \"unit\": \"therms\"}",
        "The fuel type is natural gas. The amount is 1000. The unit is therms."
      ]
      for (const prompt of prompts) {
        const answer = yield* ask(prompt, [advice, emissions, lookup, weather])
        assert.deepStrictEqual(callsOf(answer), [
          ["lookup_factor", { fuel_type: "natural_gas", unit: "therms" }],
          ["emissions", { amount: 1000, factor: 5 }],
          ["advice", { co2e_kg: 5000 }]
        ])
        assert.include(answer.text, "Emissions found co2e kg 5000.")
        assert.include(answer.text, "Advice found save 2500 kg.")
        assert.include(answer.text, "source the test")
        assert.strictEqual(answer.turns, 4)
      }
    }))

  it.effect("answers differently to different prompts, and says what it lacks", () =>
    Effect.gen(function*() {
      const diesel = yield* ask("500 gallons of diesel", [lookup, emissions])
      assert.deepStrictEqual(callsOf(diesel), [
        ["lookup_factor", { fuel_type: "diesel", unit: "gallons" }],
        ["emissions", { amount: 500, factor: 10 }]
      ])
      const nothing = yield* ask("Hello", [lookup, weather])
      assert.deepStrictEqual(nothing.calls, [])
      assert.include(nothing.text, "lookup_factor needs fuel_type, unit. weather needs station.")
      assert.include(nothing.text, "without a language model")
    }))

  it.effect("calls a tool for each object of a list", () =>
    Effect.gen(function*() {
      const list = [{ fuel_type: "diesel", unit: "l" }, { fuel_type: "fuel_oil", unit: "l" }, {
        fuel_type: "diesel",
        unit: "l"
      }]
      const answer = yield* ask(`Look these up: ${JSON.stringify({ fuels: list })}`, [lookup])
      assert.deepStrictEqual(callsOf(answer), [["lookup_factor", list[0]], ["lookup_factor", list[1]]])
    }))

  it.effect("takes numbers by the unit in a parameter's name, and passes over what does not fit", () =>
    Effect.gen(function*() {
      const site = echo(
        "site",
        Schema.Struct({
          heat_kwh: Schema.Finite,
          area_m2: Schema.Finite,
          occupied: Schema.Boolean,
          year: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1990, maximum: 2050 })))
        })
      )
      const answer = yield* ask("It used 1,200.5 kWh on 300 m2. Occupied: yes; year: 1066", [site])
      assert.deepStrictEqual(callsOf(answer), [["site", { heat_kwh: 1200.5, area_m2: 300, occupied: true }]])
    }))

  it.effect("reads nested objects and lists", () =>
    Effect.gen(function*() {
      const input = { site: { name: "Hall", floors: [{ area: 1 }, { area: 2 }] }, tags: ["a", "b"] }
      const nested = echo(
        "nested",
        Schema.Struct({
          site: Schema.Struct({
            name: Schema.String,
            floors: Schema.Array(Schema.Struct({ area: Schema.Finite }))
          }),
          tags: Schema.Array(Schema.String)
        })
      )
      assert.deepStrictEqual(callsOf(yield* ask(`here: ${JSON.stringify(input)}`, [nested])), [["nested", input]])
      assert.deepStrictEqual(
        (yield* ask(`here: ${JSON.stringify({ site: { name: "Hall" }, tags: [] })}`, [nested])).calls,
        []
      )
    }))

  it.effect("does not call a tool again that failed", () =>
    Effect.gen(function*() {
      const fails = Tool.make("fails", {
        description: "Fails",
        input: Schema.Struct({ a: Schema.Finite }),
        output: Schema.Void,
        execute: () => Effect.fail({ message: "no such table" })
      })
      const answer = yield* ask("a: 1", [fails])
      assert.deepStrictEqual(answer.calls.map(({ result }) => Result.isFailure(result)), [true])
      assert.include(answer.text, "Fails failed: error no such table.")
    }))

  it.effect.prop(
    "finds any value by its name, as JSON or as a pair, and calls once",
    [Schema.Struct({ key: Word, word: Word, amount: Amount, json: Schema.Boolean })],
    ([{ amount, json, key, word }]) =>
      Effect.gen(function*() {
        const label = `label_${key}`
        const tool = echo("take", Schema.Struct({ [label]: Schema.String, number_of_things: Schema.Int }))
        const prompt = json
          ? `Please take ${JSON.stringify({ [label]: word, number_of_things: amount })}.`
          : `Please take this\n${label} = "${word}"; number of things: ${amount.toLocaleString("en-US")}`
        const answer = yield* ask(prompt, [tool])
        assert.deepStrictEqual(callsOf(answer), [["take", { [label]: word, number_of_things: amount }]])
        assert.include(answer.text, String(amount))
        assert.include(answer.text, word)
      })
  )

  it.effect.prop(
    "never calls a tool without all that it requires, whatever the prompt says",
    [Schema.String, Amount],
    ([prompt, amount]) =>
      Effect.gen(function*() {
        const tool = echo("take", Schema.Struct({ amount: Schema.Finite, xyzzy_plugh: Schema.Finite }))
        assert.deepStrictEqual((yield* ask(`${prompt}\namount: ${amount}`, [tool])).calls, [])
      })
  )

  it.effect.prop("gives the same answer to the same prompt", [Schema.String], ([prompt]) =>
    Effect.gen(function*() {
      const [one, other] = yield* Effect.all([ask(prompt, [lookup, emissions]), ask(prompt, [lookup, emissions])])
      assert.deepStrictEqual(one, other)
    }))

  it.effect("says in every answer that it is offline, and costs nothing", () =>
    Effect.gen(function*() {
      const Asks = Agent.make("Asks", {
        version: "1.0.0",
        input: Schema.String,
        output: Schema.String,
        execute: (prompt) => Effect.map(Llm.generate(prompt), ({ text }) => text)
      })
      const { metadata, value } = yield* Asks.run("amount: 5 kWh")
      assert.include(value, "The prompt says amount 5 kWh.")
      assert.deepStrictEqual(metadata.annotations["llm"], { provider: "offline", model: "offline", offline: true })
      assert.strictEqual(metadata.usage.costUsd, 0)
      assert.strictEqual(metadata.usage.unpricedCalls, 0)
      assert.isAbove(metadata.usage.inputTokens, 0)
      const { content } = yield* LanguageModel.generateText({ prompt: "hi" })
      assert.strictEqual(content.find((part) => part.type === "response-metadata")?.modelId, "offline")
      assert.isTrue((yield* LlmProvider).offline)
    }).pipe(Effect.provide(Offline.layer)))

  it.effect("streams what it would have answered", () =>
    Effect.gen(function*() {
      const { text } = yield* Llm.generate("amount: 5 kWh")
      const pieces = yield* Stream.runCollect(Llm.streamText("amount: 5 kWh"))
      assert.isAbove(pieces.length, 5)
      assert.strictEqual(pieces.join(""), text)
    }).pipe(Effect.provide(Offline.layer)))

  it.effect("answers for an agent with a typed output from what it was given, and says that it is offline [B142]", () =>
    Effect.gen(function*() {
      const Letter = LlmAgent.make("Letter", {
        version: "1.0.0",
        input: Schema.Struct({ letter: Schema.String, amount: Schema.optional(Schema.Finite) }),
        output: Schema.Struct({
          urgent: Schema.Boolean,
          polite: Schema.Boolean,
          kind: Schema.Literals(["reminder", "offer"]),
          letter: Schema.String,
          why: Schema.String,
          names: Schema.Array(Schema.String),
          answerBy: Schema.NullOr(Schema.String)
        }),
        instructions: "Sort it."
      })
      const { metadata, value } = yield* Letter.run({ letter: "This reminder is urgent" })
      const { why, ...rest } = value
      assert.deepStrictEqual(rest, {
        urgent: true,
        polite: false,
        kind: "reminder",
        letter: "This reminder is urgent",
        names: [],
        answerBy: null
      })
      assert.include(why, "put together offline, without a language model")
      assert.strictEqual(metadata.usage.calls, 1)
    }).pipe(Effect.provide(Offline.layer)))

  it.effect("calls the tools of an agent first, and takes the numbers of its answer from them", () =>
    Effect.gen(function*() {
      const area = Tool.make("area", {
        description: "Area of a rectangle in square metres",
        input: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
        output: Schema.Struct({ squareMetres: Schema.Finite }),
        execute: ({ depth, width }) => Effect.succeed({ squareMetres: width * depth })
      })
      const Hall = LlmAgent.make("Hall", {
        version: "1.0.0",
        input: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
        output: Schema.Struct({ squareMetres: Schema.Finite, note: Schema.String }),
        instructions: "Measure.",
        tools: [area]
      })
      const { value } = yield* Hall.run({ width: 20, depth: 30 })
      assert.strictEqual(value.squareMetres, 600)
      assert.include(value.note, "Area found squareMetres 600")
    }).pipe(Effect.provide(Offline.layer)))

  it.effect("makes up no number of an answer", () =>
    Effect.gen(function*() {
      const Guess = LlmAgent.make("Guess", {
        version: "1.0.0",
        input: Schema.String,
        output: Schema.Struct({ tonnes: Schema.Finite }),
        instructions: ""
      })
      const error = yield* Effect.flip(Guess.run("How much?"))
      assert.include(error.message, "neither the prompt nor a tool says tonnes")
    }).pipe(Effect.provide(Offline.layer)))

  it.effect("fills a schema from the prompt, or says what is missing", () =>
    Effect.gen(function*() {
      const Bill = Schema.Struct({
        fuel: Fuel,
        amount: Schema.Finite,
        note: Schema.NullOr(Schema.String),
        summary: Schema.String
      })
      const { value } = yield* Llm.generateObject(Bill, { prompt: "20 litres of diesel. note: late" })
      assert.deepInclude(value, { fuel: "diesel", amount: 20, note: "late" })
      assert.include(value.summary, "offline")
      const error = yield* Effect.flip(Llm.generateObject(Bill, { prompt: "some diesel" }))
      assert(error._tag === "AiError")
      assert.match(error.message, /neither the prompt nor a tool says amount, note/)
    }).pipe(Effect.provide(Offline.layer)))

  it.effect("obeys the tool choice", () =>
    Effect.gen(function*() {
      const forced = (prompt: string) =>
        Llm.withTools({ prompt, tools: [weather], toolChoice: "required" }).pipe(Effect.provide(Offline.layer))
      assert.strictEqual((yield* forced("station: Oslo")).calls.length, 1)
      const error = yield* Effect.flip(forced("hello"))
      assert.match(error.message, /no tool can be called: weather needs station/)
    }))

  it.effect("says of a long list how much is in it, and what comes first", () =>
    Effect.gen(function*() {
      const sites = Tool.make("sites", {
        description: "The sites of a firm",
        input: Schema.Struct({ firm: Schema.String }),
        output: Schema.Struct({
          sites: Schema.Array(Schema.Struct({ city: Schema.String, people: Schema.Int })),
          empty: Schema.Array(Schema.String),
          codes: Schema.Array(Schema.String)
        }),
        execute: () =>
          Effect.succeed({
            sites: [{ city: "Oslo", people: 3 }, { city: "Bergen", people: 4 }],
            empty: [],
            codes: ["a", "b"]
          })
      })
      const answer = yield* ask("firm: Acme", [sites])
      assert.include(answer.text, "Sites found 2 sites (first: city Oslo and people 3), no empty and codes a, b.")
    }))
})
