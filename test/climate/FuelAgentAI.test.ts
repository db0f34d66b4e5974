import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Ref, Schema, Struct } from "effect"
import { AiError } from "effect/ai"
import { Agent } from "greenlang"
import * as AiTwin from "greenlang/climate/AiTwin"
import { FuelAgent } from "greenlang/climate/FuelAgent"
import { FuelAgentAI } from "greenlang/climate/FuelAgentAI"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import { LlmPrices } from "greenlang/llm/LlmPrices"
import { LlmProvider, type LlmRequest } from "greenlang/llm/LlmProvider"
import { LlmSettings } from "greenlang/llm/LlmSettings"
import * as Offline from "greenlang/llm/offline/Offline"
import { Reply, Script, ScriptedLlm } from "greenlang/testing"

const Tables = ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory), Layer.orDie)
const gas = { fuel_type: "natural_gas", amount: 1000, unit: "therm" }
const toolNames = ["lookup_emission_factor", "calculate_emissions", "energy_content", "generate_recommendations"]

const textOf = (request: LlmRequest | undefined) => JSON.stringify(request?.prompt.content)

/** A vendor that does not know the key. */
const refused = new AiError.AuthenticationError({ kind: "InvalidKey" })

describe("FuelAgentAI", () => {
  it.layer(Tables)((it) => {
    /** What a model with this script makes of `gas`, and what it was asked. */
    const explain = (...lines: ReadonlyArray<ScriptedLlm.Line>) =>
      Effect.all({ outcome: Agent.outcome(FuelAgentAI, gas), asked: ScriptedLlm.asked }).pipe(
        Effect.provide(ScriptedLlm.layer(...lines))
      )

    const numbers = (output: Agent.Output<typeof FuelAgentAI>) =>
      Struct.omit(output, ["citations", "explanation", "provenance"])

    it.effect("gives the numbers and citations of its twin, explained by a model that calls every tool", () =>
      Effect.gen(function*() {
        const { outcome, asked } = yield* explain(
          {
            toolCalls: [
              { name: "lookup_emission_factor", input: { fuel_type: "natural_gas", unit: "therm", country: "US" } },
              { name: "calculate_emissions", input: { ...gas, country: "US" } },
              { name: "energy_content", input: gas }
            ]
          },
          Reply.call("generate_recommendations", { fuel_type: "natural_gas", emissions_kg: 5311.43 }),
          "About five tonnes."
        )
        const twin = yield* FuelAgent.run(gas)
        assert(outcome.success)
        assert.deepStrictEqual(numbers(outcome.value), twin.value)
        assert.deepStrictEqual(outcome.value.citations, twin.metadata.citations)
        assert.deepStrictEqual(outcome.metadata.citations, twin.metadata.citations)
        assert.strictEqual(outcome.value.explanation, "About five tonnes.")
        assert.deepStrictEqual(outcome.value.provenance, {
          model: "script",
          provider: "scripted",
          toolsUsed: toolNames,
          toolsCalledByModel: toolNames,
          refusedToolCalls: 0,
          tokens: 360,
          seed: 42,
          temperature: 0,
          deterministic: true
        })
        assert.strictEqual(asked.length, 3)
        assert.deepStrictEqual(asked[0]?.tools.map(({ name }) => name), toolNames)
        assert.strictEqual(asked[0]?.toolChoice, "auto")
        assert.match(textOf(asked[0]), /All numbers come from tools/)
      }))

    it.effect("lets no lie of a model into the numbers or the citations", () =>
      Effect.gen(function*() {
        const { outcome, asked } = yield* explain(
          Reply.call("calculate_emissions", { ...gas, country: "US", amount: 1 }),
          Reply.call("calculate_emissions", { ...gas, country: "IN" }),
          "The emissions are 7 kg, and co2e_emissions_kg: 7.",
          "Really 7 kg."
        )
        const twin = yield* FuelAgent.run(gas)
        assert(outcome.success)
        assert.deepStrictEqual(numbers(outcome.value), twin.value)
        assert.deepStrictEqual(outcome.metadata.citations, twin.metadata.citations)
        assert.strictEqual(outcome.value.provenance.refusedToolCalls, 2)
        assert.deepStrictEqual(outcome.value.provenance.toolsCalledByModel, [])
        assert.deepStrictEqual(outcome.value.provenance.toolsUsed, toolNames)
        assert.match(textOf(asked[1]), /answers for the input of this run only: call it with .*1000/)
      }))

    it.effect("puts the results before a model that calls no tool", () =>
      Effect.gen(function*() {
        const { outcome, asked } = yield* explain("I would rather not.", "Gas emits 5311.43 kg.")
        assert(outcome.success)
        assert.strictEqual(outcome.value.co2e_emissions_kg, 5311.43)
        assert.strictEqual(outcome.value.explanation, "Gas emits 5311.43 kg.")
        assert.strictEqual(asked.length, 2)
        assert.match(textOf(asked[1]), /5311.43/)
        assert.deepStrictEqual(asked[1]?.tools, [])
      }))

    it.effect("comes to an end with a model that runs in circles", () =>
      Effect.gen(function*() {
        const { outcome, asked } = yield* explain(
          ...Array.from({ length: 8 }, () => Reply.call("energy_content", { ...gas, amount: 2 })),
          "Well then."
        )
        assert(outcome.success)
        assert.strictEqual(asked.length, 9)
        assert.strictEqual(outcome.value.explanation, "Well then.")
        assert.strictEqual(outcome.value.provenance.refusedToolCalls, 8)
        assert.strictEqual(outcome.value.co2e_emissions_kg, 5311.43)
      }))

    it.effect("fails as its model does, and loses no number", () =>
      Effect.gen(function*() {
        for (const turns of [[refused], ["no tools", refused]]) {
          const { outcome } = yield* explain(...turns)
          assert(!outcome.success && outcome.error._tag === "AiError")
          assert.strictEqual(outcome.error.reason._tag, "AuthenticationError")
          const kept = yield* Schema.decodeUnknownEffect(Schema.Struct({ co2e_emissions_kg: Schema.Finite }))(
            outcome.metadata.annotations["numbers"]
          )
          assert.strictEqual(kept.co2e_emissions_kg, 5311.43)
        }
        const { value } = yield* FuelAgentAI.pipe(Agent.orElse(FuelAgent)).run(gas).pipe(
          Effect.provide(ScriptedLlm.layer(refused))
        )
        assert.strictEqual(value.co2e_emissions_kg, 5311.43)
      }))

    it.effect("asks no model about an input that has no answer", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(
          FuelAgentAI.run({ ...gas, country: "Atlantis" }).pipe(Effect.provide(ScriptedLlm.layer()))
        )
        assert.strictEqual(error._tag, "DataError")
      }))

    it.effect("ends a run that costs more than its budget, without numbers", () =>
      Effect.gen(function*() {
        const price = {
          inputPerMillion: 3000,
          outputPerMillion: 5000,
          source: "made up for this test",
          date: "2026-01-01"
        }
        const priced = Effect.provideService(LlmPrices, { "scripted/script": price })
        // 0.40 US dollars a turn: the second is one too many, in the loop or for the prose
        for (const turns of [[Script.always(Reply.call("energy_content", gas))], ["no tools", "prose"]]) {
          const { outcome } = yield* explain(...turns).pipe(priced)
          assert(!outcome.success && outcome.error._tag === "RunBudgetExceeded")
          assert.strictEqual(outcome.error.budgetUsd, 0.5)
          assert.approximately(outcome.error.usedUsd, 0.8, 1e-9)
          assert.isUndefined(outcome.metadata.annotations["numbers"])
        }
        const cheap = { ...price, inputPerMillion: 30, outputPerMillion: 50 }
        const { outcome } = yield* explain("no tools", "prose").pipe(
          Effect.provideService(LlmPrices, { "scripted/script": cheap })
        )
        assert(outcome.success)
        assert.approximately(outcome.value.provenance.costUsd ?? 0, 0.008, 1e-9)
      }))

    it.effect("hangs up on its model when it is interrupted", () =>
      Effect.gen(function*() {
        const [called, released] = [yield* Deferred.make<void>(), yield* Ref.make(false)]
        const Hanging = LlmProvider.languageModel.pipe(Layer.provide(Layer.succeed(
          LlmProvider,
          LlmProvider.make({
            name: "hanging",
            model: "hanging-1",
            generate: () =>
              Deferred.succeed(called, undefined).pipe(
                Effect.andThen(Effect.never),
                Effect.onInterrupt(() => Ref.set(released, true))
              ),
            stream: () => {
              throw new Error("twins do not stream")
            }
          })
        )))
        const fiber = yield* Effect.forkChild(FuelAgentAI.run(gas).pipe(Effect.provide(Hanging)))
        yield* Deferred.await(called)
        yield* Fiber.interrupt(fiber)
        assert.isTrue(yield* Ref.get(released))
      }))

    it.effect("samples at temperature 0 with seed 42", () =>
      Effect.gen(function*() {
        const seen: Array<LlmSettings> = []
        const Model = LlmProvider.languageModel.pipe(
          Layer.provide(LlmProvider.around((inner) =>
            Effect.succeed({
              ...inner,
              generate: (request) =>
                Effect.andThen(Effect.map(LlmSettings, (settings) => seen.push(settings)), inner.generate(request))
            })
          )),
          Layer.provide(Offline.layerProvider)
        )
        yield* FuelAgentAI.run(gas).pipe(Effect.provide(Model))
        assert.isNotEmpty(seen)
        assert.isTrue(seen.every(({ seed, temperature }) => seed === 42 && temperature === 0))
      }))

    it.effect("asks no model where no explanation is wanted", () =>
      Effect.gen(function*() {
        const { value } = yield* FuelAgentAI.run(gas).pipe(
          Effect.provide(ScriptedLlm.layer()),
          Effect.provideService(AiTwin.Options, { enableExplanations: false, enableRecommendations: true })
        )
        assert.isUndefined(value.explanation)
        assert.isUndefined(value.provenance.model)
        assert.strictEqual(value.provenance.tokens, 0)
        assert.isNotEmpty(value.recommendations)
      }))

    it.effect("leaves recommendations out where none are wanted", () =>
      Effect.gen(function*() {
        const { value } = yield* FuelAgentAI.run(gas).pipe(
          Effect.provide(Offline.layer),
          Effect.provideService(AiTwin.Options, { enableExplanations: true, enableRecommendations: false })
        )
        assert.deepStrictEqual(value.recommendations, [])
        assert.isNotEmpty(value.explanation)
      }))

    it.effect.prop(
      "gives equal numbers for equal inputs, offline",
      [
        Schema.Literals(["natural_gas", "diesel", "coal", "electricity", "biomass_wood", "propane"]),
        Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1e6 })),
        Schema.Literals(["US", "UK", "IN", "DE", "CA"])
      ],
      ([fuel_type, amount, country]) =>
        Effect.gen(function*() {
          const input = { fuel_type, amount, unit: fuel_type === "electricity" ? "kWh" : "GJ", country }
          const [one, other] = [
            yield* Agent.outcome(FuelAgent, input),
            yield* Agent.outcome(FuelAgentAI, input).pipe(Effect.provide(Offline.layer))
          ]
          assert.strictEqual(one.success, other.success)
          if (one.success && other.success) {
            assert.deepStrictEqual(numbers(other.value), one.value)
            assert.isTrue(other.value.provenance.deterministic)
          }
        }),
      { arbitrary: { runs: 40 } }
    )
  })
})
