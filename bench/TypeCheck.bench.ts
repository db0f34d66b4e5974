/**
 * What a pipeline of 200 steps with every combinator by turns costs the compiler, beside one of 20. The seconds are those
 * that `tsc` says it spent checking, `effect` and `greenlang` included: they hold on a machine that does nothing else, and
 * the difference of the two is what the steps cost.
 */
import { test } from "vitest"
import { typeCheck } from "../test/support/PipelineSource.ts"
import { report } from "./ratio.ts"

test("a pipeline of 200 steps", async () => {
  const few = await typeCheck(20)
  const many = await typeCheck(200)
  report(
    "type-checking 200 steps",
    `20 steps ${few.checkSeconds} s, 200 steps ${many.checkSeconds} s`,
    `${many.checkSeconds} s`,
    "under 2 s"
  )
}, 60_000)
