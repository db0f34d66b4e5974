import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as JsonText from "greenlang/cli/JsonText"

/** A reproducible sequence of numbers from 0 to 1. */
const random = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
  return seed / 2 ** 31
}

const samples = [
  `{"a":[1,-2.5e10,true,false,null,"x\\n\\u00e9"],"b":{"c":{}},"":[]}`,
  `[[[[]]],{"k":"v"},0.1,1E+2]`,
  `"text with \\"quotes\\" and \\\\ backslashes"`,
  ` { "spaced" : [ 1 , 2 ] } `
]

describe("JsonText", () => {
  it("accepts what JSON.parse accepts, and points into the text otherwise", () => {
    const next = random(7)
    const letters = `{}[]:,"\\ \n\t0123456789.-+eEtrufalsn\u0001é`
    let refused = 0
    for (let round = 0; round < 5_000; round++) {
      let text = samples[Math.floor(next() * samples.length)]!
      for (let change = 0; change <= next() * 3; change++) {
        const at = Math.floor(next() * text.length)
        const letter = next() < 0.3 ? "" : letters[Math.floor(next() * letters.length)]!
        text = text.slice(0, at) + letter + text.slice(at + (next() < 0.5 ? 1 : 0))
      }
      let expected: unknown
      try {
        expected = { value: JSON.parse(text) }
      } catch {
        expected = undefined
      }
      const parsed = JsonText.parse(text)
      if (Result.isSuccess(parsed)) assert.deepStrictEqual({ value: parsed.success }, expected, text)
      else {
        refused++
        assert.isUndefined(expected, text)
        assert.isAtLeast(parsed.failure.at, 0)
        assert.isAtMost(parsed.failure.at, text.length)
      }
    }
    assert.isAbove(refused, 1_000)
  })

  it("reads 4 MB of hostile text in one pass", () => {
    const size = 4_000_000
    const hostile = {
      "a comma before the end": `[${"1,".repeat(size / 2)}]`,
      "a missing comma": `[${"1,".repeat(size / 2)}1 1]`,
      "open lists": "[".repeat(size),
      "open objects": `{"a":`.repeat(size / 5),
      "an open string": `"${"x".repeat(size)}`,
      "escapes": `"${"\\u0041".repeat(size / 6)}\\x"`,
      "spaces": `[1${" ".repeat(size)}x`,
      "digits": "1".repeat(size) + "x",
      "line breaks": "\n".repeat(size) + "x"
    }
    for (const [name, text] of Object.entries(hostile)) {
      const before = process.cpuUsage()
      assert.isTrue(Result.isFailure(JsonText.parse(text)), name)
      // a scan that starts anew at each comma takes minutes
      assert.isBelow(process.cpuUsage(before).user / 1_000, 2_000, name)
    }
  })

  it("bounds the levels, and names the bound", () => {
    const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels)
    assert.isTrue(Result.isSuccess(JsonText.parse(nested(JsonText.mostLevels))))
    assert.deepStrictEqual(
      JsonText.parse(nested(JsonText.mostLevels + 1)),
      Result.fail({
        at: JsonText.mostLevels,
        problem: `more than ${JsonText.mostLevels} levels of lists and objects`
      })
    )
  })

  it("refuses numbers that are larger than any, and names their field", () => {
    const faultOf = (text: string) => Result.getOrThrow(Result.flip(JsonText.parse(text)))
    for (const number of ["1e999", "-1E+400", `${"9".repeat(400)}`, `${"9".repeat(300)}.5e10`]) {
      assert.deepStrictEqual(faultOf(`{"b":1,"a":${number}}`), {
        at: 11,
        problem: `the number of "a" is larger than any that a program can hold`
      })
      assert.strictEqual(faultOf(number).problem, "the number is larger than any that a program can hold")
    }
    assert.include(faultOf(`{"rows":[1,{"kg":[2,1e309]}]}`).problem, `"kg"`)
    for (
      const text of [
        `"1e999"`,
        "1e308",
        "1e-999",
        `${"9".repeat(300)}`,
        "0.1e0000005",
        `{"1e999":"${"9".repeat(400)}"}`
      ]
    ) {
      assert.deepStrictEqual(JsonText.parse(text), Result.succeed(JSON.parse(text)))
    }
  })
})
