import { assert, describe, it } from "@effect/vitest"
import { beforeEach, onTestFinished, vi } from "vitest"
import { Spin } from "../../../src/boundary/blocking/Spin.ts"

/** In milliseconds. Each reading of the clock takes `tick`. */
let now = 0
const tick = 0.000_7

/** How often each of `waits` looks in vain. */
const looksOf = (spin: Spin, waits: number) =>
  Array.from({ length: waits }, () => {
    let looks = 0
    spin.wait(() => {
      looks++
      return undefined
    })
    return looks
  })

describe("Spin", () => {
  beforeEach(() => {
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now += tick)
    onTestFinished(() => clock.mockRestore())
  })

  it("returns what it finds", () => {
    let looks = 0
    assert.strictEqual(new Spin().wait(() => ++looks === 3 ? "found" : undefined), "found")
    assert.isUndefined(new Spin().wait(() => undefined))
  })

  it("halves its patience with each wait in vain, and tries again now and then", () => {
    const looks = looksOf(new Spin(), 200)
    assert.deepStrictEqual(looks.slice(0, 6), [72, 36, 18, 9, 5, 0])
    const long = looks.flatMap((count, at) => count === looks[0] ? [at] : [])
    assert.deepStrictEqual(long, [0, 63, 127, 191])
    assert.isAbove(looks.filter((count) => count === 0).length, 150)
  })

  it("is patient again once it has found something", () => {
    const spin = new Spin()
    looksOf(spin, 60)
    while (spin.wait(() => "found") === undefined);
    assert.strictEqual(looksOf(spin, 1)[0], 72)
  })

  it("waits no longer than it may", () => {
    assert.isUndefined(new Spin().wait(() => "found", now))
  })
})
