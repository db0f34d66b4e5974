/**
 * One list for every vendor. What a vendor cannot do is in the list, too, with the reason, and fails the day it can.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import * as Item from "./conformance/Item.ts"
import { vendors } from "./conformance/Vendor.ts"

for (const vendor of vendors) {
  describe(vendor.name, () => {
    for (const [item, check] of Item.all) {
      const reason = vendor.cannot[item]
      if (reason === undefined) it.live(item, () => Effect.scoped(check(vendor)))
      else {
        it.live(`cannot do this: ${item}; ${reason}`, () =>
          Effect.map(Effect.exit(Effect.scoped(check(vendor))), (exit) => {
            assert(Exit.isFailure(exit))
            assert.propertyVal(Cause.squash(exit.cause), "name", "AssertionError")
          }))
      }
    }
  })
}
