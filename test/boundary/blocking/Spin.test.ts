import { assert, describe, it } from "@effect/vitest"
import { Spin } from "../../../src/boundary/blocking/Spin.ts"

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
  it("answers with what it finds", () => {
    let looks = 0
    assert.strictEqual(new Spin().wait(() => ++looks === 3 ? "found" : undefined), "found")
    assert.isUndefined(new Spin().wait(() => undefined))
  })

  it("gives up at once after it has waited in vain, and tries again now and then", () => {
    const looks = looksOf(new Spin(), 200)
    assert.isAbove(looks[0]!, 0)
    const empty = looks.filter((count) => count === 0).length
    assert.isAbove(empty, 150)
    assert.isBelow(empty, 195)
  })

  it("is patient again once it has found something", () => {
    const spin = new Spin()
    looksOf(spin, 60)
    while (spin.wait(() => "found") === undefined);
    assert.isAbove(looksOf(spin, 1)[0]!, 0)
  })

  it("waits no longer than it may", () => {
    assert.isUndefined(new Spin().wait(() => "found", performance.now()))
  })
})
