import { assert, describe, it } from "@effect/vitest"
import * as Text from "greenlang/render/Text"

describe("Text", () => {
  it("truncates by cells", () => {
    assert.strictEqual(Text.truncate("footprint", 5), "foot…")
    assert.strictEqual(Text.truncate("東京東京", 5), "東京…")
    assert.strictEqual(Text.truncate("same", 4), "same")
  })
})
