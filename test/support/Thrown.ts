import { assert } from "@effect/vitest"

/** What `f` throws. Fails the test where it does not. */
export const thrown = (f: () => unknown): unknown => {
  try {
    f()
  } catch (error) {
    return error
  }
  return assert.fail("it did not throw")
}
