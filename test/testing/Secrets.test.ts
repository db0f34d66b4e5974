import { assert, describe, it } from "@effect/vitest"
import { Redacted } from "effect"
import * as Secrets from "greenlang/testing/Secrets"

// In pieces, so that no scanner takes this file for a leak.
const keys = [
  ["sk-proj-", "a1B2c3D4e5F6g7H8i9J0"],
  ["sk-ant-api03-", "a1B2c3D4e5F6g7H8i9J0"],
  ["Bearer ", "a1B2c3D4.e5F6"],
  ["AIza", "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q"],
  ["gsk_", "a1B2c3D4e5F6g7H8i9J0"],
  ["hf_", "a1B2c3D4e5F6g7H8i9J0"],
  ["ghp_", "a1B2c3D4e5F6g7H8i9J0a1B2c3D4e5F6g7H8"],
  ["xai-", "a1B2c3D4e5F6g7H8i9J0"],
  ["AKIA", "A1B2C3D4E5F6G7H8"],
  ["xoxb-", "123456789012-abcdef"],
  ["eyJhbGciOiJI.", "eyJzdWIiOiIx.SflKxwRJSMeKKF2QT4"]
].map((pieces) => pieces.join(""))

describe("Secrets", () => {
  it("hides what looks like a key, in texts and in the names of fields", () => {
    const redact = Secrets.make()
    for (const key of keys) {
      assert.deepStrictEqual(
        redact({ list: [`a ${key}, b`, 1, null], [key]: { deep: key } }),
        { list: ["a <redacted>, b", 1, null], "<redacted>": { deep: "<redacted>" } },
        key
      )
    }
  })

  it("hides what it was told, whatever that looks like", () => {
    const redact = Secrets.make([Redacted.make("hunter2"), Redacted.make("a.b*c"), Redacted.make("")])
    assert.strictEqual(redact("hunter2 and a.b*c, not aXbc"), "<redacted> and <redacted>, not aXbc")
  })

  it("leaves nothing of a secret that begins like another", () => {
    const redact = Secrets.make([Redacted.make("hunter"), Redacted.make("hunter2"), Redacted.make("hun")])
    assert.strictEqual(redact("hunter2, hunter, hun"), "<redacted>, <redacted>, <redacted>")
  })

  it("leaves prose alone", () => {
    const prose = "The task-force asked the bearer of the sketch about 1,000 kWh of risk-free power at sk-8."
    assert.strictEqual(Secrets.make()(prose), prose)
  })
})
