/**
 * One list of the names behind which secrets stand, and one door to terminals and pages: the same rule at every place where text
 * from elsewhere is left. `test/cli/Hostile.test.ts` walks all commands with escapes in every field.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { places, spansOf } from "./modules/places.ts"

const hidden = "qz7-Wm4_Ks9"

/** Names of secrets in an address, as a server, a person or a failure may write it. */
const names = ["refresh_token", "x-api-key", "X-Amz-Signature", "client_secret", "password", "sessionId", "apikey"]
const address = `https://host.example/v1?page=2&${names.map((name) => `${name}=${hidden}`).join("&")}#end`

const unsafe =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe]|[\u{e0000}-\u{e007f}]/u // oxlint-disable-line no-control-regex
const evil = [
  "\x1b[2J\x1b]52;c;cm0gLXJm\x07",
  "\x9b2J\x9d52;c;x\x9c",
  "\x7f\x08\x00",
  "\u202e\u2066\u200f\u061c\ufeff\u{e0041}\u2028",
  "</script><img src=x onerror=\"alert(1)\">"
].join("")

/** What a person sees, in a terminal or a browser. The other places hold JSON, whose readers have a door of their own. */
const seen = Object.entries(places).filter(([place]) => /page|command line/.test(place))

describe("one list of the names of secrets holds", () => {
  for (const [place, show] of Object.entries(places)) {
    it.live(`in ${place}`, () =>
      Effect.gen(function*() {
        const shown = yield* show(`moved to ${address} since then`, "another-secret-4711")
        assert.include(shown, "refresh_token")
        assert.notInclude(shown, hidden)
      }).pipe(Effect.scoped))
  }

  for (const name of [...names, "authorization", "cookie", "proxy-authorization", "x-auth-token"]) {
    it.live(`in the spans of a request with ${name}`, () =>
      Effect.gen(function*() {
        const shown = yield* spansOf(`/v1?${name}=${hidden}`, { [name]: hidden })
        assert.include(shown, "/v1")
        assert.notInclude(shown, hidden)
      }).pipe(Effect.scoped))
  }
})

describe("one door keeps escapes and markup out of", () => {
  for (const [place, show] of seen) {
    it.live(place, () =>
      Effect.gen(function*() {
        const shown = yield* show(`begins ${evil} ends`, "another-secret-4711")
        assert.include(shown, "begins")
        assert.isNull(unsafe.exec(shown), JSON.stringify(unsafe.exec(shown)))
        if (place.includes("page")) assert.notInclude(shown, "<img")
      }).pipe(Effect.scoped))
  }
})
