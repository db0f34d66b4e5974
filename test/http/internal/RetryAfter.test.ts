import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import * as RetryAfter from "../../../src/http/internal/RetryAfter.ts"

const now = Date.UTC(2025, 0, 31, 12, 0, 0)
const minuteLater = new Date(now + 60_000)

/** Each form that servers send, and the milliseconds that it stands for. */
const forms: ReadonlyArray<readonly [text: string, millis: number | undefined]> = [
  ["120", 120_000],
  ["0", 0],
  ["0.5", 500],
  [".25", 250],
  ["7.66", 7_660],
  [" 30 ", 30_000],
  ["\"30\"", 30_000],
  ["+5", 5_000],
  ["-5", 0],
  ["1e2", 100_000],
  ["3600", 3_600_000],
  ["1382400", 1_382_400_000],
  ["6m0s", 360_000],
  ["20ms", 20],
  ["1h2m3s", 3_723_000],
  ["1.5s", 1_500],
  ["2m59.56s", 179_560],
  ["500us", 0.5],
  ["1d", 86_400_000],
  ["2 seconds", 2_000],
  ["1 minute", 60_000],
  ["1 minute, 30 seconds", 90_000],
  ["1 hour", 3_600_000],
  ["250 milliseconds", 250],
  ["3 hrs", 10_800_000],
  ["PT1M30S", 90_000],
  ["P1DT1H", 90_000_000],
  ["pt0.5s", 500],
  [minuteLater.toUTCString(), 60_000],
  ["Friday, 31-Jan-25 12:01:00 GMT", 60_000],
  ["Fri Jan 31 12:01:00 2025", 60_000],
  ["Fri, 31 Jan 2025 12:01:00 +0000", 60_000],
  ["2025-01-31T12:01:00Z", 60_000],
  ["2025-01-31T12:01:00.500Z", 60_500],
  ["2025-01-31T13:01:00+01:00", 60_000],
  ["2025-01-31T12:01:00", 60_000],
  ["2025-01-31 12:01:00", 60_000],
  ["2024-01-31T12:01:00Z", 0],
  [String(Math.floor(now / 1000) + 60), 60_000],
  [String(now / 1000 + 60.5), 60_500],
  [String(now + 60_000), 60_000],
  ["5, 10", 10_000],
  ["1e400", 100 * 365 * 86_400_000],
  ["99999999999999999999999", 100 * 365 * 86_400_000],
  ["", undefined],
  ["soon", undefined],
  ["NaN", undefined],
  ["P", undefined],
  ["PT", undefined],
  ["0x10", undefined],
  ["5 apples", undefined],
  ["12:00", undefined],
  ["Infinity", 100 * 365 * 86_400_000],
  ["inf", 100 * 365 * 86_400_000],
  ["1e99999", 100 * 365 * 86_400_000],
  ["9".repeat(400), 100 * 365 * 86_400_000],
  [`${"9".repeat(400)}s`, 100 * 365 * 86_400_000],
  ["-Infinity", undefined],
  ["info", undefined],
  ["1m".repeat(200), undefined]
]

describe("RetryAfter", () => {
  for (const [text, millis] of forms) {
    it(`reads ${JSON.stringify(text.slice(0, 40))} as ${millis === undefined ? "nothing" : `${millis} milliseconds`}`, () => {
      const read = RetryAfter.millisOf(text, now)
      if (millis === undefined) assert.isUndefined(read)
      else assert.closeTo(read!, millis, 0.001)
    })
  }

  it("reads no number that is negative, infinite or absent out of random texts", () => {
    const letters = "0123456789.,:-+eEmshdTZP \"GMTJanuary%"
    let seed = 1
    const next = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
    for (let nth = 0; nth < 20_000; nth++) {
      const text = Array.from({ length: next(12) }, () => letters[next(letters.length)]).join("")
      const millis = RetryAfter.millisOf(text, now)
      if (millis !== undefined) assert(Number.isFinite(millis) && millis >= 0, text)
    }
  })

  it.effect("prefers the header in milliseconds", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(now)
      const read = (headers: Record<string, string>) =>
        Effect.map(RetryAfter.read(headers), (wait) => wait === undefined ? undefined : Duration.toMillis(wait))
      assert.strictEqual(yield* read({ "retry-after-ms": "1500", "retry-after": "60" }), 1_500)
      assert.strictEqual(yield* read({ "x-ms-retry-after-ms": "20" }), 20)
      assert.strictEqual(yield* read({ "retry-after-ms": "soon", "retry-after": "2" }), 2_000)
      assert.strictEqual(yield* read({ "retry-after": minuteLater.toUTCString() }), 60_000)
      assert.isUndefined(yield* read({}))
    }))
})
