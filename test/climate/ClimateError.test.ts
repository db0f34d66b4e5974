import { assert, describe, it } from "@effect/vitest"
import { CalculationError, DataError, RunBudgetExceeded, ValidationError } from "greenlang/climate/ClimateError"

describe("ClimateError", () => {
  it("says what was wrong and what would be right", () => {
    const issues = [{ path: "year", message: "2999 lies in the future", expected: "a year from 1990 to 2027" }, {
      path: "",
      message: "weights add up to 0"
    }]
    assert.strictEqual(
      new ValidationError({ issues }).message,
      "year: 2999 lies in the future; expected a year from 1990 to 2027\nthe input: weights add up to 0"
    )
    const lookedFor = { fuel_type: "diesel", country: "ZZ" }
    assert.strictEqual(
      new DataError({ what: "emission factor", lookedFor, available: ["UK", "US"] }).message,
      "there is no emission factor for fuel_type diesel, country ZZ; available: UK, US"
    )
    assert.match(new DataError({ what: "heat content", lookedFor, available: [] }).message, /nothing that comes near$/)
    assert.strictEqual(
      new CalculationError({ calculation: "cop", reason: "the sink must be warmer", inputs: { source: 60 } }).message,
      "cop cannot be computed: the sink must be warmer (source 60)"
    )
    assert.strictEqual(
      new RunBudgetExceeded({ agent: "FuelAgentAI", budgetUsd: 0.5, usedUsd: 0.8 }).message,
      "FuelAgentAI may spend 0.5 US dollars on a run and has used 0.8"
    )
  })
})
