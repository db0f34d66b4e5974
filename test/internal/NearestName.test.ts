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

  it("finds the same as a plain count of edits does", () => {
    const words = Array.from(
      { length: 200 },
      (_, at) => Array.from({ length: at % 9 }, (_, i) => "abC"[(at * 7919 >> i) % 3]).join("")
    )
    const plain = (a: string, b: string): number =>
      a === "" || b === ""
        ? a.length + b.length
        : Math.min(
          plain(a.slice(1), b) + 1,
          plain(a, b.slice(1)) + 1,
          plain(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1)
        )
    words.slice(0, 60).forEach((name, at) => {
      const candidates = words.slice(at, at + 4).toReversed().map((word) => word.slice(0, 5))
      const edits = candidates.map((candidate) => plain(name.slice(0, 6).toLowerCase(), candidate.toLowerCase()))
      const least = Math.min(...edits)
      const most = Math.min(Math.max(2, Math.min(name.length, 6) / 3), Math.min(name.length, 6) - 1)
      const expected = least <= most ? candidates[edits.indexOf(least)] : undefined
      assert.strictEqual(NearestName.find(name.slice(0, 6), candidates), expected)
    })
  })

  it("names the guess, or all there is", () => {
    assert.strictEqual(NearestName.hint("Fotprint", names), "Did you mean Footprint?")
    assert.strictEqual(NearestName.hint("Weather", names), `There is: ${names.join(", ")}.`)
    const many = Array.from({ length: 60 }, (_, at) => `step-${at}`)
    assert.match(NearestName.hint("Weather", many), /^There is: step-0, .* step-49 and 10 more\.$/)
  })

  it("compares no names of more than 100 letters, and a short one with no long one", () => {
    assert.strictEqual(NearestName.find("a".repeat(101), ["a".repeat(100)]), undefined)
    assert.strictEqual(NearestName.find("a".repeat(100), ["a".repeat(101)]), "a".repeat(101))
    assert.strictEqual(NearestName.find("meter", ["meter".repeat(100_000), "metre"]), "metre")
  })
})
