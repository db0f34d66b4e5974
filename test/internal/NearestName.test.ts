import { assert, describe, it } from "@effect/vitest"
import * as NearestName from "../../src/internal/NearestName.ts"

const names = ["FuelAgent", "FuelAgentAI", "CarbonAgent", "Footprint"]

describe("NearestName", () => {
  it("finds what takes the fewest edits, whatever the case", () => {
    assert.strictEqual(NearestName.find("FuelAgntAI", names), "FuelAgentAI")
    assert.strictEqual(NearestName.find("fuelagent", names), "FuelAgent")
    assert.strictEqual(NearestName.find("Fotprint", names), "Footprint")
    assert.strictEqual(NearestName.find("CarbonAgetn", names), "CarbonAgent")
  })

  it("guesses nothing that is far away", () => {
    assert.isUndefined(NearestName.find("Weather", names))
    assert.isUndefined(NearestName.find("x", []))
  })

  it("names the guess, or all there is", () => {
    assert.strictEqual(NearestName.hint("Fotprint", names), "Did you mean Footprint?")
    assert.strictEqual(NearestName.hint("Weather", names), `There is: ${names.join(", ")}.`)
  })
})
