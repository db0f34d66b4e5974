import { assert, describe, it } from "@effect/vitest"
import * as StepForks from "../../src/pipeline/internal/StepForks.ts"

/** The steps of each line, one after another. A step without a line stands alone. */
const linesOf = (before: ReadonlyArray<ReadonlyArray<number>>) => {
  const lines = new Map<string, Array<number>>()
  StepForks.linesOf(before).forEach((line, at) => {
    const name = line === -1 ? `alone ${at}` : `${line}`
    lines.set(name, [...lines.get(name) ?? [], at])
  })
  return [...lines.values()]
}

describe("the lines of steps", () => {
  it("are one where each step waits for the one before it", () => {
    assert.deepStrictEqual(linesOf([[], [0], [1], [2]]), [[0, 1, 2, 3]])
  })

  it("are as many as the steps that may run side by side", () => {
    assert.deepStrictEqual(linesOf([[], [0], [0], [0], [1, 2, 3]]), [[0, 1, 4], [2], [3]])
    assert.deepStrictEqual(linesOf([[], [0], [0], [1, 2], [2, 1], [3, 4]]), [[0, 1, 3, 5], [2, 4]])
  })

  it("have a step after another only where it waits for that", () => {
    const before = Array.from(
      { length: 200 },
      (_, at): ReadonlyArray<number> => at === 0 ? [] : [at >> 1, Math.max(0, at - 7)]
    )
    const lines = linesOf(before)
    assert.isBelow(lines.length, 200)
    for (const line of lines) {
      for (const [nth, at] of line.entries()) if (nth > 0) assert.isTrue(before[at]!.includes(line[nth - 1]!))
    }
    assert.deepStrictEqual(lines.flat().toSorted((a, b) => a - b), before.map((_, at) => at))
  })
})
