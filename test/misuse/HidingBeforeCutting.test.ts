/** A text is cut at many places, and what is left of a cut key is found by nothing: keys are hidden first. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { places } from "./modules/places.ts"

// In pieces, so that no scanner takes this file for a leak.
const random = ["Zk9fA3xQ7tLm2Wd8", "Rv4Yb6Nc1Hs5Jq0Pe8Ug"].join("")
const key = ["sk-", `proj-${random}`].join("")

/** Wherever it is cut, a key is cut, or the text before one: the keys stand at every distance from a round number. */
const text = Array.from({ length: 600 }, (_, at) => `${"x".repeat(at % 53)} ${key}`).join(" ")

/** What may be left: fewer letters in a row than distinguish it from another. */
const fragments = Array.from({ length: random.length - 7 }, (_, at) => random.slice(at, at + 8))

describe("a text that is cut holds no part of a key", () => {
  for (const [place, show] of Object.entries(places)) {
    it.live(place, () =>
      Effect.gen(function*() {
        const shown = yield* show(text, key)
        assert.isAbove(shown.length, 0)
        for (const fragment of fragments) {
          const at = shown.indexOf(fragment)
          assert.strictEqual(at, -1, shown.slice(Math.max(0, at - 60), at + 60))
        }
      }).pipe(Effect.scoped))
  }
})
