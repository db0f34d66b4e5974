import { assert, describe, it } from "@effect/vitest"
import * as GraphLayout from "greenlang/render/GraphLayout"

const box = (...after: ReadonlyArray<number>) => ({ width: 100, height: 40, after })

/** Always the same numbers between 0 and 1. */
const numbers = (seed: number) => () => (seed = (seed * 16807) % 2147483647) / 2147483647

const random = (size: number, seed: number) => {
  const next = numbers(seed)
  return Array.from({ length: size }, (_, at) => ({
    width: 40 + Math.floor(next() * 160),
    height: 30 + Math.floor(next() * 90),
    after: at === 0 ? [] : Array.from({ length: Math.floor(next() * 4) }, () => Math.floor(next() * at))
  }))
}

describe("GraphLayout", () => {
  it("draws nothing where there is nothing", () => {
    assert.deepStrictEqual(GraphLayout.make([]), { width: 0, height: 0, places: [], arrows: [] })
  })

  it("puts a chain on one line", () => {
    const { height, places } = GraphLayout.make([box(), box(0), box(1)])
    assert.deepStrictEqual(places.map(({ y }) => y), [0, 0, 0])
    assert.strictEqual(height, 40)
  })

  it("leads an arrow that passes a column around its boxes", () => {
    const { arrows, places } = GraphLayout.make([box(), box(0), box(0, 1)])
    const long = arrows.find(({ from, to }) => from === 0 && to === 2)!
    assert.lengthOf(long.points, 5)
    const passing = long.points[2]!
    assert.isTrue(passing.y <= places[1]!.y || passing.y >= places[1]!.y + 40)
  })

  it("never lets boxes overlap, puts each behind what it waits for, and is the same each time", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const boxes = random(5 + seed, seed)
      const { arrows, height, places, width } = GraphLayout.make(boxes)
      assert.deepStrictEqual(GraphLayout.make(boxes).places, places)
      for (const [at, one] of places.entries()) {
        const { after, height: tall, width: wide } = boxes[at]!
        assert.isTrue(one.x >= 0 && one.y >= 0 && one.x + wide <= width + 0.1 && one.y + tall <= height + 0.1)
        for (const before of after) assert.isAtMost(places[before]!.x + boxes[before]!.width, one.x)
        for (let other = at + 1; other < places.length; other++) {
          const [that, size] = [places[other]!, boxes[other]!]
          const apart = one.x + wide <= that.x || that.x + size.width <= one.x || one.y + tall <= that.y + 0.1
            || that.y + size.height <= one.y + 0.1
          assert.isTrue(apart, `seed ${seed}: ${at} lies on ${other}`)
        }
      }
      const joined = boxes.flatMap(({ after }, to) => Array.from(new Set(after), (from) => `${from} ${to}`))
      assert.deepStrictEqual(arrows.map(({ from, to }) => `${from} ${to}`), joined)
    }
  })

  it("draws 2,000 boxes", () => {
    const { places } = GraphLayout.make(random(2_000, 7))
    assert.lengthOf(places, 2_000)
    assert.isTrue(places.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)))
  })
})
