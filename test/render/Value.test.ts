import { assert, describe, it } from "@effect/vitest"
import * as Value from "greenlang/render/Value"

describe("Value", () => {
  it("writes numbers for people", () => {
    assert.strictEqual(Value.number(2025), "2025")
    assert.strictEqual(Value.number(1234567.891), "1,234,567.891")
    assert.strictEqual(Value.number(99.99999999999999), "100")
    assert.strictEqual(Value.number(0.0000012345678), "0.00000123457")
    assert.strictEqual(Value.number(-0.5), "-0.5")
  })
})
