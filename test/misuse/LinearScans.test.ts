/** The time that hostile input takes grows with its length alone, or it is refused. */
import { assert, describe, it } from "@effect/vitest"
import { doors } from "./modules/doors.ts"
import { cpuOf, hostile } from "./modules/hostile.ts"
import { hostileDoors } from "./modules/hostileDoors.ts"
import { hostileStores } from "./modules/hostileStores.ts"
import { hostileValues } from "./modules/hostileValues.ts"

const times = 8

/** `made` makes an input of so many characters, and answers with what reads it. */
const growsWithLength = async (small: number, made: (characters: number) => () => Promise<unknown>) => {
  const measured: Array<string> = []
  // Other work of the process may fall into one measurement, but not into each.
  for (let attempt = 0; attempt < 10; attempt++) {
    const [short, long] = [await cpuOf(made(small)), await cpuOf(made(small * times))]
    // A scan that begins anew takes 64 times as long for 8 times the text. What takes no time has no ratio.
    if (long / Math.max(short, 2) < times * 4) return
    measured.push(`${short} ms, then ${long} ms`)
  }
  assert.fail(measured.join("; "))
}

describe("hostile input", () => {
  for (const { kind, made, what } of hostile) {
    it(`of ${kind} takes time by its length alone: ${what}`, () => growsWithLength(16_384, made))
  }
  for (const { kind, made, what } of [...hostileDoors, ...hostileStores]) {
    it(`of ${kind} takes time by its length alone: ${what}`, () => growsWithLength(4_096, made))
  }

  const orchestrator = doors.find(({ door }) => door === "pipeline, orchestrator")!
  for (const { agent, made, what } of hostileValues) {
    it(`of values takes time by its length alone in a recorded pipeline: ${what}`, async () => {
      const { close, run } = await orchestrator.open(agent)
      await growsWithLength(4_096, (characters) => {
        const input = made(characters)
        return () => run(input)
      })
      await close()
    })
  }
})
