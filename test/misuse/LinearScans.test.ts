/** The time that hostile input takes grows with its length alone, or it is refused. */
import { assert, describe, it } from "@effect/vitest"
import { cpuOf, hostile } from "./modules/hostile.ts"

const small = 32_768
const times = 8

describe("hostile input", () => {
  for (const { kind, made, what } of hostile) {
    it(`of ${kind} takes time by its length alone: ${what}`, async () => {
      const measured: Array<string> = []
      // Other work of the process may fall into one measurement, but not into each.
      for (let attempt = 0; attempt < 10; attempt++) {
        const [short, long] = [await cpuOf(made(small)), await cpuOf(made(small * times))]
        // A scan that begins anew takes 64 times as long for 8 times the text. What takes no time has no ratio.
        if (long / Math.max(short, 2) < times * 4) return
        measured.push(`${short} ms, then ${long} ms`)
      }
      assert.fail(measured.join("; "))
    })
  }
})
