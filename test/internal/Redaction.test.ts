import { assert, describe, it, vi } from "@effect/vitest"
import * as Redaction from "../../src/internal/Redaction.ts"

/** As a run is recorded: the secrets of the value are hidden in it. */
const recorded = (value: {} | ReadonlyArray<unknown>) =>
  JSON.stringify(Redaction.make(Redaction.ofValue(value), { byName: true })(value as never))

const secretOf = (at: number) => `tok-${at * 7919}-value-${at}-x`

describe("many or long secrets", () => {
  it("hides 20,000 passwords in the time of their text", () => {
    const value = Array.from({ length: 20_000 }, (_, at) => ({ password: secretOf(at), note: "kept" }))
    const shown = recorded(value)
    assert.notInclude(shown, "-value-")
    assert.strictEqual(shown.split("kept").length, 20_001)
  })

  it("hides 20,000 passwords where each is a text of a list, too", () => {
    const secrets = Array.from({ length: 20_000 }, (_, at) => secretOf(at))
    assert.notInclude(recorded({ inside: secrets.map((token) => ({ token })), again: secrets }), "-value-")
  })

  it.each([16_000, 100_000, 1_000_000])("hides one password of %d letters", (length) => {
    const password = "aB3$k9.q".repeat(length / 8)
    assert.strictEqual(recorded([{ password }, password]), `[{"password":"<redacted>"},"<redacted>"]`)
  })

  it("finds 1,000 secrets inside of texts", () => {
    const secrets = Array.from({ length: 1_000 }, (_, at) => secretOf(at))
    const texts = secrets.map((secret) => `before ${secret} behind`)
    assert.notInclude(recorded({ inside: secrets.map((token) => ({ token })), texts }), "-value-")
  })

  it("reads a cookie of 70,000 values", () => {
    const cookie = Array.from({ length: 70_000 }, (_, at) => `a${at}=b${at * 7919}`).join(";")
    assert.strictEqual(recorded({ cookie }), `{"cookie":"<redacted>"}`)
  })

  it("finds a short secret beside many long ones however it is written", () => {
    const key = "Pl4nted.k3y-of-mine"
    const long = Array.from({ length: 100 }, (_, at) => ({ token: secretOf(at).repeat(500) }))
    const written = [
      Buffer.from(key).toString("base64"),
      Buffer.from(key).toString("hex"),
      Array.from(Buffer.from(key)).join(", "),
      Array.from(Buffer.from(key), (byte) => `0x${byte.toString(16)}`).join(", "),
      Array.from(Buffer.from(key), (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join(""),
      Array.from(Buffer.from(key), (byte) => byte.toString(8).padStart(3, "0")).join(" "),
      Array.from(Buffer.from(key), (byte) => `0${byte.toString(8)}`).join(", "),
      Array.from(Buffer.from(key), (byte) => `0o${byte.toString(8)}`).join(", ")
    ]
    const shown = recorded({ api_key: key, long, written: written.map((text) => ({ text })) })
    for (const text of written) assert.notInclude(shown, JSON.stringify(text).slice(1, -1))
  })
})

describe("bytes and objects with many keys", () => {
  it("reads no number of a list of bytes", () => {
    const bytes = [new Uint8Array(1e3), new Float64Array(1e3), Buffer.alloc(1e3)]
    const spies = [vi.spyOn(Object, "entries"), vi.spyOn(Object, "keys"), vi.spyOn(Object, "values")]
    try {
      assert.deepStrictEqual(Redaction.ofValue(bytes), [])
      const walked = new Set<unknown>(spies.flatMap(({ mock }) => mock.calls.map(([value]) => value)))
      for (const one of bytes) assert.isFalse(walked.has(one))
    } finally {
      vi.restoreAllMocks()
    }
  })

  it("hides by name in an object of 200,000 keys", () => {
    const keys = Object.fromEntries(Array.from({ length: 200_000 }, (_, at) => [`key${at}`, at]))
    const shown = Redaction.make(Redaction.ofValue(keys), { byName: true })({ ...keys, password: "hunter-2-x" })
    assert.strictEqual(Object.keys(shown).length, 200_001)
    assert.strictEqual(shown.password, "<redacted>")
  })
})

describe("texts of 9 million letters", () => {
  const beginnings = [
    "",
    "sk-",
    "sk_live_",
    "eyJ",
    "eyJaaaaaaaa.",
    "eyJaaaaaaaa.aaaaaaaa.",
    "Bearer ",
    "Basic ",
    "AIza",
    "ghp_",
    "xai-",
    "xoxb-",
    "-----BEGIN PRIVATE KEY-----",
    "?token=",
    "https://"
  ]
  it.each(beginnings)("are read as a secret and as a text: %j and one letter again and again", (beginning) => {
    for (const letter of ["0", "a1"]) {
      const text = beginning + letter.repeat(9e6 / letter.length)
      const shown = Redaction.make()({ text }).text
      assert.strictEqual(shown === text, !beginning.match(/^(?:sk|eyJ.*\..*\.|B|A|g|x|-|\?)/), beginning)
      assert.isAtMost(recorded({ password: text }).length, text.length + 20)
    }
  })
})
