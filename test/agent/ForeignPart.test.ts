import { assert, describe, it } from "@effect/vitest"
import * as ForeignPart from "../../src/agent/internal/ForeignPart.ts"

describe("the first part of a value that JSON does not hold", () => {
  const shared = { n: 1 }
  for (
    const [what, value, path, part] of [
      ["a number beyond all", { a: [1, { b: Infinity }], c: NaN }, ["a", "1", "b"], Infinity],
      ["a Map", { a: shared, b: shared, c: new Map() }, ["c"], new Map()],
      ["nothing in a list", [1, undefined], ["1"], undefined],
      ["the value itself", 5n, [], 5n]
    ] as const
  ) {
    it(`is found by its path: ${what}`, () => {
      assert.deepStrictEqual(ForeignPart.find(value), { path: [...path], part })
      assert.deepStrictEqual(ForeignPart.at(value, path), part)
    })
  }

  it("is a list that holds itself, where it comes again", () => {
    const list: Array<unknown> = [shared]
    list.push({ again: list })
    assert.deepStrictEqual(ForeignPart.find({ list })?.path, ["list", "1", "again"])
  })

  it("is not there in JSON, whatever stands in it twice", () => {
    assert.isUndefined(ForeignPart.find({ a: shared, b: [shared, null, "x", true] }))
  })
})
