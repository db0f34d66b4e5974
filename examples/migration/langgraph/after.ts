/**
 * The graph of `before.ts` as a pipeline: two readings at once, a letter about them, and a review that sends it back until
 * it has no objection.
 */
import { Effect, Schema } from "effect"
import { Mermaid, Pipeline, Step } from "greenlang"

const readMeter = (site: string) => Effect.succeed(site === "Hall" ? 11_000 : 0)
const findFactor = (_site: string) => Effect.succeed(380)
const write = (site: string, kilograms: number, objections: ReadonlyArray<string>) =>
  Effect.succeed(objections.length === 0 ? `${site} emitted a lot.` : `${site} emitted ${kilograms} kg CO2.`)
const review = (letter: string) => Effect.succeed(/\d/.test(letter) ? [] : ["Give the number."])

const Letter = Pipeline.make("Letter", {
  version: "1.0.0",
  input: Schema.Struct({ site: Schema.String }),
  output: Schema.Struct({ letter: Schema.String, drafts: Schema.Int })
}, (input) => {
  const kwh = Step.make("meter", [input], ({ site }) => readMeter(site))
  const grams = Step.make("factor", [input], ({ site }) => findFactor(site))
  const kilograms = Step.make("emissions", [kwh, grams], (kwh, grams) => Effect.succeed(kwh * grams / 1_000))

  const draft = Effect.fnUntraced(
    function*(site: string, kilograms: number, drafts: number, objections: ReadonlyArray<string>) {
      const letter = yield* write(site, kilograms, objections)
      return { site, kilograms, drafts, letter, objections: yield* review(letter) }
    }
  )
  const first = Step.make("write", [input, kilograms], ({ site }, kilograms) => draft(site, kilograms, 1, []))
  const last = Step.iterate("review", first, {
    while: ({ objections }) => objections.length > 0,
    max: 2,
    body: ({ drafts, kilograms, objections, site }) => draft(site, kilograms, drafts + 1, objections)
  })
  return Step.make("letter", [last], ({ drafts, letter }) => Effect.succeed({ letter, drafts }))
})

export const main = async (site: string) => (await Effect.runPromise(Letter.run({ site }))).value

if (import.meta.main) {
  const { drafts, letter } = await main("Hall")
  console.log(`${letter} (${drafts} drafts)`)
  console.log(Mermaid.render(Letter))
}
