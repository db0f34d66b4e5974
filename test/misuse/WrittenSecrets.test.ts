/**
 * A secret that comes back in another form: it is hidden in a cassette, and at every other place where text from elsewhere is
 * left. All forms by themselves are in `test/testing/Secrets.test.ts`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { places } from "./modules/places.ts"

// In pieces, so that no scanner takes this file for a leak.
const secret = ["Zk9-", "fA3xQ7tLm2Wd8Rv4Yb6Nc1Hs5"].join("")
const bytes = Buffer.from(secret)
const wrapped = (text: string, by: string) => text.match(/.{1,7}/g)!.join(by)

const forms: Readonly<Record<string, string>> = {
  "as it is": secret,
  "in capital letters": secret.toUpperCase(),
  "in base64": bytes.toString("base64"),
  "in base64 of a login": Buffer.from(`user:${secret}`).toString("base64"),
  "in hex": bytes.toString("hex"),
  "in hex of base64": Buffer.from(bytes.toString("base64")).toString("hex"),
  "in base32": "LJVTSLLGIEZXQUJXORGG2MSXMQ4FE5RULFRDMTTDGFEHGNI=",
  "escaped in octal": [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join(""),
  "by its first half": secret.slice(0, Math.ceil(secret.length / 2)),
  "by its second half": secret.slice(-Math.ceil(secret.length / 2)),
  "escaped for a URL": [...bytes].map((byte) => `%${byte.toString(16)}`).join(""),
  "escaped by JSON": [...bytes].map((byte) => `\\u00${byte.toString(16)}`).join(""),
  "over lines": wrapped(secret, "\n"),
  "over lines with blanks": wrapped(secret, "  \r\n  "),
  "in the user part of an address": `https://${secret}@host.example/v1`
}

describe("a secret that is written otherwise is hidden", () => {
  for (const [place, show] of Object.entries(places)) {
    it.live(`in ${place}, in every form`, () =>
      Effect.gen(function*() {
        for (const [form, written] of Object.entries(forms)) {
          const shown = yield* show(`You sent ${written} to us.`, secret)
          assert.include(shown.replaceAll("&lt;redacted&gt;", "<redacted>"), "<redacted>", form)
          for (const left of [written, JSON.stringify(written).slice(1, -1), secret, bytes.toString("base64")]) {
            assert.notInclude(shown, left, form)
          }
        }
      }).pipe(Effect.scoped))
  }
})
